from pathlib import Path

import pytest

from knowledge.domain import Condition, RowProblem, Section
from knowledge.errors import FeedError
from knowledge.pages import read_page, read_pages

PAGE = """---
page_id: returns
language: en
title: Returns
questions:
  "How long?":
    - return window
    - 30
rules:
  - rule_id: r-standard
    topic: return
    section: "how long?"
    when: {}
    outcome: {allowed: yes, days: 30}
    answer: {en: "Within 30 days.", zh: "30天内。"}
  - rule_id: r-abroad
    topic: return
    section: How long?
    category: [Audio > Headphones, Kitchen]
    when: {region: [alaska, canada], sale: yes, days: {le: 30, gt: 1}}
    outcome: {allowed: no, fee: 4.5}
    answer: {en: "No."}
terms:
  region:
    alaska: {en: [alaska, yes], zh: [阿拉斯加]}
    canada: {en: canada}
---
# Returns and refunds

## How long?
You have **30 days**, see [the list](https://x.example/list).

```
# no heading
```

### Abroad ###
"""


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, "utf-8")
    return file


def told(problems: list[RowProblem]) -> list[tuple[int, str]]:
    return [(problem.line, problem.message) for problem in problems]


def test_a_page_is_read_with_sections_questions_rules_and_terms(tmp_path: Path) -> None:
    write(tmp_path, "returns.en.md", PAGE)

    (page,), problems = read_pages(tmp_path)

    assert problems == []
    assert (page.page_id, page.language, page.title) == ("returns", "en", "Returns")
    assert page.sections == (
        Section(
            "How long?",
            "You have 30 days, see the list (https://x.example/list).\n\n```\n# no heading\n```",
            ("return window", "30"),
        ),
        Section("Abroad", ""),
    )
    assert page.terms == {
        "region": {"alaska": {"en": ("alaska", "yes"), "zh": ("阿拉斯加",)}, "canada": {"en": ("canada",)}}
    }
    standard, abroad = page.rules
    assert (standard.conditions, standard.categories, standard.section) == ((), (), 0)
    assert standard.outcome == {"allowed": True, "days": 30.0}
    assert standard.answers == {"en": "Within 30 days.", "zh": "30天内。"}
    assert abroad.categories == (("Audio", "Headphones"), ("Kitchen",))
    assert abroad.conditions == (
        Condition("region", "in", ("alaska", "canada")),
        Condition("sale", "eq", "yes"),
        Condition("days", "le", 30.0),
        Condition("days", "gt", 1.0),
    )


def test_a_page_may_go_without_front_matter_and_headings(tmp_path: Path) -> None:
    write(tmp_path, "about-us.md", "We sell lamps.\n")
    write(tmp_path, "faq.zh.md", "# 常见问题\n我们卖台灯。\n")

    (about, faq), problems = read_pages(tmp_path)

    assert problems == []
    assert (about.page_id, about.language, about.title) == ("about-us", "en", "About us")
    assert about.sections == (Section("About us", "We sell lamps."),)
    assert (faq.page_id, faq.language, faq.title) == ("faq", "zh", "常见问题")
    assert faq.sections == (Section("常见问题", "我们卖台灯。"),)


def test_text_before_the_first_heading_is_a_section_of_its_own(tmp_path: Path) -> None:
    file = write(tmp_path, "a.en.md", "# Delivery\nFast.\n\n## Cost\nFree.\n# More\nx\n")

    page, _ = read_page(file)

    assert page is not None
    assert page.sections == (Section("Delivery", "Fast."), Section("Cost", "Free."), Section("More", "x"))


def test_no_folder_means_no_pages(tmp_path: Path) -> None:
    assert read_pages(tmp_path / "none") == ([], [])


@pytest.mark.parametrize(
    ("matter", "line", "message"),
    [
        ("title: a: b", 2, "not valid YAML"),
        ("page_id: x\ntitle: [", 3, "not valid YAML"),
        ("just words", 1, "not made of 'name: value' lines"),
        ("title: \x01", 1, "not valid YAML"),
    ],
)
def test_broken_front_matter_costs_the_rules_and_keeps_the_text(
    tmp_path: Path, matter: str, line: int, message: str
) -> None:
    file = write(tmp_path, "store.en.md", f"---\n{matter}\n---\n# Store\n\n## Hours\n9 to 5.\n")

    (page,), problems = read_pages(tmp_path)

    assert (page.page_id, page.title, page.sections) == ("store", "Store", (Section("Hours", "9 to 5."),))
    assert [problem.line for problem in problems] == [line]
    assert message in problems[0].message
    assert read_page(file)[0] is None


def test_front_matter_that_is_not_closed_is_told(tmp_path: Path) -> None:
    write(tmp_path, "store.en.md", "---\ntitle: Store\n# Store\nOpen.\n")

    (page,), problems = read_pages(tmp_path)

    assert page.sections == (Section("Store", "Open."),)
    assert told(problems) == [(1, "the front matter is opened and not closed; end it with a line that holds only ---")]


@pytest.mark.parametrize(
    ("matter", "line", "message"),
    [
        ("page_id: ../secret", 2, "is no plain name"),
        ("language: fr", 2, "language 'fr' is not one of en, zh"),
        ("title: x\nrule: []", 3, "unknown key 'rule'; did you mean 'rules'?"),
        ("questions: {Hour: [when]}", 2, "'Hour' is no heading of this page; did you mean 'Hours'?"),
        ("questions: [when]", 2, "questions is not a mapping"),
        ("questions: {Hours: [{when: now}]}", 2, "are not plain texts"),
        ("rules: {}", 2, "rules is not a list"),
        ("terms: [a]", 2, "terms is not a mapping"),
        ("terms: {region: north}", 2, "terms: region: is not value"),
        ("terms: {region: {north: {fr: [nord]}}}", 2, "fr is not one of en, zh"),
        ("title: {a: b}", 2, "title is not one text"),
    ],
)
def test_a_bad_part_is_told_and_the_rest_goes_on(tmp_path: Path, matter: str, line: int, message: str) -> None:
    write(tmp_path, "store.en.md", f"---\n{matter}\n---\n## Hours\n9 to 5.\n")

    (page,), problems = read_pages(tmp_path)

    assert (page.page_id, page.sections[0].text) == ("store", "9 to 5.")
    assert [problem.line for problem in problems] == [line]
    assert message in problems[0].message


def test_a_bad_rule_is_told_by_its_line_and_the_others_stay(tmp_path: Path) -> None:
    write(tmp_path, "returns.en.md", PAGE.replace("topic: return\n    section: How", "topic: retrun\n    section: How"))

    (page,), problems = read_pages(tmp_path)

    assert [rule.rule_id for rule in page.rules] == ["r-standard"]
    assert [problem.line for problem in problems] == [16]
    assert "rule 'r-abroad': topic 'retrun' is unknown; did you mean 'return'?" in problems[0].message


def test_terms_of_one_page_serve_the_rules_of_another(tmp_path: Path) -> None:
    head, _, rest = PAGE.partition("terms:")
    terms, _, body = rest.partition("---\n")
    write(tmp_path, "a.en.md", head + "---\n" + body)
    write(tmp_path, "b.en.md", f"---\nterms:{terms}---\nWhere we deliver.\n")

    pages, problems = read_pages(tmp_path)

    assert problems == []
    assert len(pages[0].rules) == 2


def test_a_page_or_a_rule_that_stands_twice_is_told(tmp_path: Path) -> None:
    write(tmp_path, "a.md", PAGE)
    write(tmp_path, "b.md", PAGE)
    write(tmp_path, "c.md", PAGE.replace("page_id: returns", "page_id: other"))

    pages, problems = read_pages(tmp_path)

    assert [(page.page_id, len(page.rules)) for page in pages] == [("returns", 2), ("other", 0)]
    assert [(Path(problem.file).name, problem.line) for problem in problems] == [
        ("b.md", 1),
        ("c.md", 10),
        ("c.md", 16),
    ]


def test_an_empty_page_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    empty = write(tmp_path, "a.md", "\n")
    (tmp_path / "b.md").write_bytes(b"caf\xe9")
    write(tmp_path, "c.md", "Text.")

    pages, problems = read_pages(tmp_path)

    assert [page.page_id for page in pages] == ["c"]
    assert [Path(problem.file).name for problem in problems] == ["a.md", "b.md"]
    with pytest.raises(FeedError, match="is empty"):
        read_page(empty)


def test_a_heading_without_text_has_that_of_the_headings_below_it(tmp_path: Path) -> None:
    delivery = "## Delivery\n### Express\nOne day.\n#### Islands\nTwo.\n### Standard\nThree days.\n"
    text = f"# Help\n{delivery}## Cost\n## Other\nx\n"

    page, _ = read_page(write(tmp_path, "a.en.md", text))

    assert page is not None
    assert page.sections == (
        Section("Delivery", "Express\nOne day.\n\nIslands\nTwo.\n\nStandard\nThree days."),
        Section("Express", "One day."),
        Section("Islands", "Two."),
        Section("Standard", "Three days."),
        Section("Cost", ""),
        Section("Other", "x"),
    )
