"""A help page as a file says it, whatever its format: headings with their texts, and what stands beside them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path

from knowledge.domain import HelpPage, Language, RowProblem, Section
from knowledge.feeds.fields import LANGUAGES, language_of
from knowledge.feeds.html_text import HTML_SUFFIXES
from knowledge.feeds.rows import RowError
from knowledge.language import detect_language
from knowledge.rules import plain_prose

Tell = Callable[[int, str], None]


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule as the file gave it, or another part of the front matter, with its line."""

    line: int
    value: object


@dataclass(frozen=True, slots=True)
class Part:
    """A heading with the text right below it, in Markdown, and other ways to ask for it. Larger levels lie deeper."""

    level: int
    heading: str
    text: str
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outline:
    """A page by its headings. `language` is a code as the file gives it, "" where it gives none."""

    title: str
    parts: tuple[Part, ...]
    language: str = ""


@dataclass(frozen=True, slots=True)
class PageDraft:
    """A page whose rules are not read yet: they need the terms of all pages."""

    page: HelpPage
    rules: tuple[Entry, ...] = ()
    problems: tuple[RowProblem, ...] = ()
    is_broken: bool = False


def name_of(file: Path) -> tuple[str, str]:
    """A page's name and language by its file's: ("returns", "zh") of returns.zh.md, ("returns", "") of returns.md."""
    name, _, code = file.stem.rpartition(".")
    is_code = bool(name) and re.split("[-_]", code.lower())[0] in LANGUAGES
    return (name, code.lower()) if is_code else (file.stem, "")


def plain_name(name: str) -> str:
    """A file's name as a page_id: "Returns & refunds – Shop" is returns-refunds-shop."""
    return re.sub(r"[^\w.]+", "-", name.lower()).strip("-._") or "page"


def title_of(page_id: str) -> str:
    """A title for a page that has none."""
    return page_id.replace("-", " ").replace("_", " ").capitalize()


def folded(heading: str) -> str:
    """A heading without case, marks and blanks, by which two of them are the same."""
    return re.sub(r"[\W_]+", "", heading).casefold()


def sections_of(parts: Sequence[Part], title: str) -> tuple[Section, ...]:
    """The sections of a page. Text before the first heading is a section under the title; a heading without text of
    its own has that of the headings below it.
    """
    made = [Section(plain_prose(part.heading), plain_prose(part.text), part.questions) for part in parts]
    levels = [part.level for part in parts]
    whole = [replace(s, text=s.text or _text_below(levels[i:], made[i:])) for i, s in enumerate(made)]
    held = [section for i, section in enumerate(whole) if section.heading or made[i].text]
    return tuple(replace(section, heading=section.heading or title) for section in held)


def draft_of(outline: Outline, file: Path, *, is_held: bool) -> PageDraft:
    """The page that an outline stands for, named by its file. As websites have it, returns/index.html is returns;
    a file that the shop holds has been named.
    """
    name, named = name_of(file)
    if name.lower() == "index" and file.suffix.lower() in HTML_SUFFIXES and not is_held:
        name = file.resolve().parent.name or name
    problems: list[RowProblem] = []
    text = "\n".join(f"{part.heading}\n{part.text}" for part in outline.parts)
    detected = detect_language(text)
    language: Language = language_of(named) if named else detected
    if outline.language:
        try:
            language = language_of(outline.language)
        except RowError:
            message = f"is in {outline.language!r} as it says, which is not one of {', '.join(LANGUAGES)}; read as "
            problems.append(RowProblem(str(file), 1, message + language, kept=True))
    if (language, detected) == ("en", "zh"):
        message = "is in English as it or its name says, and its text is Chinese; mend its lang, or name the file .zh"
        problems.append(RowProblem(str(file), 1, message, kept=True))
    page_id = plain_name(name)
    title = plain_prose(outline.title) or title_of(page_id)
    page = HelpPage(page_id, language, title, sections_of(outline.parts, title), path=str(file))
    return PageDraft(page, problems=tuple(problems))


def _text_below(levels: Sequence[int], sections: Sequence[Section]) -> str:
    """The sections below the first one in one text; "" where there are none."""
    below = takewhile(lambda i: levels[i] > levels[0], range(1, len(levels)))
    return "\n\n".join(f"{sections[i].heading}\n{sections[i].text}".strip() for i in below)
