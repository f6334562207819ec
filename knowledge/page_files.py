"""Which files hold help pages, and what each kind of them says: HTML, JSON-LD, questions in tables and JSONL."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from knowledge.domain import Language, RowProblem
from knowledge.errors import FeedError
from knowledge.feeds.fields import language_of
from knowledge.feeds.html_text import HTML_SUFFIXES, parse_html, read_html
from knowledge.feeds.jsonld import Node, is_html, looks_like_jsonld, nodes_in_page, objects, read_nodes, said
from knowledge.feeds.questions import read_questions
from knowledge.feeds.rows import RowError
from knowledge.html_pages import MOST_HEADINGS, MOST_TEXT, markdown_of, outline_of
from knowledge.language import detect_language
from knowledge.outlines import Outline, Part, folded, name_of, title_of
from knowledge.return_policies import Policy, read_policies

_MARKDOWN = (".md", ".markdown")
_LINKED = (".json", ".jsonld")
_ROWS = (".csv", ".tsv", ".jsonl")
SUFFIXES = (*_MARKDOWN, *HTML_SUFFIXES, *_LINKED, *_ROWS)
_PARTS = "_files"  # the folder into which a browser puts what a saved page is made of

_NO_TEXT = "no text beside navigation and hidden parts; if scripts write it, save the page from a browser that shows it"
_NO_PAGE = "no FAQPage and no return policy of schema.org; products are imported with --kind catalogue"


@dataclass(frozen=True, slots=True)
class PageSource:
    """What a file that is no Markdown says: pages, one for each language, return policies, and what was left out."""

    outlines: tuple[Outline, ...]
    policies: tuple[Policy, ...] = ()
    problems: tuple[RowProblem, ...] = ()


def page_files(folder: Path) -> Iterator[Path]:
    """The files below a folder that may hold help pages, by path; parts of saved pages are none."""
    for file in sorted(folder.rglob("*")):
        if file.suffix.lower() in SUFFIXES and part_of(file, folder) is None and file.is_file():
            yield file


def part_of(file: Path, root: Path) -> Path | None:
    """The folder below `root` of what a browser saved beside a page, where the file lies in such a one."""
    for folder in file.relative_to(root).parents:
        page = root / folder.parent / folder.name.removesuffix(_PARTS)
        if folder.name.endswith(_PARTS) and any(Path(f"{page}{ending}").exists() for ending in HTML_SUFFIXES):
            return root / folder
    return None


def page_suffix(file: Path) -> str:
    """The ending by which a page is known in the shop's folder: the file's own, or that of what it holds."""
    suffix = file.suffix.lower()
    if suffix in SUFFIXES:
        return suffix
    if is_html(file):
        return ".html"
    return ".jsonld" if looks_like_jsonld(file) else ".md"


def is_markdown(file: Path) -> bool:
    return page_suffix(file) in _MARKDOWN


def read_source(file: Path) -> PageSource:
    """What a file says. Raises FeedError when it cannot be read, or holds no page."""
    if is_html(file):
        source, missing = _saved_page(file), _NO_TEXT
    elif file.suffix.lower() in _LINKED or looks_like_jsonld(file):
        source, missing = _linked(file), _NO_PAGE
    else:
        source, missing = _questions(file), "no question with an answer"
    if not source.outlines and not source.policies:
        first = next((f"; line {problem.line}: {problem.message}" for problem in source.problems), "")
        raise FeedError(f"{file}: holds {missing}{first}")
    return source


# ------------------------------------------------------------------ saved pages


def _saved_page(file: Path) -> PageSource:
    root, is_cut = parse_html(read_html(file))
    if root is None:
        return PageSource(())
    nodes, problems = nodes_in_page(root, file)
    asked, bad_questions = _faq(nodes, file)
    policies, bad_policies = read_policies(nodes, str(file))
    outline, is_long = outline_of(root, [part.heading for _, part in asked])
    own = _language(outline.language)
    here = [part for language, part in asked if language in (own, "") or not own]
    outlines = [replace(outline, parts=_answered(outline.parts, here))]
    elsewhere = [(language, part) for language, part in asked if part not in here]
    outlines += _by_language(elsewhere, outline.title)
    told = [*problems, *bad_questions, *bad_policies]
    if is_cut or is_long:
        why = "is nested absurdly deep" if is_cut else f"has over {MOST_TEXT} characters or {MOST_HEADINGS} headings"
        told.append(RowProblem(str(file), 1, f"{why}; what stands behind was left out: make several pages of it"))
    return PageSource(tuple(one for one in outlines if one.parts), tuple(policies), tuple(told))


def _answered(parts: Sequence[Part], asked: Sequence[Part]) -> tuple[Part, ...]:
    """The page's parts with the answers of its FAQPage, which hold nothing else; then those that it does not show."""
    answers = {folded(part.heading): part for part in asked}
    made: list[Part] = []
    for part in parts:
        answer = answers.pop(folded(part.heading), None)
        made.append(replace(part, text=answer.text) if answer else part)
    return (*made, *answers.values())


# ------------------------------------------------------------------ JSON-LD


def _linked(file: Path) -> PageSource:
    nodes, problems = read_nodes(file)
    asked, bad_questions = _faq(nodes, file)
    policies, bad_policies = read_policies(nodes, str(file))
    page = next((node for node in nodes if "FAQPage" in node.types), None)
    title = said(page.values.get("name")) or said(page.values.get("headline")) if page else ""
    _, code = name_of(file)
    untold = "\n".join(f"{part.heading}\n{part.text}" for language, part in asked if not language)
    usual = _language(code) or detect_language(untold)
    asked = [(language or usual, part) for language, part in asked]
    return PageSource(_by_language(asked, title), tuple(policies), (*problems, *bad_questions, *bad_policies))


def _faq(nodes: Sequence[Node], file: Path) -> tuple[list[tuple[str, Part]], list[RowProblem]]:
    """The questions of a FAQPage, each with its language, "" where none is told, and those that cannot be read."""
    asked: list[tuple[str, Part]] = []
    problems: list[RowProblem] = []
    for node in (node for node in nodes if "FAQPage" in node.types):
        for question in objects(node.values.get("mainEntity")):
            heading = " ".join(markdown_of(said(question.get("name")) or said(question.get("text"))).split())
            answers = objects(question.get("acceptedAnswer")) or objects(question.get("suggestedAnswer"))
            text = "\n\n".join(filter(None, (markdown_of(said(answer.get("text"))) for answer in answers)))
            if not heading or not text:
                what = (
                    f"question {heading!r} has no acceptedAnswer with a text" if heading else "a question has no name"
                )
                problems.append(RowProblem(str(file), node.line, f"FAQPage: {what}; it was left out"))
                continue
            told = (one.get("inLanguage") for one in (question, *answers, node.values))
            asked.append((_language(next((code for one in told if (code := said(one))), "")), Part(2, heading, text)))
    return asked, problems


def _language(code: str) -> str:
    """The language that a code names, "" where the shop speaks none such."""
    try:
        return language_of(code)
    except RowError:
        return ""


def _by_language(asked: Sequence[tuple[str, Part]], title: str) -> tuple[Outline, ...]:
    pages: dict[str, list[Part]] = {}
    for language, part in asked:
        pages.setdefault(language, []).append(part)
    return tuple(Outline(title, tuple(parts), language) for language, parts in pages.items())


# ------------------------------------------------------------------ questions as rows


def _questions(file: Path) -> PageSource:
    name, code = name_of(file)
    pages: dict[Language, list[Part]] = {}
    problems: list[RowProblem] = []
    for asked in read_questions(file, language_of(code) if code else None):
        if isinstance(asked, RowProblem):
            problems.append(asked)
        else:
            part = Part(2, asked.question, markdown_of(asked.answer), asked.paraphrases)
            pages.setdefault(asked.language, []).append(part)
    outlines = tuple(Outline(title_of(name), tuple(parts), language) for language, parts in pages.items())
    return PageSource(outlines, (), tuple(problems))
