"""Labelled utterances, as rows of a table."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from knowledge.domain import RowProblem, Utterance
from knowledge.errors import FeedError
from knowledge.feeds.columns import UTTERANCE_FIELDS, columns_of, missing_columns
from knowledge.feeds.fields import language_of, line_of
from knowledge.feeds.rows import RowError
from knowledge.feeds.tables import layout_of, table_rows
from knowledge.language import detect_language


def read_utterances(file: Path, own_columns: Mapping[str, str] | None = None) -> Iterator[Utterance | RowProblem]:
    """Utterances of a table with columns for text, label and perhaps language. Raises FeedError.

    A text that stands there twice is given twice: what that means depends on whether it is for fitting or measuring.
    """
    for row in numbered_utterances(file, own_columns):
        yield row if isinstance(row, RowProblem) else row[1]


def numbered_utterances(
    file: Path, own_columns: Mapping[str, str] | None = None
) -> Iterator[tuple[int, Utterance] | RowProblem]:
    """The same with the line on which each stands."""
    layout = layout_of(file)
    columns = columns_of(layout.columns, UTTERANCE_FIELDS, own_columns or {})
    if missing := missing_columns(layout.columns, columns, ("text", "label")):
        raise FeedError(f"{file}, line {layout.line}: {missing}")
    for row in table_rows(file, layout):
        if isinstance(row, RowProblem):
            yield row
            continue
        number, fields = row
        try:
            yield number, _utterance({column.field: field for column, field in zip(columns, fields, strict=True)})
        except RowError as error:
            yield RowProblem(str(file), number, str(error))


def utterances_to_csv(utterances: Iterable[Utterance]) -> str:
    """A CSV file with the columns text, label and language."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(("text", "label", "language"))
    writer.writerows((utterance.text, utterance.label, utterance.language) for utterance in utterances)
    return table.getvalue()


def _utterance(cells: Mapping[str, str]) -> Utterance:
    text = line_of(cells, "text")
    label = line_of(cells, "label")
    if not text or not label:
        raise RowError(f"{'label' if text else 'text'} is empty; write both, the label oos for out of scope")
    language = cells.get("language", "").strip()
    return Utterance(text=text, label=label, language=language_of(language) if language else detect_language(text))
