import tracemalloc
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest

from knowledge.domain import RowProblem
from knowledge.errors import FeedError, SettingsError
from knowledge.feeds.feed_settings import FeedSettings
from knowledge.feeds.formats import recognise
from knowledge.feeds.rows import JsonRow
from knowledge.feeds.xml import xml_rows
from knowledge.imports import import_file
from knowledge.shop import Shop

NOW = datetime(2026, 11, 5, tzinfo=UTC)
RSS = '<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><title>Shop</title>\n'
END = "</channel></rss>\n"


def item(product_id: str, more: str = "") -> str:
    return f"<item>\n<g:id>{product_id}</g:id><title>Mug</title>{more}\n</item>\n"


def feed(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    file = folder / "feed.xml"
    file.write_bytes(text.encode(encoding))
    return file


def ids(file: Path) -> list[tuple[int, object]]:
    """Lines and ids, or messages."""
    return [
        (row.line, row.message) if isinstance(row, RowProblem) else (row[0], row[1]["product_id"])
        for row in xml_rows(file, FeedSettings(now=NOW))
    ]


def only(file: Path) -> JsonRow:
    (row,) = xml_rows(file, FeedSettings(now=NOW))
    assert not isinstance(row, RowProblem)
    return row[1]


def test_an_item_is_read_from_googles_elements_first(tmp_path: Path) -> None:
    file = feed(
        tmp_path,
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:shop="http://base.google.com/ns/1.0"><entry><id>tag:1</id>'
        '<title>Atom</title><shop:title>Mug &amp;amp; saucer</shop:title><link rel="self" href="self"/>'
        '<link href="https://x.example/1"/><summary>&lt;p&gt;One&lt;/p&gt;&lt;p&gt;Two&lt;/p&gt;</summary>'
        "<shop:id>A</shop:id><shop:price>15.00 USD</shop:price><shop:sale_price>12.00 USD</shop:sale_price>"
        "<shop:shipping><shop:price>4 USD</shop:price></shop:shipping><shop:availability>in stock</shop:availability>"
        "<shop:image_link>1.jpg</shop:image_link><shop:image_link>2.jpg</shop:image_link>"
        "<shop:product_highlight>Strong.</shop:product_highlight><shop:product_highlight>Light.</shop:product_highlight>"
        "<shop:product_detail><shop:section_name>S</shop:section_name><shop:attribute_name>Fits</shop:attribute_name>"
        "<shop:attribute_value>a, b:c:d</shop:attribute_value></shop:product_detail></entry></feed>",
    )

    row = only(file)

    assert (row["product_id"], row["title"], row["url"]) == ("A", "Mug & saucer", "https://x.example/1")
    assert row["description"] == "One\n\nTwo\nStrong.\nLight."
    assert (row["price"], row["list_price"], row["image"]) == (12.0, 15.0, "1.jpg")
    assert row["attributes"] == {"fits": "a, b:c:d"}


def test_html_that_is_not_escaped_is_plain_text_too(tmp_path: Path) -> None:
    file = feed(tmp_path, RSS + item("1", "<description><p>One</p><p>Two <b>bold</b></p></description>") + END)

    assert only(file)["description"] == "One\n\nTwo bold"


def test_any_list_of_products_with_our_names_is_read(tmp_path: Path) -> None:
    file = feed(
        tmp_path,
        "<products><made>today</made><product><product_id>1</product_id><title>Mug</title><price>3</price></product>\n"
        "<product><product_id>2</product_id><title>Cup</title></product></products>",
    )

    assert ids(file) == [(1, "1"), (2, "2")]
    assert recognise(file).kind == "catalogue"


def test_a_blog_is_no_feed_of_products(tmp_path: Path) -> None:
    file = feed(tmp_path, "<feed><entry><id>1</id><title>News</title><link href='x'/></entry></feed>")

    with pytest.raises(FeedError, match=r"holds no product by its elements.*--kind"):
        recognise(file)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (
            item("2", "<description>salt & pepper</description>"),
            "is no valid XML in line 6 (xmlParseEntityRef: no name)",
        ),
        (item("2", "<description>a&nbsp;b</description>"), "Entity 'nbsp' not defined"),
        (item("2", "\x01"), "is no valid XML in line 6"),
        (item("2", "<g:brand>"), "Opening and ending tag mismatch"),
        (item("2", "</title>"), "Opening and ending tag mismatch"),
        (item("2", "<x:y/>"), "Namespace prefix x on y is not defined"),
        (item("2").replace("</item>", ""), "<item> is not closed before the next one begins"),
        (item("2", "<g:brand><![CDATA[A</g:brand>"), "<![CDATA[ is opened in this product and not closed"),
    ],
)
def test_a_broken_item_is_told_and_no_other_suffers(tmp_path: Path, broken: str, message: str) -> None:
    good = item("3", "<g:brand><![CDATA[Acme <item> & co]]></g:brand><!-- <item> -->")

    first, told, last = ids(feed(tmp_path, RSS + item("1") + broken + good + END))

    assert (first, told[0], last[1]) == ((2, "1"), 5, "3")
    assert message in str(told[1])


@pytest.mark.parametrize(("cut", "line"), [(25, 8), (len(END), 11)])
def test_a_file_cut_off_gives_its_whole_items_and_is_told(tmp_path: Path, cut: int, line: int) -> None:
    text = RSS + item("1") + item("2") + item("3") + END

    *whole, told = ids(feed(tmp_path, text[: -cut - (len(END) if cut == 25 else 0)]))

    assert [product_id for _, product_id in whole] == ["1", "2", "3"][: 2 if cut == 25 else 3]
    assert told[0] == line
    assert "the file ends" in str(told[1])


@pytest.mark.parametrize(
    "subset",
    [
        '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">',
        '<!ENTITY a SYSTEM "file:///etc/passwd">',
        '<!ENTITY % p SYSTEM "https://x.example/p.dtd"> %p;',
    ],
)
def test_entities_of_its_own_are_refused_before_any_is_expanded(tmp_path: Path, subset: str) -> None:
    file = feed(tmp_path, f"<?xml version='1.0'?>\n<!DOCTYPE rss [{subset}]>\n" + RSS + item("&a;") + END)

    with pytest.raises(FeedError, match="line 2: declares entities"):
        list(xml_rows(file, FeedSettings(now=NOW)))
    with pytest.raises(FeedError, match="line 2: declares entities"):
        recognise(file)


def test_an_outer_dtd_is_never_read(tmp_path: Path) -> None:
    (tmp_path / "a.dtd").write_text('<!ENTITY a "expanded">')
    file = feed(tmp_path, f'<!DOCTYPE rss SYSTEM "{tmp_path}/a.dtd">' + RSS + item("1", "&a;") + item("2") + END)

    told, kept = ids(file)

    assert "Entity 'a' not defined" in str(told[1])
    assert kept[1] == "2"


@pytest.mark.parametrize(
    ("name", "encoding", "text"),
    [
        ("gbk", "gbk", "台灯"),
        ("windows-1252", "cp1252", "Café €"),
        ("utf-16", "utf-16", "台灯 é"),
        ("UTF-16", "utf-16-le", "台灯 é"),
        ("utf-8", "utf-8-sig", "台灯 é"),
    ],
)
def test_the_encoding_that_the_file_names_is_used(tmp_path: Path, name: str, encoding: str, text: str) -> None:
    file = feed(tmp_path, f'<?xml version="1.0" encoding="{name}"?>\n' + RSS + item(text) + END, encoding)

    assert ids(file) == [(3, text)]


@pytest.mark.parametrize("name", ["utf-7", "hex", "rot13", "x"])
def test_an_unknown_encoding_is_refused(tmp_path: Path, name: str) -> None:
    file = feed(tmp_path, f'<?xml version="1.0" encoding="{name}"?>' + RSS + item("1") + END)

    with pytest.raises(FeedError, match=f"line 1: encoding '{name}' is not known"):
        list(xml_rows(file, FeedSettings(now=NOW)))


def test_bytes_of_another_encoding_are_told_by_item(tmp_path: Path) -> None:
    told, kept = ids(feed(tmp_path, RSS + item("é") + item("2") + END, "latin-1"))

    assert "holds bytes that the file's encoding does not know" in str(told[1])
    assert kept == (5, "2")


def test_half_a_character_at_the_end_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_bytes((RSS + item("1") + END).encode("utf-16")[:-1])

    with pytest.raises(FeedError, match="not in the encoding that it names"):
        list(xml_rows(file, FeedSettings(now=NOW)))


def test_the_memory_holds_one_item_at_a_time(tmp_path: Path) -> None:
    file = feed(
        tmp_path, RSS + "".join(item(str(n), f"<description>{n} {'x' * 900}</description>") for n in range(9000)) + END
    )
    rows = xml_rows(file, FeedSettings(now=NOW))
    tracemalloc.start()

    list(islice(rows, 300))
    early = tracemalloc.get_traced_memory()[1]
    n_rest = sum(1 for _ in rows)
    late = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert n_rest == 8700
    assert late < early + 500_000


@pytest.mark.parametrize(
    "hostile",
    ["<item><![CDATA[" * 50_000, "<item>" * 50_000, "<item>" + "<a>" * 100_000 + "</item>"],
    ids=["CDATA", "items", "deep"],
)
def test_hostile_nesting_is_told(tmp_path: Path, hostile: str) -> None:
    file = feed(tmp_path, RSS + item("1") + hostile + END)

    first, *others = ids(file)

    assert first == (2, "1")
    assert others
    assert all(isinstance(told, str) and len(told) < 300 for _, told in others)


def test_what_stands_behind_the_root_is_no_cut(tmp_path: Path) -> None:
    file = feed(tmp_path, f"{RSS}{item('1')}{END}<!-- cached by the shop at noon -->\n")

    assert [product_id for _, product_id in ids(file)] == ["1"]


@pytest.mark.parametrize(
    "hidden",
    [
        item("1", "<g:brand><![CDATA[</rss>]]></g:brand>"),
        item("1") + "<!-- </rss> -->",
        item("1") + "<![CDATA[</rss>]]>",
    ],
    ids=["item", "comment", "CDATA"],
)
def test_a_root_that_ends_in_a_text_is_no_end_of_the_file(tmp_path: Path, hidden: str) -> None:
    first, last, told = ids(feed(tmp_path, RSS + hidden + item("2")))

    assert [first[1], last[1]] == ["1", "2"]
    assert "the file ends before </rss>" in str(told[1])


def test_a_cut_feed_takes_nothing_away(tmp_path: Path) -> None:
    (tmp_path / "shop.toml").write_text('name = "Test"\n', "utf-8")
    shop = Shop(tmp_path)
    import_file(shop, feed(tmp_path, RSS + item("1") + item("2") + END), "catalogue")

    with pytest.raises(SettingsError, match="the file ends in the middle of this product"):
        import_file(shop, feed(tmp_path, RSS + item("1") + item("2")[:20]), "catalogue", full=True)
