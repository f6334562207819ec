"""Queries and the grades that people gave to what was found for them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from knowledge.domain import Language, RowProblem
from knowledge.errors import FeedError
from knowledge.feeds.encodings import read_lines
from knowledge.feeds.rows import JsonRow, json_rows
from knowledge.language import detect_language

MAX_GRADE = 3
_TOLD: Mapping[str, Language] = {"en": "en", "zh": "zh"}


@dataclass(frozen=True, slots=True)
class Query:
    """`language` is that of the text, told or else detected."""

    query_id: str
    text: str
    language: Language = "en"


def read_objects(file: Path) -> Iterator[tuple[int, JsonRow]]:
    """The objects of a JSONL file, each with its line. Raises FeedError, naming the line, at the first that is none."""
    for row in json_rows(file):
        if isinstance(row, RowProblem):
            raise FeedError(f"{file}, line {row.line}: {row.message}")
        yield row


def read_queries(file: Path) -> list[Query]:
    """Reads JSONL with `query_id` and `text`. Raises FeedError, naming the line, where it is anything else."""
    queries: dict[str, Query] = {}
    for number, row in read_objects(file):
        try:
            text = str(row["text"])
            query = Query(str(row["query_id"]), text, _TOLD.get(str(row.get("language"))) or detect_language(text))
        except KeyError as error:
            raise FeedError(
                f'{file}, line {number}: not a query ({error}); write {{"query_id": "q1", "text": "red shoes"}}'
            ) from None
        if query.query_id in queries:
            raise FeedError(f"{file}, line {number}: query_id {query.query_id!r} stands twice; make ids unique")
        queries[query.query_id] = query
    return list(queries.values())


def read_judgements(file: Path, column: str = "product_id") -> dict[str, dict[str, int]]:
    """Reads TSV with the header `query_id <column> grade`: grades 0 to 3 by query; further columns are ignored.

    Raises FeedError, naming the line, where a column is missing or a grade is none.
    """
    qrels: defaultdict[str, dict[str, int]] = defaultdict(dict)
    rows = ((number, line.split("\t")) for number, line in read_lines(file) if line.strip())
    _, columns = next(rows, (1, []))
    wanted = ("query_id", column, "grade")
    if missing := [name for name in wanted if name not in columns]:
        raise FeedError(f"{file}: no column {', '.join(missing)}; the header is: {' '.join(wanted)}, between tabs")
    for number, fields in rows:
        cells = dict(zip(columns, fields, strict=False))
        query_id, found, grade = (cells.get(name, "") for name in wanted)
        if grade not in {str(g) for g in range(MAX_GRADE + 1)}:
            raise FeedError(f"{file}, line {number}: grade {grade!r} is not one of 0 to {MAX_GRADE}")
        qrels[query_id][found] = int(grade)
    return dict(qrels)
