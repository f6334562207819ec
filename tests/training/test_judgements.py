from pathlib import Path

import pytest

from knowledge.errors import FeedError
from training.judgements import Query, read_judgements, read_queries


def _file(folder: Path, text: str) -> Path:
    file = folder / "file"
    file.write_text(text, "utf-8")
    return file


def test_queries_are_read(tmp_path: Path) -> None:
    file = _file(tmp_path, '{"query_id": "q1", "text": "耳机", "more": 1}\n\n{"query_id": 2, "text": "tv"}\n')

    assert read_queries(file) == [Query("q1", "耳机", "zh"), Query("2", "tv")]


def test_a_byte_order_mark_and_the_line_ends_of_other_systems_are_no_part_of_a_text(tmp_path: Path) -> None:
    queries = _file(tmp_path, '\ufeff{"query_id": "q1", "text": "a\u2028b\x85c"}\r\n')
    assert read_queries(queries) == [Query("q1", "a\u2028b\x85c")]

    judged = _file(tmp_path, "\ufeffquery_id\tproduct_id\tgrade\r\nq1\ta\u2028b\t3\r\n")
    assert read_judgements(judged) == {"q1": {"a\u2028b": 3}}


@pytest.mark.parametrize(
    "line",
    [
        "{",
        pytest.param('{"query_id": "q2", "text": ' + "[" * 100_000, id="deep"),
        '{"query_id": "q2"}',
        "[]",
        '{"query_id": "q1", "text": "again"}',
    ],
)
def test_a_line_that_is_no_query_is_named(tmp_path: Path, line: str) -> None:
    file = _file(tmp_path, f'{{"query_id": "q1", "text": "x"}}\n{line}\n')

    with pytest.raises(FeedError, match="line 2"):
        read_queries(file)


def test_judgements_are_read_by_query(tmp_path: Path) -> None:
    file = _file(
        tmp_path, 'query_id\tproduct_id\tgrade\tsource\nq1\ta"b\t3\trater\nq1\tc\t0\tmodel\nq2\ta"b\t1\trater\n'
    )

    assert read_judgements(file) == {"q1": {'a"b': 3, "c": 0}, "q2": {'a"b': 1}}


def test_answers_are_judged_in_a_column_of_their_own(tmp_path: Path) -> None:
    file = _file(tmp_path, "query_id\tfaq_id\tgrade\nq1\tf1\t1\n")

    assert read_judgements(file, "faq_id") == {"q1": {"f1": 1}}


@pytest.mark.parametrize("grade", ["4", "-1", "good", "", "1.5"])
def test_a_grade_that_is_none_is_named(tmp_path: Path, grade: str) -> None:
    file = _file(tmp_path, f"query_id\tproduct_id\tgrade\nq1\ta\t{grade}\n")

    with pytest.raises(FeedError, match="line 2"):
        read_judgements(file)


def test_a_row_that_is_too_short_is_named(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="line 2"):
        read_judgements(_file(tmp_path, "query_id\tproduct_id\tgrade\nq1\ta\n"))


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="no column product_id"):
        read_judgements(_file(tmp_path, "query_id\tgrade\nq1\t3\n"))
    with pytest.raises(FeedError, match="no column"):
        read_judgements(_file(tmp_path, ""))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="nowhere"):
        read_queries(tmp_path / "nowhere")
