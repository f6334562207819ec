import time

import pytest

from knowledge.feeds.markup import plain_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("No markup,\n\ntwo paragraphs", "No markup,\n\ntwo paragraphs"),
        ("<p>One<br>two &amp; three</p>\n<p>Four</p>", "One\ntwo & three\n\nFour"),
        ("<ul>\n  <li>a</li>\n  <li>b&nbsp;c</li>\n</ul>", "a\nb c"),
        ("<table><tr><td>Power</td><td>20 W</td></tr></table>", "Power 20 W"),
        ("Line one\nline <b>two</b>\n\nNext", "Line one\nline two\n\nNext"),
        ("<p>wrapped\nin the source</p>", "wrapped in the source"),
        ("a<script>alert(1)</script>b<style>p{}</style>c<!-- d -->e", "abce"),
        ("a<script>never closed", "a"),
        ("a<!-- never closed", "a"),
        ('<p title="a > b">c</p>', "c"),
        ("5 < 6 & AT&T <3", "5 < 6 & AT&T <3"),
    ],
)
def test_html_becomes_what_a_browser_shows(html: str, text: str) -> None:
    assert plain_text(html) == text


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 1_000_000 + "kept",
        "<b>" * 300 + "kept",
        "<a" + "a" * 5_000_000 + "kept",
        "<a '" * 1_000_000 + "kept",
        "<!" * 2_500_000 + "kept",
        "\n " * 2_500_000 + "&kept",
    ],
    ids=["nested", "deep", "long name", "open quotes", "declarations", "blanks"],
)
def test_no_markup_takes_long_or_loses_its_text(html: str) -> None:
    started = time.perf_counter()

    text = plain_text(html)

    assert text.endswith("kept")
    assert time.perf_counter() - started < 20
