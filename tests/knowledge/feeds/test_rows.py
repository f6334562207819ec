from pathlib import Path

import pytest

from knowledge.domain import RowProblem
from knowledge.errors import FeedError
from knowledge.feeds.rows import RowError, json_rows, parse_object
from knowledge.feeds.tables import layout_of, table_rows


def write(folder: Path, content: bytes | str) -> Path:
    file = folder / "feed.txt"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


@pytest.mark.parametrize("content", ["", "\n\n  \n"])
def test_an_empty_feed_is_an_error(tmp_path: Path, content: str) -> None:
    file = write(tmp_path, content)

    with pytest.raises(FeedError, match="is empty"):
        list(json_rows(file))
    with pytest.raises(FeedError, match="is empty"):
        list(table_rows(file, layout_of(file)))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ('[\n{"a": 1}\n]', "one JSON list"),
        ('{\n "products": [\n  {\n   "id": 1\n  }\n ]\n}', "is JSON over many lines.*'jq -c .products"),
        ('{"products": [\n{"id": 1}\n]}', "is JSON over many lines"),
        ('{\n "id": 1\n}\n{\n "id": 2\n}', "is JSON over many lines"),
        ("<rss></rss>", "XML"),
    ],
)
def test_a_whole_document_is_refused_with_a_remedy(tmp_path: Path, content: str, what: str) -> None:
    file = write(tmp_path, content)

    with pytest.raises(FeedError, match=what):
        list(json_rows(file))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"a": 1', "not valid JSON at column"),
        ('{"a": NaN}', "NaN is not a JSON number"),
        ("[1]", "a JSON list where an object is expected"),
        ('{"a": "\\ud800"}', "half of a surrogate pair"),
        ("[" * 100_000, "not readable JSON"),
        ('{"a": ' + "9" * 5000 + "}", "not readable JSON"),
    ],
)
def test_a_line_that_is_no_object_says_why(line: str, message: str) -> None:
    with pytest.raises(RowError, match=message):
        parse_object(line)


def test_a_whole_surrogate_pair_is_a_character() -> None:
    assert parse_object('{"a": "\\ud83d\\ude00"}') == {"a": "😀"}


def test_a_broken_line_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    file = write(tmp_path, '{"a": 1}\n\n{"a": \n{"a": 3}\n')

    first, problem, last = json_rows(file)

    assert first == (1, {"a": 1})
    assert isinstance(problem, RowProblem)
    assert (problem.file, problem.line) == (str(file), 3)
    assert last == (4, {"a": 3})


@pytest.mark.parametrize(("end", "is_cut"), [("", True), ("\n", False)])
def test_a_broken_last_line_without_an_end_is_cut_off(tmp_path: Path, end: str, is_cut: bool) -> None:
    file = write(tmp_path, '{"a": 1}\n{"a": ' + end)

    _, problem = json_rows(file)

    assert isinstance(problem, RowProblem)
    assert problem.message.endswith("as if it were cut off: export it again") is is_cut
