from pathlib import Path

import pytest

from knowledge.domain import RowProblem
from knowledge.errors import FeedError
from knowledge.feeds.encodings import read_lines
from knowledge.feeds.rows import RowError, json_rows, parse_object
from knowledge.feeds.tables import layout_of, table_rows


def write(folder: Path, content: bytes | str) -> Path:
    file = folder / "feed.txt"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_lines_are_read_in_utf8_with_or_without_mark_and_in_utf16_with_one(tmp_path: Path, encoding: str) -> None:
    file = write(tmp_path, "标题\r\nnaïve\n\nend".encode(encoding))

    lines = list(read_lines(file))

    assert lines == [(1, "标题"), (2, "naïve"), (3, ""), (4, "end")]


def test_another_encoding_is_refused_with_line_byte_and_remedy(tmp_path: Path) -> None:
    file = write(tmp_path, b"ok\n" + "caf\xe9".encode("latin-1"))

    with pytest.raises(FeedError, match=r"feed\.txt, line 2: byte 6 \(0xe9\) is not UTF-8; save the file as UTF-8"):
        list(read_lines(file))


def test_utf16_without_a_mark_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path, "id\ttitle\n".encode("utf-16-le"))

    with pytest.raises(FeedError, match="UTF-16 without a byte order mark"):
        list(read_lines(file))


def test_broken_utf16_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path, "a\nb".encode("utf-16") + b"\x00")

    with pytest.raises(FeedError, match="not valid UTF-16 after line"):
        list(read_lines(file))


@pytest.mark.parametrize(
    ("content", "what"), [(b"PK\x03\x04xx", "spreadsheet"), (b"\x1f\x8b\x08\x00", "compressed"), (b"%PDF-1.4", "PDF")]
)
def test_a_file_that_is_no_text_is_named(tmp_path: Path, content: bytes, what: str) -> None:
    file = write(tmp_path, content)

    with pytest.raises(FeedError, match=what):
        list(read_lines(file))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"none\.txt: cannot be read: No such file"):
        list(read_lines(tmp_path / "none.txt"))


@pytest.mark.parametrize("content", ["", "\n\n  \n"])
def test_an_empty_feed_is_an_error(tmp_path: Path, content: str) -> None:
    file = write(tmp_path, content)

    with pytest.raises(FeedError, match="is empty"):
        list(json_rows(file))
    with pytest.raises(FeedError, match="is empty"):
        list(table_rows(file, layout_of(file)))


@pytest.mark.parametrize(("content", "what"), [('[\n{"a": 1}\n]', "one JSON list"), ("<rss></rss>", "XML")])
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


def test_a_quoted_field_may_hold_delimiters_breaks_and_quotes(tmp_path: Path) -> None:
    file = write(tmp_path, 'a,b\n"x, ""y""\nz",1\nplain 15" screen,2\n')

    rows = list(table_rows(file, layout_of(file)))

    assert rows == [(1, ["a", "b"]), (2, ['x, "y"\nz', "1"]), (4, ['plain 15" screen', "2"])]


def test_an_open_quote_costs_its_own_row_alone(tmp_path: Path) -> None:
    file = write(tmp_path, 'a,b\n"open,1\nnext,2\nlast,3\n')

    header, problem, *rows = table_rows(file, layout_of(file))

    assert header == (1, ["a", "b"])
    assert isinstance(problem, RowProblem)
    assert problem.line == 2
    assert "quote" in problem.message
    assert rows == [(3, ["next", "2"]), (4, ["last", "3"])]


def test_bare_quotes_between_tabs_are_text(tmp_path: Path) -> None:
    file = write(tmp_path, 'a\tb\n"Best" mug\t1\n"open\t2\n"a\nb"\t3\n')

    rows = list(table_rows(file, layout_of(file)))

    assert rows[1:] == [(2, ['"Best" mug', "1"]), (3, ['"open', "2"]), (4, ["a\nb", "3"])]


def test_a_wrong_number_of_columns_is_told(tmp_path: Path) -> None:
    file = write(tmp_path, "a\tb\nx\ny\t1\n")

    _, problem, row = table_rows(file, layout_of(file))

    assert isinstance(problem, RowProblem)
    assert "has 1 columns where the header has 2" in problem.message
    assert row == (3, ["y", "1"])


def test_a_table_with_a_header_alone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="a header and no rows"):
        list(table_rows(write(tmp_path, "a,b\n"), ","))
