from pathlib import Path

import pytest

from knowledge.domain import RowProblem
from knowledge.errors import FeedError
from knowledge.feeds.tables import layout_of, table_rows


def write(folder: Path, content: bytes | str) -> Path:
    file = folder / "feed.txt"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def records(file: Path) -> list[tuple[int, list[str]]]:
    return [row for row in table_rows(file, layout_of(file)) if not isinstance(row, RowProblem)]


def test_a_quoted_field_may_hold_delimiters_breaks_and_quotes(tmp_path: Path) -> None:
    file = write(tmp_path, 'a,b\n"x, ""y""\nz",1\nplain 15" screen,2\n')

    rows = list(table_rows(file, layout_of(file)))

    assert rows == [(2, ['x, "y"\nz', "1"]), (4, ['plain 15" screen', "2"])]


def test_an_open_quote_costs_its_own_row_alone(tmp_path: Path) -> None:
    file = write(tmp_path, 'a,b\n"open,1\nnext,2\nlast,3\n')

    problem, *rows = table_rows(file, layout_of(file))

    assert isinstance(problem, RowProblem)
    assert problem.line == 2
    assert "quote" in problem.message
    assert rows == [(3, ["next", "2"]), (4, ["last", "3"])]


def test_bare_quotes_between_tabs_are_text(tmp_path: Path) -> None:
    file = write(tmp_path, 'a\tb\n"Best" mug\t1\n"open\t2\n"a\nb"\t3\n')

    rows = list(table_rows(file, layout_of(file)))

    assert rows == [(2, ['"Best" mug', "1"]), (3, ['"open', "2"]), (4, ["a\nb", "3"])]


def test_a_wrong_number_of_columns_is_told(tmp_path: Path) -> None:
    file = write(tmp_path, "a\tb\nx\ny\t1\n")

    problem, row = table_rows(file, layout_of(file))

    assert isinstance(problem, RowProblem)
    assert "has 1 columns where the header has 2" in problem.message
    assert row == (3, ["y", "1"])


def test_a_table_with_a_header_alone_is_an_error(tmp_path: Path) -> None:
    file = write(tmp_path, "a,b\n")

    with pytest.raises(FeedError, match="a header and no rows"):
        list(table_rows(file, layout_of(file)))


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    rows = [["id", "title", "price"], ["1", "Mug", "5"], ["2", "Cup", "6"]]
    file = write(tmp_path, "\n".join(delimiter.join(row) for row in rows))

    layout = layout_of(file)

    assert (layout.delimiter, layout.columns) == (delimiter, ("id", "title", "price"))
    assert [fields for _, fields in records(file)] == rows[1:]


@pytest.mark.parametrize(
    "text",
    [
        "id;title;price, gross\n1;Mug, blue;5,00\n2;Cup;6,50\n",
        'id;title;price\n1;"Mug; blue, and red";5,00\n2;Cup, white;6,50\n',
        "id;size|colour, length;price\n1;L|red, 5;5\n2;M|blue, 6;6\n",
        'id;"title\nof it, in words";price\n1;Mug;5,00\n',
        "id;title\n",
    ],
)
def test_other_marks_in_header_and_fields_do_not_delimit(tmp_path: Path, text: str) -> None:
    assert layout_of(write(tmp_path, text)).delimiter == ";"


@pytest.mark.parametrize("said", ["sep=;", '"sep=;"', "SEP=;"])
def test_a_first_line_that_names_the_delimiter_is_passed_over(tmp_path: Path, said: str) -> None:
    file = write(tmp_path, f"{said}\na,x;b\n1;2\n")

    layout = layout_of(file)

    assert (layout.columns, layout.line) == (("a,x", "b"), 2)
    assert records(file) == [(3, ["1", "2"])]


def test_a_tab_may_be_the_delimiter_that_is_named(tmp_path: Path) -> None:
    assert layout_of(write(tmp_path, "sep=\t\na,x\tb,y\n1\t2\n")).columns == ("a,x", "b,y")


def test_a_header_may_go_over_lines(tmp_path: Path) -> None:
    file = write(tmp_path, 'id,"price\n(EUR)"\n1,5\n')

    assert layout_of(file).columns == ("id", "price\n(EUR)")
    assert records(file) == [(3, ["1", "5"])]


def test_two_hundred_columns_are_read(tmp_path: Path) -> None:
    names = [f"column {number}" for number in range(200)]
    file = write(tmp_path, "\n".join([",".join(names), ",".join(names)]))

    assert records(file) == [(2, names)]


def test_cells_beyond_the_header_count_where_they_are_filled(tmp_path: Path) -> None:
    file = write(tmp_path, "a,b\n1,2,,\n3,4,5\n")

    row, problem = table_rows(file, layout_of(file))

    assert row == (2, ["1", "2"])
    assert isinstance(problem, RowProblem)


def test_cells_may_lack_at_the_end_up_to_the_last_that_is_needed(tmp_path: Path) -> None:
    file = write(tmp_path, "a,b,c,d\n1,2\n1\n1,2,3\n")

    rows = list(table_rows(file, layout_of(file), least=2))

    assert [row for row in rows if not isinstance(row, RowProblem)] == [(2, ["1", "2"]), (4, ["1", "2", "3"])]
    assert [row.line for row in rows if isinstance(row, RowProblem)] == [3]


def test_a_short_last_row_without_an_end_is_cut_off(tmp_path: Path) -> None:
    file = write(tmp_path, "a,b,c\n1,2,3\n1,2")

    _, problem = table_rows(file, layout_of(file), least=2)

    assert isinstance(problem, RowProblem)
    assert (problem.line, problem.message.endswith("as if it were cut off: export it again")) == (3, True)


def test_broken_bytes_within_a_quoted_field_cost_their_record(tmp_path: Path) -> None:
    file = write(tmp_path, 'a,b\n1,für\n2,"über\n'.encode() + b'wei\xdf\nrot"\n3,x\n')

    first, problem, last = table_rows(file, layout_of(file))

    assert (first, last) == ((2, ["1", "für"]), (6, ["3", "x"]))
    assert isinstance(problem, RowProblem)
    assert (problem.line, "0xdf" in problem.message) == (3, True)
