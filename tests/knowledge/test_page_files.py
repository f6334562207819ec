import json
from pathlib import Path

import pytest

from knowledge.catalogue import Catalogue
from knowledge.domain import Language, ProductId, RowProblem, Section
from knowledge.domain import Product as Goods
from knowledge.errors import FeedError
from knowledge.graph import ShopGraph
from knowledge.pages import read_page, read_page_file, read_pages

ENGLISH = """<!DOCTYPE html>
<!-- saved from url=(0042)https://harbour.example/pages/returns -->
<html lang="en" class="js"><head><meta charset="utf-8"><title>Returns – Harbour Lane</title>
<script>window.theme = {"moneyFormat": "$"};</script>
<script type="application/ld+json">
{"@context": "https://schema.org", "@type": "Organization", "name": "Harbour Lane",
 "hasMerchantReturnPolicy": {"@type": "MerchantReturnPolicy", "applicableCountry": "US",
  "returnPolicyCategory": "https://schema.org/MerchantReturnFiniteReturnWindow", "merchantReturnDays": 30}}
</script>
<script type="application/ld+json">{"@context": "https://schema.org", "@type": "FAQPage", "mainEntity": [
 {"@type": "Question", "name": "Can I return something I have opened?",
  "acceptedAnswer": {"@type": "Answer", "text": "<p>Yes, if it is <b>clean</b>.</p>"}},
 {"@type": "Question", "name": "Who pays?", "acceptedAnswer": {"@type": "Answer", "text": "You do: 6.95 USD."}}]}
</script></head>
<body class="template-page"><div id="cookie-consent">We use cookies. <button>Accept</button></div>
<header class="site-header"><nav><ul>
<li><a href="/">Home</a></li><li><a href="/cart">Cart (0)</a></li></ul></nav></header>
<main id="MainContent" role="main"><h1 class="title">Returns</h1><div class="rte">
<p>We want you to be happy.</p><h2>How to return</h2><ol><li>Pack it.</li><li>Post it.</li></ol>
<h3>Can I return something I have opened?</h3><p>Yes, if it is clean. <span>Was this helpful?</span></p></div></main>
<footer><form><h3>Newsletter</h3><input name="email"></form><p>© 2026</p></footer></body></html>"""

CHINESE = """<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1.dtd">
<html xmlns="http://www.w3.org/1999/xhtml"><head>
<meta http-equiv="Content-Type" content="text/html; charset=gb2312" /><title>配送说明_海港小店</title></head>
<body><div class="nav" role="navigation"><a href="index.php">首页</a></div>
<form name="aspnetForm" action="help.aspx"><div class="article"><h1>配送说明</h1>
<table><tr><td><h2>多久能送到？</h2><p>下单后 3 天内送达。</p></td></tr></table>
<dl><dt>运费多少？</dt><dd>满 60 元包邮，否则 6 元。</dd><dt>能送到台湾吗？</dt><dd>可以，请联系客服。</dd></dl>
</div></form></body></html>"""

FAQ = {
    "@context": "https://schema.org",
    "@type": "FAQPage",
    "name": "Questions on payment",
    "mainEntity": [
        {"@type": "Question", "name": "Which cards?", "acceptedAnswer": {"@type": "Answer", "text": "All &amp; more."}},
        {
            "@type": "Question",
            "name": "可以用支付宝吗？",
            "inLanguage": "zh-CN",
            "acceptedAnswer": {"@type": "Answer", "text": "<ul><li>可以</li></ul>"},
        },
    ],
}


def write(folder: Path, name: str, content: str | bytes | object) -> Path:
    file = folder / name
    if isinstance(content, bytes):
        file.write_bytes(content)
    else:
        file.write_text(content if isinstance(content, str) else json.dumps(content, indent=1), "utf-8")
    return file


def headings(file: Path) -> dict[Language, list[str]]:
    return {page.language: [s.heading for s in page.sections] for page in read_page_file(file).pages}


def test_a_saved_page_is_read_with_its_json_ld(tmp_path: Path) -> None:
    page, problems = read_page(write(tmp_path, "Returns & more.html", ENGLISH))

    assert problems == ()
    assert page is not None
    assert (page.page_id, page.language, page.title) == ("returns-more", "en", "Returns")
    assert page.sections == (
        Section("Returns", "We want you to be happy."),
        Section("How to return", "1. Pack it.\n2. Post it."),
        Section("Can I return something I have opened?", "Yes, if it is clean."),
        Section("Who pays?", "You do: 6.95 USD."),
    )


def test_a_chinese_page_in_gbk_is_read_by_its_tables_and_terms(tmp_path: Path) -> None:
    page, problems = read_page(write(tmp_path, "peisong.htm", CHINESE.encode("gbk")))

    assert problems == ()
    assert page is not None
    assert (page.page_id, page.language, page.title) == ("peisong", "zh", "配送说明")
    assert page.sections == (
        Section("多久能送到？", "下单后 3 天内送达。"),
        Section("运费多少？", "满 60 元包邮，否则 6 元。"),
        Section("能送到台湾吗？", "可以，请联系客服。"),
    )


def test_questions_in_two_languages_make_a_page_in_each(tmp_path: Path) -> None:
    read = read_page_file(write(tmp_path, "payment.json", FAQ))

    assert read.problems == ()
    assert [(page.page_id, page.language, page.title) for page in read.pages] == [
        ("payment", "en", "Questions on payment"),
        ("payment", "zh", "Questions on payment"),
    ]
    assert [page.sections for page in read.pages] == [
        (Section("Which cards?", "All & more."),),
        (Section("可以用支付宝吗？", "- 可以"),),
    ]


def test_questions_that_a_graph_refers_to_are_read_and_those_without_an_answer_told(tmp_path: Path) -> None:
    graph = {
        "@graph": [
            {"@type": ["WebPage", "FAQPage"], "@id": "#p", "mainEntity": [{"@id": "#a"}, {"@id": "#b"}]},
            {"@type": "Question", "@id": "#a", "name": "A?", "acceptedAnswer": {"@type": "Answer", "text": "Yes."}},
            {"@type": "Question", "@id": "#b", "name": "B?", "answerCount": 0},
        ]
    }

    read = read_page_file(write(tmp_path, "a.jsonld", graph))

    assert [page.sections for page in read.pages] == [(Section("A?", "Yes."),)]
    assert [problem.message for problem in read.problems] == [
        "FAQPage: question 'B?' has no acceptedAnswer with a text; it was left out"
    ]


def test_a_table_of_questions_is_a_page_with_a_section_for_each(tmp_path: Path) -> None:
    file = write(
        tmp_path, "faq.en.csv", "question,answer,paraphrases\nFax?,<p>No &amp; never.</p>,telefax|by fax\nA?,,\n"
    )

    page, problems = read_page(file)

    assert page is not None
    assert (page.page_id, page.language, page.title) == ("faq", "en", "Faq")
    assert page.sections == (Section("Fax?", "No & never.", ("telefax", "by fax")),)
    assert [(problem.line, problem.message) for problem in problems] == [(3, "question 'A?' has no answer; write one")]


def test_a_table_in_two_languages_makes_a_page_in_each(tmp_path: Path) -> None:
    assert headings(write(tmp_path, "faq.tsv", "问题\t答案\nFax?\tNone.\n发票？\t有。\n")) == {
        "en": ["Fax?"],
        "zh": ["发票？"],
    }


@pytest.mark.parametrize(
    ("name", "markup", "language", "told"),
    [
        ("a.html", '<html lang="zh-Hant"><body><p>Fax</p>', "zh", 0),
        ("a.zh.html", "<html><body><p>Fax</p>", "zh", 0),
        ("a.html", "<html><body><p>传真</p>", "zh", 0),
        ("a.html", '<html lang="fr"><body><p>La fax</p>', "en", 1),
        ("a.html", '<html lang="en"><body><p>我们没有传真</p>', "en", 1),
    ],
)
def test_the_language_is_the_pages_then_the_files_then_detected(
    tmp_path: Path, name: str, markup: str, language: str, told: int
) -> None:
    page, problems = read_page(write(tmp_path, name, markup))

    assert page is not None
    assert (page.page_id, page.language) == ("a", language)
    assert [problem.kept for problem in problems] == [True] * told


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.html", "<html><body><nav>x</nav><script>y</script></body></html>", "no text beside navigation"),
        ("a.html", "", "no text beside navigation"),
        ("a.html", "<html><body>" + "<div>" * 10_000 + "deep", "nested absurdly deep"),
        ("a.jsonld", {"@type": "Product", "name": "Lamp", "sku": "1"}, "no FAQPage and no return policy"),
        ("a.json", "{", "line 1: JSON-LD that is not valid JSON"),
        ("a.csv", "question,answer\n,\n", "no question with an answer; line 2"),
        ("a.csv", "name,price\nA,1\n", "column question, answer is missing"),
    ],
)
def test_a_file_that_holds_no_page_is_refused(tmp_path: Path, name: str, content: object, message: str) -> None:
    with pytest.raises(FeedError, match=message):
        read_page(write(tmp_path, name, content))


def test_a_broken_block_costs_no_more_than_itself(tmp_path: Path) -> None:
    read = read_page_file(
        write(tmp_path, "returns.html", ENGLISH.replace('"name": "Who pays?",', '"name" "Who pays?",'))
    )

    assert [section.heading for section in read.pages[0].sections][-1] == "Can I return something I have opened?"
    assert [page.language for page in read.policy_pages] == ["en", "zh"]
    assert [problem.line for problem in read.problems] == [13]


def test_a_folder_is_read_whole_without_the_parts_of_saved_pages(tmp_path: Path) -> None:
    write(tmp_path, "returns.html", ENGLISH)
    write(tmp_path, "bad.json", "{}")
    write(tmp_path, "notes.txt", "not a page")
    for folder in ("returns_files", "own_files"):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder, "frame.html", f"<html><body>{folder}</body></html>")

    pages, problems = read_pages(tmp_path)

    assert [(page.page_id, page.language) for page in pages] == [
        ("frame", "en"),
        ("returns", "en"),
        ("merchant-return-policy", "en"),
        ("merchant-return-policy", "zh"),
    ]
    assert [Path(problem.file).name for problem in problems] == ["bad.json"]


def test_two_files_with_one_page_are_told(tmp_path: Path) -> None:
    write(tmp_path, "returns.en.md", "# Returns\n\n## How long?\n30 days.\n")
    write(tmp_path, "returns.html", ENGLISH)

    pages, (problem,) = read_pages(tmp_path)

    assert pages[0].path.endswith("returns.en.md")
    assert isinstance(problem, RowProblem)
    assert problem.message.startswith("page 'returns' in 'en' is ")


def test_a_graph_of_such_pages_answers_and_rules(tmp_path: Path) -> None:
    write(tmp_path, "returns.html", ENGLISH)
    write(tmp_path, "peisong.htm", CHINESE.encode("gbk"))
    write(tmp_path, "payment.json", FAQ)
    write(
        tmp_path, "faq.csv", 'question,answer,paraphrases\nDo you have a store?,"Yes, at the port.",where is the shop\n'
    )
    pages, problems = read_pages(tmp_path)

    graph = ShopGraph.build(pages, Catalogue([Goods(ProductId("1"), "Lamp", category=("Home", "Lamps"))]))

    assert problems == []
    texts = {section.heading: section.text for section in graph.sections("en")}
    assert texts["Do you have a store?"] == "Yes, at the port."
    assert texts["Which cards?"] == "All & more."
    assert texts["Who pays?"] == "You do: 6.95 USD."
    assert {section.heading: section.text for section in graph.sections("zh")}[
        "运费多少？"
    ] == "满 60 元包邮，否则 6 元。"
    assert "where is the shop" in [text for _, text, _ in graph.questions("en")]
    (match,) = graph.rules_for("return", ("Home", "Lamps"), {})
    assert match.rule.outcome == {"allowed": True, "days": 30.0}
    assert graph.section_of(match.rule, "zh").text == "寄往美国的订单，签收后30天内可以退货。"
    assert graph.section_of(match.rule, "en").heading == "How long do I have to send something back?"


def test_an_index_page_is_named_by_its_folder(tmp_path: Path) -> None:
    (tmp_path / "returns").mkdir()

    page, _ = read_page(write(tmp_path / "returns", "index.html", ENGLISH))

    assert page is not None
    assert page.page_id == "returns"


def test_an_index_page_that_the_shop_holds_keeps_its_name(tmp_path: Path) -> None:
    write(tmp_path, "index.en.html", ENGLISH)

    pages, _ = read_pages(tmp_path)

    assert pages[0].page_id == "index"
