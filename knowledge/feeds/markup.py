"""HTML in a feed's texts as plain text."""

import re
from collections.abc import Iterator
from html import unescape

# What is read is never given back, so that no text takes more than linear time.
_TAG = re.compile(r"""<!--|<[!?][^<>]*+>|<(/?)([a-zA-Z][\w:-]*+)(?:[^<>"']|"[^"<]*+"|'[^'<]*+')*+>""")
_LINES = ("br", "li", "tr", "dt", "dd", "option")
_PARAGRAPHS = {
    *("p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "section", "article"),
    *("header", "footer", "blockquote", "pre", "hr", "figure"),
}
_BREAK = "\r"  # a line break that a tag makes, as long as those of the source are not folded
_CELLS = ("td", "th")
_SILENT = {name: re.compile(f"</{name}[^<>]*>", re.IGNORECASE) for name in ("script", "style", "template")}
_BLANKS = re.compile(r"[^\S\n]+")
_EDGES = re.compile(r" ?\n ?")
_GAPS = re.compile(r"\n{3,}")
_SINGLE_BREAK = re.compile(r"(?<!\n)\n(?!\n)")


_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z\d]{1,30});", re.IGNORECASE)


def unescaped(text: str) -> str:
    """The text with its character references as characters: "Bags &amp; Cases". One without a semicolon is none, since
    addresses hold such.
    """
    return _ENTITY.sub(lambda found: unescape(found.group()), text) if "&" in text else text


def plain_text(html: str) -> str:
    """The text that a browser shows, its paragraphs kept; scripts, styles and comments are dropped.

    A text without tags and entities comes back as it is. Single line breaks count where no tag breaks lines, as in
    what is written in WooCommerce.
    """
    if "<" not in html and "&" not in html:
        return html
    text = "".join(_parts(html.replace("\r\n", "\n").replace(_BREAK, "\n")))
    if _BREAK in text:
        text = _SINGLE_BREAK.sub(" ", text).replace(_BREAK, "\n")
    text = _BLANKS.sub(" ", unescape(text))
    return _GAPS.sub("\n\n", _EDGES.sub("\n", text)).strip()


def _parts(html: str) -> Iterator[str]:
    at = 0
    while tag := _TAG.search(html, at):
        yield html[at : tag.start()]
        at = tag.end()
        name = (tag[2] or "").lower()
        if tag[0] == "<!--":
            end = html.find("-->", at)
            at = end + 3 if end >= 0 else len(html)
        elif name in _SILENT and not tag[1]:
            closing = _SILENT[name].search(html, at)
            at = closing.end() if closing else len(html)
        elif name in _PARAGRAPHS:
            yield _BREAK * 2
        elif name in _LINES and not tag[1]:
            yield _BREAK
        elif name in _CELLS:
            yield " "
    yield html[at:]
