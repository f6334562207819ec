import pytest

from assistant import console
from knowledge.domain import RowProblem


def test_results_and_remarks_go_apart(capsys: pytest.CaptureFixture[str]) -> None:
    console.show_json({"名": 1})
    console.say_remarks(["odd"], [RowProblem("feed.csv", 2, "no title")])

    told = capsys.readouterr()

    assert told.out == '{"名": 1}\n'
    assert told.err == "warning: odd\nfeed.csv:2: no title\n"


def test_what_is_no_number_of_json_is_never_printed() -> None:
    with pytest.raises(ValueError, match="JSON"):
        console.show_json({"price": float("inf")})


def test_a_report_is_a_table_of_its_parts(capsys: pytest.CaptureFixture[str]) -> None:
    console.show_report({"n": 2, "systems": {"words": {"hit@1": 0.25, "mrr": None}}}, as_json=False)

    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["n", "2"],
        ["systems"],
        ["words", "hit@1", "0.25", "mrr", "None"],
    ]


def test_progress_without_a_terminal_is_a_line_for_a_stage_and_one_at_its_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with console.progress() as progress:
        for done in range(101):
            progress("embed", done, 100)

    assert capsys.readouterr().err == "embed: 0/100\nembed: 100/100\n"
