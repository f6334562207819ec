"""Help pages in Markdown with YAML front matter, one file for each page and language."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import yaml

from knowledge.domain import HelpPage, Language, RowProblem, Section, Terms
from knowledge.errors import FeedError
from knowledge.feeds.encodings import read_lines
from knowledge.feeds.fields import LANGUAGES, language_of
from knowledge.feeds.rows import RowError
from knowledge.language import detect_language
from knowledge.outlines import Entry, PageDraft, Part, Tell, name_of, sections_of, title_of
from knowledge.rules import nearest, no_such_heading, plain_prose, section_number, word_of

_KEYS = ("page_id", "language", "title", "questions", "rules", "terms")
_PAGE_ID = re.compile(r"\w[\w.-]*")
_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*$")


def read_markdown(file: Path) -> PageDraft:
    """A page whose rules are still to be read. Raises FeedError when the file is empty or not text."""
    lines = [line for _, line in read_lines(file)]
    if not any(line.strip() for line in lines):
        raise FeedError(f"{file}: is empty; write the page or delete the file")
    problems: list[RowProblem] = []

    def tell(line: int, message: str) -> None:
        problems.append(RowProblem(str(file), line, message))

    body_at, read = _front_matter(lines, tell)
    matter = read or {}
    body = lines[body_at:]
    name, named = name_of(file)
    page_id = _plain(matter, "page_id", tell)
    if not _PAGE_ID.fullmatch(page_id):
        if page_id:
            tell(matter["page_id"].line, f"page_id {page_id!r} is no plain name; write letters, digits, - and _")
        page_id = name
    text = "\n".join(body)
    language: Language = language_of(named) if named else detect_language(text)
    if code := _plain(matter, "language", tell):
        try:
            language = language_of(code)
        except RowError as error:
            tell(matter["language"].line, str(error))
    title, parts = _parts(body, _plain(matter, "title", tell))
    title = title or title_of(page_id)
    sections = sections_of(parts, title)
    for entry in matter:
        if entry not in _KEYS:
            tell(matter[entry].line, f"unknown key {entry!r}{nearest(entry, _KEYS)}; known: {', '.join(_KEYS)}")
    page = HelpPage(
        page_id=page_id,
        language=language,
        title=title,
        sections=_with_questions(sections, matter.get("questions"), tell),
        terms=_terms(matter.get("terms"), tell),
        path=str(file),
    )
    rules = matter.get("rules")
    entries: tuple[Entry, ...] = ()
    if rules is not None and rules.value is not None:
        if isinstance(rules.value, list) and all(isinstance(entry, Entry) for entry in rules.value):
            entries = tuple(rules.value)
        else:
            tell(rules.line, "rules is not a list; write each rule as '  - rule_id: …'")
    return PageDraft(page, entries, tuple(problems), is_broken=read is None)


def _front_matter(lines: Sequence[str], tell: Tell) -> tuple[int, dict[str, Entry] | None]:
    """Where the body starts, and the front matter by key, the rules in it as entries; None when it is broken."""
    if lines[0].rstrip() != "---":
        return 0, {}
    end = next((i for i, line in enumerate(lines[1:], start=1) if line.rstrip() in ("---", "...")), None)
    if end is None:
        tell(1, "the front matter is opened and not closed; end it with a line that holds only ---")
        return next((i for i, line in enumerate(lines) if _HEADING.match(line)), len(lines)), None
    try:
        return end + 1, _parsed("\n".join(lines[1:end]))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        line = mark.line + 2 if mark else 1
        tell(line, f"not valid YAML ({what}); quote texts that hold ':' or '#'; rules and questions were left out")
    except (ValueError, RecursionError) as error:
        tell(1, f"the front matter cannot be read ({error}); its rules and questions were left out")
    return end + 1, None


def _parsed(text: str) -> dict[str, Entry]:
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return {}
        if not isinstance(root, yaml.MappingNode):
            raise ValueError("it is not made of 'name: value' lines")
        # The front matter starts in line 2 of the file, and YAML counts lines from 0.
        return {
            str(loader.construct_document(key)): Entry(
                key.start_mark.line + 2,
                _entries(loader, node) if _is_rules(key, node) else loader.construct_document(node),
            )
            for key, node in root.value
        }
    finally:
        loader.dispose()


def _is_rules(key: yaml.Node, node: yaml.Node) -> bool:
    return key.value == "rules" and isinstance(node, yaml.SequenceNode)


def _entries(loader: yaml.SafeLoader, node: yaml.Node) -> list[Entry]:
    return [Entry(entry.start_mark.line + 2, loader.construct_document(entry)) for entry in node.value]


def _plain(matter: Mapping[str, Entry], key: str, tell: Tell) -> str:
    entry = matter.get(key)
    if entry is None or entry.value is None:
        return ""
    if isinstance(entry.value, dict | list):
        tell(entry.line, f"{key} is not one text")
        return ""
    return str(entry.value).strip()


def _parts(body: Sequence[str], title: str) -> tuple[str, list[Part]]:
    """The title, and the headings of a page with their texts."""
    sections: list[tuple[int, str, list[str]]] = [(0, "", [])]
    fence = ""
    for line in body:
        heading = None if fence else _HEADING.match(line)
        mark = line.lstrip()[:3]
        if mark in ("```", "~~~") and fence in ("", mark):
            fence = "" if fence else mark
        is_first = len(sections) == 1 and not "".join(sections[0][2]).strip()
        if heading is None:
            sections[-1][2].append(line)
        elif is_first and heading[1] == "#":
            title = title or plain_prose(heading[2])
            sections[0] = (0, "", [])
        else:
            sections.append((len(heading[1]), plain_prose(heading[2]), []))
    return title, [Part(level, heading, "\n".join(text)) for level, heading, text in sections]


def _with_questions(sections: Sequence[Section], entry: Entry | None, tell: Tell) -> tuple[Section, ...]:
    made = list(sections)
    if entry is None or entry.value is None:
        return tuple(made)
    if not isinstance(entry.value, dict):
        tell(entry.line, "questions is not a mapping; write '\"Heading of this page\":' and a list below it")
        return tuple(made)
    for heading, asked in entry.value.items():
        number = section_number(made, str(heading))
        if number is None:
            tell(entry.line, f"questions: {no_such_heading(str(heading), made)}")
            continue
        texts = asked if isinstance(asked, list) else [asked]
        if any(isinstance(text, dict | list) for text in texts):
            tell(entry.line, f"questions under {heading!r} are not plain texts; quote those that hold ': '")
        plain = (str(text).strip() for text in texts if text is not None and not isinstance(text, dict | list))
        made[number] = replace(made[number], questions=tuple(dict.fromkeys(text for text in plain if text)))
    return tuple(made)


def _terms(entry: Entry | None, tell: Tell) -> Terms:
    terms: dict[str, dict[str, dict[Language, tuple[str, ...]]]] = {}
    if entry is None or entry.value is None:
        return terms
    if not isinstance(entry.value, dict):
        tell(entry.line, "terms is not a mapping; write condition, below it value, below it en: [word, word]")
        return terms
    for name, values in entry.value.items():
        for value, languages in values.items() if isinstance(values, dict) else [("", None)]:
            if not isinstance(languages, dict):
                tell(entry.line, f"terms: {name}: is not value: {{en: [word, word], zh: [词]}}")
                continue
            made: dict[Language, tuple[str, ...]] = {}
            for code, words in languages.items():
                language = LANGUAGES.get(str(code).lower())
                listed = words if isinstance(words, list) else [words]
                if language is None or any(isinstance(word, dict | list) or word is None for word in listed):
                    tell(entry.line, f"terms: {name}: {value}: {code} is not one of en, zh with a list of words")
                    continue
                made[language] = tuple(dict.fromkeys(word_of(word).strip() for word in listed))
            terms.setdefault(str(name), {})[word_of(value)] = made
    return terms
