"""Saved HTML pages as outlines: what a reader of the page reads, by its headings, without what stands around it.

The text is that of `main`, else of the only `article`, else of the whole page. Of it navigation, header and footer,
asides, forms and their controls, scripts, banners on cookies and whatever is hidden are dropped; but what a control of
the page opens is read.
"""

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice, takewhile

from lxml import etree  # type: ignore[import-untyped]
from markdownify import MarkdownConverter

from knowledge.feeds.html_text import Element, parse_html
from knowledge.outlines import Outline, Part, folded

MOST_TEXT = 150_000  # characters of a page; the longest terms of a shop have half of it
MOST_HEADINGS = 1000

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_ANSWERED = 7  # the level of what is no heading and stands above a text: a summary, a dt, a button that opens it
_DROPPED = frozenset(
    {
        *("nav", "footer", "aside", "dialog", "form", "input", "select", "textarea", "button", "label", "option"),
        *("script", "style", "noscript", "template", "iframe", "frame", "object", "embed", "applet", "map", "hr"),
        *("img", "picture", "svg", "canvas", "audio", "video", "source", "link", "meta", "title", "head", "base"),
    }
)
_ROLES = frozenset({"navigation", "banner", "contentinfo", "complementary", "search", "dialog", "alertdialog"})
_BANNER = re.compile(
    r"(?:^|[\s_-])(?:cookies?|consent|gdpr|breadcrumbs?|sr-only|visually-hidden|screen-reader-text)\b", re.I
)
_UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_OPENERS = ("aria-controls", "data-target", "data-bs-target")
_HIGHEST = 40  # levels of elements that are rendered as one; higher ones are opened
_ADDRESS = re.compile(r"(?:https?://|mailto:|tel:)[^\s()]+$", re.IGNORECASE)
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]{0,2000}>|&(?:[a-zA-Z]{2,8}|#\d{2,6});")
_SITE = re.compile(r"\s+[|–—·-]\s+|\s*[|｜_]\s*")


@dataclass(slots=True)
class _Piece:
    """A heading and the markup below it, while a page is read."""

    level: int
    heading: str
    markup: list[str] = field(default_factory=list)


def outline_of(root: Element, questions: Sequence[str] = ()) -> tuple[Outline, bool]:
    """A page's outline, and whether its text was cut. An element that holds one of `questions` is a heading."""
    language = (root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or "").strip()
    title = _page_title(root)
    body = root if root.tag != "html" else root.find("body")
    for head in root.findall("head") if body is None else ():
        head.tag = "body"  # where the tag of the body is missing, <main> is taken for a part of the head
        body = head
    if body is None:
        return Outline(title, (), language), False
    content = _content(body)
    _clear(body, content)
    headings = _headings(content, {folded(question) for question in questions})
    first = next((one for one, level in headings.items() if level == 1 and _line(one)), None)
    if first is not None:
        title = _line(first)
    pieces = _pieces(content, headings, first)
    parts: list[Part] = []
    room = MOST_TEXT
    for piece in pieces:
        if room <= 0:
            break
        markup = "".join(piece.markup)
        parts.append(Part(piece.level, piece.heading, _markdown(markup[: 3 * room])[:room]))
        room -= max(len(piece.heading) + len(parts[-1].text), len(markup) // 3)
    kept = tuple(part for part in parts if part.heading or part.text)
    return Outline(title, kept, language), len(parts) < len(pieces) or room < 0 or len(headings) == MOST_HEADINGS


def markdown_of(text: str) -> str:
    """A text as Markdown, where it holds tags or entities of HTML; else as it is."""
    if not _MARKUP.search(text):
        return text.strip()
    root, _ = parse_html(f"<html><body><div>{text[:MOST_TEXT]}</div></body></html>")
    if root is None:
        return ""
    _clear(root, root.find("body"))
    for heading in root.iter(*_HEADINGS):
        heading.tag = "p"
    pieces = _pieces(root.find("body"), {}, None)
    return _markdown("".join(pieces[0].markup))


# ------------------------------------------------------------------ what is read


def _content(body: Element) -> Element:
    for found in (body.xpath(".//main | .//*[@role='main']"), body.xpath(".//article")):
        is_one = len(found) == 1 or (found and found[0].tag == "main")
        if is_one and any(text.strip() for text in found[0].itertext()):
            return found[0]
    return body


def _clear(body: Element, content: Element) -> None:
    """Drops what no reader of the content reads."""
    main = [content, *content.xpath(".//h1[not(ancestor::header)]"), *content.xpath(".//article")]
    needed = {*main, *_above(main)}
    opened = {
        target.lstrip("#")
        for element in body.iter(etree.Element)
        for name in _OPENERS
        for target in (element.get(name) or "").split()
    }
    doomed = [
        element
        for element in content.iter(etree.Element)
        if element not in needed and _is_dropped(element, content is body, opened)
    ]
    for element in doomed:
        if element.getparent() is not None:
            element.drop_tree()
    for link in list(content.iter("a")):
        address = (link.get("href") or "").strip()
        if not _ADDRESS.match(address) or (link.text or "").strip() == address:
            link.tag = "span"


def _is_dropped(element: Element, is_whole: bool, opened: set[str]) -> bool:
    tag = element.tag
    if tag == "button" and any(element.get(name) for name in (*_OPENERS, "aria-expanded")):
        return False
    if tag in _DROPPED or (tag == "header" and is_whole):
        return True
    if (element.get("role") or "").lower() in _ROLES:
        return True
    if _BANNER.search(f"{element.get('class') or ''} {element.get('id') or ''}"):
        return True
    is_hidden = (
        element.get("hidden") is not None
        or (element.get("aria-hidden") or "").lower() == "true"
        or bool(_UNSEEN.search(element.get("style") or ""))
    )
    return is_hidden and element.get("id") not in opened


# ------------------------------------------------------------------ headings


def _headings(content: Element, questions: set[str]) -> Mapping[Element, int]:
    """The elements that stand above a text, with their levels."""
    levels = ((element, _level(element, questions)) for element in content.iter(etree.Element))
    return dict(islice(((element, level) for element, level in levels if level), MOST_HEADINGS))


def _above(elements: Iterable[Element]) -> set[Element]:
    """All that the elements stand in."""
    above: set[Element] = set()
    for element in elements:
        above.update(takewhile(lambda one: one not in above, element.iterancestors()))
    return above


def _level(element: Element, questions: set[str]) -> int:
    tag = element.tag
    if tag in _HEADINGS:
        return _HEADINGS[tag]
    if element.get("role") == "heading":
        level = element.get("aria-level") or ""
        return int(level) if level in ("1", "2", "3", "4", "5", "6") else 2
    if tag in ("summary", "dt", "button"):
        return _ANSWERED + sum(1 for above in element.iterancestors("details", "dl"))
    if questions and not len(element) and element.text and folded(element.text) in questions:
        return _ANSWERED
    return 0


def _pieces(content: Element, headings: Mapping[Element, int], title: Element | None) -> list[_Piece]:
    """The headings in order, each with the markup below it. Behind `details` or a `dl`, the one before them goes on."""
    above = _above(headings)
    heights = _heights(content)
    pieces = [_Piece(0, "")]
    current = 0
    waiting: list[Element | str | int] = [content]
    while waiting:
        step = waiting.pop()
        if isinstance(step, int):
            current = step
        elif isinstance(step, str):
            pieces[current].markup.append(html.escape(step, quote=False))
        elif step is title:
            current = 0
        elif step in headings:
            if heading := _line(step):
                pieces.append(_Piece(headings[step], heading))
                current = len(pieces) - 1
        elif step in above or heights[step] > _HIGHEST or step is content or step.tag == "dd":
            pieces[current].markup.append("<p></p>")
            if step.tag in ("details", "dl"):
                waiting.append(current)
            waiting.extend(reversed(list(_inside(step))))
        else:
            pieces[current].markup.append(etree.tostring(step, encoding="unicode", method="html", with_tail=False))
    return pieces


def _inside(element: Element) -> Iterator[Element | str]:
    if element.text:
        yield element.text
    for child in element.iterchildren(etree.Element):
        yield child
        if child.tail:
            yield child.tail


def _heights(content: Element) -> Mapping[Element, int]:
    """How many levels of elements each one holds."""
    heights: dict[Element, int] = {}
    for element in reversed(list(content.iter(etree.Element))):
        heights[element] = 1 + max((heights[child] for child in element.iterchildren(etree.Element)), default=0)
    return heights


def _page_title(root: Element) -> str:
    """The title for social networks, or the first part of the window's: "Returns" of "Returns – Shop"."""
    for meta in root.iter("meta"):
        if meta.get("property") == "og:title" and (meta.get("content") or "").strip():
            return " ".join(meta.get("content").split())
    title = root.find("head/title")
    return _SITE.split(_line(title))[0] if title is not None else ""


def _line(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


# ------------------------------------------------------------------ Markdown


@cache
def _converter() -> MarkdownConverter:
    return MarkdownConverter(
        autolinks=False,
        bs4_options="lxml",
        bullets="-",
        escape_asterisks=False,
        escape_underscores=False,
        strip=["em", "i", "img", "sub", "sup"],
        table_infer_header=True,
    )


def _markdown(markup: str) -> str:
    text = str(_converter().convert(f"<div>{markup}</div>")).replace("\xa0", " ")
    lines = "\n".join(line.rstrip() for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip()
