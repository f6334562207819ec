"""Queries and the grades that people gave to what was found for them."""

import csv
import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from knowledge.errors import FeedError

MAX_GRADE = 3


@dataclass(frozen=True, slots=True)
class Query:
    query_id: str
    text: str


def read_queries(file: Path) -> list[Query]:
    """Reads JSONL with `query_id` and `text`. Raises FeedError, naming the line, where it is anything else."""
    queries: list[Query] = []
    seen: set[str] = set()
    for number, line in enumerate(_lines(file), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            query = Query(str(row["query_id"]), str(row["text"]))
        except (ValueError, KeyError, TypeError) as error:
            raise FeedError(
                f'{file}, line {number}: not a query ({error}); write {{"query_id": "q1", "text": "red shoes"}}'
            ) from None
        if query.query_id in seen:
            raise FeedError(f"{file}, line {number}: query_id {query.query_id!r} stands twice; make ids unique")
        seen.add(query.query_id)
        queries.append(query)
    return queries


def read_judgements(file: Path, column: str = "product_id") -> dict[str, dict[str, int]]:
    """Reads TSV with the header `query_id <column> grade`: grades 0 to 3 by query; further columns are ignored.

    Raises FeedError, naming the line, where a column is missing or a grade is none.
    """
    qrels: defaultdict[str, dict[str, int]] = defaultdict(dict)
    rows = csv.DictReader(_lines(file), delimiter="\t", quoting=csv.QUOTE_NONE)
    wanted = ("query_id", column, "grade")
    if missing := [name for name in wanted if name not in (rows.fieldnames or ())]:
        raise FeedError(f"{file}: no column {', '.join(missing)}; the header is: {' '.join(wanted)}, between tabs")
    for number, row in enumerate(rows, 2):
        grade = row["grade"] or ""
        if grade not in {str(g) for g in range(MAX_GRADE + 1)}:
            raise FeedError(f"{file}, line {number}: grade {grade!r} is not one of 0 to {MAX_GRADE}")
        qrels[row["query_id"]][row[column]] = int(grade)
    return dict(qrels)


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise FeedError(f"{file}: cannot be read ({error}); give a UTF-8 file") from None
