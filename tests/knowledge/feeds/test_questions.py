import json
from pathlib import Path

import pytest

from knowledge.domain import RowProblem
from knowledge.errors import FeedError
from knowledge.feeds.formats import recognise
from knowledge.feeds.questions import Asked, read_questions


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, "utf-8")
    return file


def test_questions_of_a_table_are_read_with_their_paraphrases(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "faq.csv",
        "Question,Answer,Category,Paraphrases\n"
        '"Do you ship, abroad?","Yes.\nTo 20 countries.",delivery,ship abroad | export\n',
    )

    assert list(read_questions(file)) == [
        Asked("Do you ship, abroad?", "Yes.\nTo 20 countries.", ("ship abroad", "export"), "en")
    ]


@pytest.mark.parametrize("header", ["问题,答案,相似问法", "问,回答,问法", "Question,答案,paraphrases"])
def test_chinese_headers_name_the_same_columns(tmp_path: Path, header: str) -> None:
    file = write(tmp_path, "faq.csv", f"{header}\n怎么退货？,七天内联系客服。,如何退｜退货流程\n")

    assert recognise(file).kind == "knowledge"
    assert list(read_questions(file)) == [Asked("怎么退货？", "七天内联系客服。", ("如何退", "退货流程"), "zh")]


def test_the_language_is_the_rows_then_the_files_then_detected(tmp_path: Path) -> None:
    file = write(tmp_path, "faq.tsv", "question\tanswer\tlanguage\nWLAN?\tYes.\tzh-CN\n保修？\t两年。\t\nFax?\tNo.\t\n")

    told = [asked.language for asked in read_questions(file) if isinstance(asked, Asked)]
    named = [asked.language for asked in read_questions(file, "en") if isinstance(asked, Asked)]

    assert told == ["zh", "zh", "en"]
    assert named == ["zh", "en", "en"]


def test_faq_rows_as_jsonl_are_questions(tmp_path: Path) -> None:
    rows = [
        {"faq_id": "f1", "question": "How long?", "answer": "Two days.", "paraphrases": ["when", "how fast"]},
        {
            "faq_id": "f2",
            "question": "How much?",
            "answers": ["5 USD.", "Free from 60 USD.", "5 USD."],
            "category": "x",
        },
    ]
    file = write(tmp_path, "faq.jsonl", "\n".join(map(json.dumps, rows)))

    assert recognise(file).kind == "knowledge"
    assert list(read_questions(file)) == [
        Asked("How long?", "Two days.", ("when", "how fast"), "en"),
        Asked("How much?", "5 USD.\n\nFree from 60 USD.", (), "en"),
    ]


def test_a_row_without_an_answer_and_a_repeated_question_are_told_by_line(tmp_path: Path) -> None:
    file = write(
        tmp_path, "faq.csv", "question,answer\nHow long?,Two days.\nFax?,\n,Yes.\nhow long,Three.\nWhen?,Now,then\n"
    )

    rows = list(read_questions(file))

    assert [row.question for row in rows if isinstance(row, Asked)] == ["How long?"]
    assert [(row.line, row.message.split(";")[0]) for row in rows if isinstance(row, RowProblem)] == [
        (3, "question 'Fax?' has no answer"),
        (4, "question is missing or empty"),
        (5, "question 'how long' stands in line 2 already, which is kept"),
        (6, "has 3 columns where the header has 2"),
    ]


def test_a_formula_is_a_text_like_any_other(tmp_path: Path) -> None:
    file = write(tmp_path, "faq.csv", 'question,answer\n=1+1,"=HYPERLINK(""http://x.example"")\x1b[2J"\n')

    assert list(read_questions(file)) == [Asked("=1+1", '=HYPERLINK("http://x.example")[2J', (), "en")]


def test_a_table_without_answers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="column answer is missing"):
        list(read_questions(write(tmp_path, "faq.csv", "question,reply_by\nHow?,you\n")))
