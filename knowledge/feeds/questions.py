"""Questions with their answers, as rows of a table or as JSONL."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from knowledge.domain import Language, RowProblem
from knowledge.errors import FeedError
from knowledge.feeds.encodings import first_line
from knowledge.feeds.fields import language_of, line_of, prose_of, text_of
from knowledge.feeds.rows import JsonRow, RowError, Rows, json_rows
from knowledge.feeds.tables import column_name, layout_of, table_rows
from knowledge.language import detect_language

# column → the other names that tables give it
_COLUMNS = {
    "question": ("q", "questions", "frage", "pregunta", "问题", "问", "提问", "标准问题", "标准问", "問題"),
    "answer": (
        "a",
        "answers",
        "response",
        "antwort",
        "réponse",
        "reponse",
        "respuesta",
        "答案",
        "答",
        "回答",
        "回复",
        "答复",
        "標準答案",
    ),
    "paraphrases": (
        *("paraphrase", "similar_questions", "alternative_questions", "variants"),
        *("相似问题", "相似问", "相似问法", "问法", "扩展问"),
    ),
    "language": ("lang", "locale", "sprache", "langue", "idioma", "语言", "語言"),
}
_NAMES = {other: name for name, others in _COLUMNS.items() for other in (name, *others)}
_PARAPHRASES = re.compile(r"[|\n｜]+")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its answer and other ways to ask it. Its language is told or detected."""

    question: str
    answer: str
    paraphrases: tuple[str, ...]
    language: Language


def question_column(name: str) -> str:
    """What a column of such a table is: 问题 is question. Any other name is itself."""
    return _NAMES.get(name, name)


def read_questions(file: Path, language: Language | None = None) -> Iterator[Asked | RowProblem]:
    """The questions of a file in its order; one without an answer or asked before in its language is a problem.

    `language` is that of rows which name none; without it, it is detected. Raises FeedError when the file cannot be
    read or lacks a column.
    """
    lines: dict[tuple[str, Language], int] = {}
    for row in _rows(file):
        if isinstance(row, RowProblem):
            yield row
            continue
        number, cells = row
        try:
            asked = _asked(cells, language)
        except RowError as error:
            yield RowProblem(str(file), number, str(error))
            continue
        key = re.sub(r"[\W_]+", "", asked.question).casefold() or asked.question, asked.language
        before = lines.setdefault(key, number)
        if before == number:
            yield asked
        else:
            message = f"question {asked.question!r} stands in line {before} already, which is kept; join their answers"
            yield RowProblem(str(file), number, message)


def _rows(file: Path) -> Rows:
    line = first_line(file)
    if line.lstrip().startswith("{"):
        for row in json_rows(file):
            yield row if isinstance(row, RowProblem) else (row[0], {question_column(k): v for k, v in row[1].items()})
        return
    layout = layout_of(file)
    columns = [question_column(column_name(name)) for name in layout.columns]
    if missing := [name for name in ("question", "answer") if name not in columns]:
        raise FeedError(
            f"{file}, line {layout.line}: column {', '.join(missing)} is missing; the first line must name the "
            f"columns, and it reads: {', '.join(columns)[:200]}"
        )
    for record in table_rows(file, layout):
        yield record if isinstance(record, RowProblem) else (record[0], dict(zip(columns, record[1], strict=True)))


def _asked(cells: JsonRow, language: Language | None) -> Asked:
    question = line_of(cells, "question")
    if not question:
        raise RowError("question is missing or empty; write it, or leave the row out")
    answer = _answer(cells)
    if not answer:
        raise RowError(f"question {question!r} has no answer; write one")
    named = text_of(cells, "language")
    told = language_of(named) if named else language
    paraphrases = tuple(one for one in dict.fromkeys(_paraphrases(cells.get("paraphrases"))) if one != question)
    return Asked(question, answer, paraphrases, told or detect_language(f"{question}\n{answer}"))


def _answer(cells: JsonRow) -> str:
    """The answer, or several one below the other."""
    answers = cells.get("answer")
    several = answers if isinstance(answers, list) else [answers]
    return "\n\n".join(dict.fromkeys(text for one in several if (text := prose_of({"answer": one}, "answer"))))


def _paraphrases(value: object) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        for text in _PARAPHRASES.split(prose_of({"paraphrases": one}, "paraphrases")):
            if text.strip():
                yield " ".join(text.split())
