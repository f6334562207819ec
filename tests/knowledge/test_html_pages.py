import time

import pytest

from knowledge.feeds.html_text import parse_html
from knowledge.html_pages import MOST_HEADINGS, MOST_TEXT, markdown_of, outline_of
from knowledge.outlines import Outline, Part


def outline(text: str, *questions: str) -> Outline:
    root, _ = parse_html(text)
    assert root is not None
    return outline_of(root, questions)[0]


def body(markup: str, *questions: str) -> list[tuple[str, str]]:
    return [(p.heading, p.text) for p in outline(f"<html><body>{markup}</body></html>", *questions).parts]


def test_sections_go_by_headings_wherever_they_stand() -> None:
    page = """<html lang="en-GB"><head><title>Returns | Shop</title></head><body>
    <main><div><h1>Returns &amp; refunds</h1><p>Read this <em>first</em>.</p></div>
      <section><div><h2>How <b>long</b>?</h2></div><div class="rte"><p>30 days.</p></div></section>
      <section><h3>Abroad</h3>60 days<br>of delivery.</section></main></body></html>"""

    assert outline(page) == Outline(
        "Returns & refunds",
        (
            Part(0, "", "Read this first."),
            Part(2, "How long?", "30 days."),
            Part(3, "Abroad", "60 days\nof delivery."),
        ),
        "en-GB",
    )


def test_lists_and_tables_become_markdown() -> None:
    markup = """<h2>Fees</h2><ul><li>Post: 5 USD<ul><li>islands: 9 USD</li></ul></li><li>Store: free</li></ul>
    <table><tr><th>Region</th><th>Days</th></tr><tr><td>US</td><td>3 to 5</td></tr></table>
    <ol><li>one</li><li>two</li></ol>"""

    ((_, text),) = body(markup)

    assert text == (
        "- Post: 5 USD\n  - islands: 9 USD\n- Store: free\n\n"
        "| Region | Days |\n| --- | --- |\n| US | 3 to 5 |\n\n1. one\n2. two"
    )


def test_details_terms_and_buttons_that_open_a_text_are_headings() -> None:
    markup = """<h2>Questions</h2><details><summary>Used?</summary><p>No.</p></details><p>Call us.</p>
    <dl><dt>Fax?</dt><dd>No.</dd><dt>Mail?</dt><dd>Yes.</dd></dl>
    <button aria-expanded="false" aria-controls="a1">Opened?</button><div id="a1" hidden><p>Yes.</p></div>
    <h3><button aria-controls="a2">Lost?</button></h3><div id="a2" style="display: none">We search.</div>"""

    assert body(markup) == [
        ("Questions", "Call us."),
        ("Used?", "No."),
        ("Fax?", "No."),
        ("Mail?", "Yes."),
        ("Opened?", "Yes."),
        ("Lost?", "We search."),
    ]


@pytest.mark.parametrize(
    "markup",
    [
        "<nav>x</nav>",
        "<header><h1>x</h1></header>",
        "<footer>x</footer>",
        "<aside>x</aside>",
        "<form><h3>x</h3><input></form>",
        "<script>x</script><style>x</style><noscript>x</noscript><template>x</template>",
        "<div hidden>x</div>",
        '<div aria-hidden="true">x</div>',
        '<div style="color: red; DISPLAY:none">x</div>',
        '<div role="navigation">x</div><div role="dialog">x</div>',
        '<div id="cookie-banner">x</div><div class="site_consent open">x</div><ol class="breadcrumb"><li>x</ol>',
        "<button>x</button><select><option>x</select><label>x</label>",
        "<iframe>x</iframe><svg><text>x</text></svg>",
        '<img alt="x"><!-- x -->',
        '<span class="visually-hidden">x</span>',
    ],
)
def test_what_no_reader_reads_is_dropped(markup: str) -> None:
    assert body(f"<div>{markup}<h2>Hours</h2><p>At ten.{markup}</p></div>") == [("Hours", "At ten.")]


@pytest.mark.parametrize(
    "markup",
    [
        "<div>stray</div><main>{}</main><div>stray</div>",
        '<div>stray</div><div role="main">{}</div>',
        "<div>stray</div><article>{}</article>",
        "<main></main>{}",
        "<form action='/page.aspx'><input type=hidden><article>{}</article></form>",
        '<div class="cookie-consent-open"><main>{}</main></div>',
        '<div aria-hidden="true"><main>{}</main></div>',
        "<article>{}</article><article></article>",
    ],
)
def test_the_content_is_main_or_the_only_article_else_the_page(markup: str) -> None:
    assert body(markup.format("<h1>Hours</h1><p>At ten.</p>")) == [("", "At ten.")]


def test_an_article_about_cookies_is_no_banner() -> None:
    page = "<html><body><div class='cookie-policy'><h1>Cookies</h1><p>We set two.</p></div></body></html>"

    assert outline(page) == Outline("Cookies", (Part(0, "", "We set two."),))


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("<title>Returns – Harbour Lane</title>", "Returns"),
        ("<title>Wi-Fi in store | Harbour Lane</title>", "Wi-Fi in store"),
        ("<title>退货政策_某某商城</title>", "退货政策"),
        ('<title>x</title><meta property="og:title" content="Returns &amp; more">', "Returns & more"),
        ("</head><svg><title>Icon</title></svg>", ""),
    ],
)
def test_a_page_without_h1_has_the_title_of_its_window_without_the_shop(head: str, title: str) -> None:
    assert outline(f"<html><head>{head}</head><body><p>x</p></body></html>").title == title


def test_only_addresses_of_the_web_mail_and_telephone_stay() -> None:
    markup = """<p><a href="javascript:alert(1)">a</a> <a href=" JaVaScRiPt:alert(1)">b</a> <a href="/list">c</a>
    <a href="data:text/html,x">d</a> <a href="https://x.example/a">e</a> <a href="mailto:a@x.example">f</a>
    <a href="https://x.example/g">https://x.example/g</a></p>"""

    ((_, text),) = body(markup)

    assert text.split() == [
        *("a", "b", "c", "d", "[e](https://x.example/a)", "[f](mailto:a@x.example)", "https://x.example/g"),
    ]


def test_an_element_that_shows_a_question_of_the_pages_json_ld_is_a_heading() -> None:
    markup = '<div class="q"><span>Do you ship abroad?</span></div><div>Yes.</div>'

    assert body(markup, "Do you ship abroad ?") == [("Do you ship abroad?", "Yes.")]


def test_a_fragment_becomes_markdown_and_a_plain_text_stays() -> None:
    assert markdown_of("<p>Yes &amp; <b>no</b>.</p><ul><li>a</li></ul>") == "Yes & **no**.\n\n- a"
    assert markdown_of("a &lt; b") == "a < b"
    assert markdown_of(" 3 < 5 and a*b_c\n# 1 ") == "3 < 5 and a*b_c\n# 1"
    assert markdown_of("<script>alert(1)</script><h2>Kept</h2><p>a</p>") == "Kept\n\na"


@pytest.mark.parametrize(
    "markup",
    [
        "<div>" * 1900 + "deep",
        "<p>Some text of a paragraph &amp; more.</p>" * 60_000,
        "<h2>a</h2><p>b</p>" * 50_000,
        "<a href=x>" * 50_000,
        "<details><summary>q</summary>a" * 800,
        "<p>" + "word " * 500_000,
        "<" * 2_000_000,
        "<h2><h1><b>" * 2000,
        "<dl><dt>a<dd>" * 2000,
    ],
)
def test_hostile_pages_are_read_in_time_and_bounded(markup: str) -> None:
    root, _ = parse_html(f"<html><body>{markup}")
    assert root is not None
    start = time.process_time()

    page, _ = outline_of(root)

    assert time.process_time() - start < 20
    assert sum(len(part.heading) + len(part.text) for part in page.parts) < 2 * MOST_TEXT
    assert len(page.parts) <= MOST_HEADINGS + 1


def test_a_page_that_was_cut_says_so() -> None:
    for markup in ("<p>" + "word " * MOST_TEXT, "<h2>a</h2>" * (MOST_HEADINGS + 1)):
        root, _ = parse_html(f"<html><body>{markup}")
        assert root is not None
        assert outline_of(root)[1]


def test_a_page_without_the_tag_of_its_body_is_read() -> None:
    read = outline("<html lang=en><title>Delivery</title><main><h1>Delivery</h1><p>In 2 days.</p></main></html>")

    assert read == Outline("Delivery", (Part(0, "", "In 2 days."),), "en")
