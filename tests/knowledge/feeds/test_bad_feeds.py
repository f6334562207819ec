"""Bad feeds: what is told of each, what of it goes in, and that nothing of the old catalogue is lost."""

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from knowledge.catalogue import Catalogue
from knowledge.domain import Product
from knowledge.errors import FeedError
from knowledge.imports import import_file
from knowledge.shop import Shop
from tests import command_line

FOLDER = Path(__file__).parent / "bad"
OLD = [
    {"product_id": "O-1", "title": "Brass lamp", "price": 39.0, "currency": "USD", "stock": 4},
    {"product_id": "O-2", "title": "Linen towel", "price": 9.0, "attributes": {"colour": "white"}},
    {"product_id": "O-3", "title": "Mug", "translations": {"zh": {"title": "马克杯"}}},
]


class Bad(NamedTuple):
    """A file, how many of its rows go in, and what is told of which lines. Where none are told it is refused whole."""

    file: str
    n_taken: int
    told: tuple[tuple[int, str], ...]
    refused: str = ""


def refused(file: str, message: str) -> Bad:
    return Bad(file, 0, (), message)


TABLE = (
    # cut off, and tables that are none
    Bad("cut_off.csv", 2, ((4, "as if it were cut off"),)),
    Bad("cut_off.tsv", 2, ((4, "as if it were cut off"),)),
    Bad("cut_off.jsonl", 1, ((2, "as if it were cut off"),)),
    Bad("cut_off_utf16.tsv", 1, ((3, "as if it were cut off"),)),
    Bad("cut_off_in_quotes.csv", 2, ((4, "opened and not closed"),)),
    Bad("unclosed_quote.csv", 2, ((2, "opened and not closed"),)),
    Bad("bare_quote.csv", 1, ((2, "text follows it"),)),
    Bad("wrong_delimiter.csv", 0, ((2, "has 1 columns where the header has 4"), (3, "has 1 columns"))),
    Bad("ragged.csv", 2, ((3, "has 2 columns"), (4, "has 6 columns"))),
    Bad("line_break_in_a_field.csv", 2, ((2, "a line break inside a field"), (3, "price 'A lamp.' is not an amount"))),
    Bad("duplicated_headers.csv", 2, ((1, "column 'Price' says again"), (1, "column 'title' says again"))),
    Bad("duplicated_ids.csv", 1, ((3, "product_id 'N-1' stands in line 2 already"),)),
    refused("header_only.csv", "has a header and no rows"),
    refused("empty.csv", "is empty"),
    refused("blank_lines.csv", "is empty"),
    refused("mark_alone.csv", "is empty"),
    refused("separator_alone.csv", "is empty"),
    refused("no_header.csv", '"NAME OF THE COLUMN" = "title"'),
    refused("unknown_columns.csv", 'Ware, Bez1, Betrag; say in shop.toml which one does:\n[feeds.columns]\n"NAME OF'),
    # what stands in a row
    Bad("formulas.csv", 2, ((2, "title '=HYPERLINK("), (3, "price '=B2*2' is a formula"))),
    Bad("html_in_titles.csv", 1, ((3, "title is missing or empty"),)),
    Bad("missing_id.csv", 2, ((2, "product_id is missing or empty"),)),
    Bad("missing_title.csv", 2, ((2, "title is missing or empty"),)),
    Bad(
        "prices.csv",
        3,
        (
            (2, "is below 0"),
            (3, "'on request' is not an amount"),
            (4, "'10–20' is not one price"),
            (5, "'from 49' is not one price"),
            (6, "may mean 1299 or 1.299"),
            (8, "'0.00' is read as not known"),
        ),
    ),
    Bad("currency_mix.csv", 2, ((2, "price is in EUR and the shop's are in USD"), (4, "CNY, JPY write alike"))),
    Bad("unknown_currency.csv", 1, ((2, "'ABC 39.00'"), (3, "currency 'QQQ'"), (5, "the row is in USD"))),
    Bad("sale_above_price.csv", 1, ((2, "sale_price 49 is above price 39"),)),
    Bad("sale_dates.tsv", 2, ((2, "sale_price is left out of this product: sale_price_effective_date 'next week'"),)),
    Bad("merchant_without_price.tsv", 1, ((2, "stands without a price"),)),
    Bad("unknown_availability.csv", 1, ((2, "availability 'perhaps' is unknown"),)),
    Bad("stock_as_text.csv", 3, ((2, "left out of this product: stock 'plenty' is not a"), (3, "not a whole number"))),
    Bad("rating_of_eleven.csv", 2, ((2, "rating is left out of this product: rating '11' is not between 0 and 5"),)),
    # encodings
    Bad("zero_bytes.csv", 10, ((3, "title is missing or empty"),)),
    Bad("control_characters.csv", 1, ((3, "title is missing or empty"),)),
    Bad("broken_bytes.csv", 2, ((3, "byte 87 (0xe4) is not UTF-8; write this line anew"),)),
    Bad("gbk.csv", 1, ((2, "price is in CNY"), (3, "title is missing or empty"))),
    Bad("windows_1252.csv", 1, ((2, "price is in EUR"), (3, "title is missing or empty"))),
    Bad("latin_1.jsonl", 1, ((2, "title is missing or empty"),)),
    Bad("utf16_without_mark.tsv", 1, ((3, "title is missing or empty"),)),
    refused("cyrillic_1251.csv", "is in none of the encodings UTF-8, UTF-16, GB18030, Windows-1252, Big5; save it"),
    # JSON
    refused("list.json", "is one JSON list"),
    Bad("broken_line.jsonl", 2, ((2, "not valid JSON at column 45"),)),
    Bad("no_objects.jsonl", 1, ((2, "a JSON list"), (3, "a JSON str"), (4, "a JSON int"))),
    Bad("huge_number.jsonl", 2, ((2, "price is too large a number"), (3, "stock is too large a number"))),
    Bad("not_a_number.jsonl", 1, ((2, "NaN is not a JSON number"),)),
    Bad("price_as_boolean.jsonl", 1, ((2, "price is bool"), (3, "price is list"))),
    Bad("attributes_as_list.jsonl", 1, ((2, "attributes is list"), (3, "attribute 'size' is dict"))),
    Bad("unknown_links.jsonl", 1, ((2, "links.friends_of is no kind of link"),)),
    Bad("half_characters.jsonl", 1, ((2, "half of a surrogate pair"),)),
    # no text, or not of products
    refused("spreadsheet.csv", "this is a spreadsheet"),
    refused("old_spreadsheet.csv", "this is an old spreadsheet"),
    refused("document.csv", "this is a PDF"),
    refused("packed.csv", "this is compressed"),
    refused("page.csv", "is XML or HTML"),
    # XML
    Bad("cut_off.xml", 1, ((4, "the file ends in the middle of this product"),)),
    Bad("bad_ampersand.xml", 1, ((4, "is no valid XML in line 4"),)),
    Bad("missing_id.xml", 1, ((4, "product_id is missing or empty"),)),
    refused("external_entity.xml", "declares entities"),
    refused("zero_products.xml", "holds no product"),
    # exports of shop systems
    Bad("shopify_without_handle.csv", 1, ((3, "Handle is empty"),)),
    Bad("woocommerce_without_parent.csv", 1, ((3, "Parent 'id:99' is not in the file"),)),
)
LARGE = (
    Bad("long_description.csv", 1, ((3, "description has 5000000 characters"),)),
    Bad("long_quoted_description.csv", 1, ((3, "a field is longer than 131072 characters"),)),
    Bad("long_description.jsonl", 1, ((2, "description has 5000000 characters"),)),
    Bad("long_title.jsonl", 1, ((2, "title has 5000 characters"),)),
    Bad("columns.csv", 1, ((3, "has 199 columns where the header has 200"),)),
    Bad("deep.jsonl", 1, ((2, "not readable JSON"),)),
    refused("billion_laughs.xml", "declares entities"),
    refused("folder", "is a folder; name its files"),
    refused("nowhere.csv", "not found; check the path"),
)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    folder = tmp_path / "shop"
    (folder / "catalogue").mkdir(parents=True)
    (folder / "shop.toml").write_text('name = "Test"\n', "utf-8")
    rows = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in OLD)
    (folder / "catalogue" / "products.jsonl").write_text(rows, "utf-8")
    return Shop(folder)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files that would be large in a repository."""
    folder = tmp_path_factory.mktemp("large")
    long, header, good = "a" * 5_000_000, "product_id,title,description\n", '{"product_id": "N-1", "title": "Shelf"}\n'
    (folder / "long_description.csv").write_text(f"{header}N-1,Shelf,Oak.\nO-1,Lamp,{long}\n", "utf-8")
    (folder / "long_quoted_description.csv").write_text(f'{header}N-1,Shelf,Oak.\nO-1,Lamp,"{long}"\n', "utf-8")
    for field, text in (("description", long), ("title", long[:5000])):
        row = json.dumps({"product_id": "O-1", "title": "Lamp", field: text})
        (folder / f"long_{field}.jsonl").write_text(f"{good}{row}\n", "utf-8")
    names = ",".join(f"feature {number}" for number in range(198))
    fields = ",".join(f"value {number}" for number in range(198))
    rows = f"title,{names},product_id\nShelf,{fields},N-1\nLamp,{fields}\n"
    (folder / "columns.csv").write_text(rows, "utf-8")
    (folder / "deep.jsonl").write_text(good + '{"product_id": "O-1", "a": ' + "[" * 100_000 + "\n", "utf-8")
    (folder / "folder").mkdir()
    (folder / "nowhere.csv").symlink_to(folder / "not_there.csv")
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    (folder / "billion_laughs.xml").write_text(
        f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY e0 "ha">{entities}]>\n<rss xmlns:g="http://base.google.com/ns/1.0">'
        "<channel><item><g:id>O-1</g:id><g:title>&e9;</g:title></item></channel></rss>\n",
        "utf-8",
    )
    return folder


def products(shop: Shop) -> dict[str, Product]:
    return {product.product_id: product for product in Catalogue.load(shop.catalogue_file)}


@pytest.mark.parametrize("bad", [*TABLE, *LARGE], ids=lambda bad: bad.file)
def test_a_bad_feed_is_told_and_costs_its_bad_rows_alone(shop: Shop, large: Path, bad: Bad) -> None:
    before = products(shop)
    file = FOLDER / bad.file if (FOLDER / bad.file).exists() else large / bad.file

    if bad.refused:
        with pytest.raises(FeedError) as error:
            import_file(shop, file)
        assert str(error.value).startswith(str(file))
        assert bad.refused in str(error.value)
        assert products(shop) == before
        return
    report = import_file(shop, file)

    assert [(problem.file, problem.line) for problem in report.problems] == [(str(file), line) for line, _ in bad.told]
    for problem, (_, message) in zip(report.problems, bad.told, strict=True):
        assert message in problem.message
    assert report.n_taken == bad.n_taken
    after = products(shop)
    assert {key: after[key] for key in before} == before
    assert len(after) == len(before) + bad.n_taken


def test_every_bad_file_is_in_a_table() -> None:
    files = {file.name for file in FOLDER.iterdir() if not file.name.startswith(".")}

    assert files == {bad.file for bad in TABLE}


@pytest.mark.parametrize(("name", "status"), [("broken_bytes.csv", 3), ("wrong_delimiter.csv", 1), ("empty.csv", 1)])
def test_the_command_line_ends_in_part_or_failed(shop: Shop, name: str, status: int) -> None:
    bad = next(bad for bad in TABLE if bad.file == name)

    ended = command_line.run("--shop", shop.folder, "import", FOLDER / name)

    assert ended.status == status
    assert all(f"{name}:{line}: " in ended.err for line, _ in bad.told)
    assert bad.refused in ended.err


@pytest.mark.parametrize(
    ("name", "product_id", "title", "price"),
    [
        ("gbk.csv", "N-1", "橡木书架", 299.0),
        ("windows_1252.csv", "N-1", "Küchenregal", 49.0),
        ("latin_1.jsonl", "N-1", "Theière émaillée", None),
        ("utf16_without_mark.tsv", "N-1", "Oak shelf", 49.0),
        ("html_in_titles.csv", "N-1", "<b>Oak</b> shelf<script>alert(1)</script>", 49.0),
        ("control_characters.csv", "N-1", "[31mOak shelf", 49.0),
        ("zero_bytes.csv", "N-1", "Oak shelf", 49.0),
        ("formulas.csv", "N-1", "+cmd|' /C calc'!A0", 49.0),
        ("formulas.csv", "00123", "Oak shelf", 49.0),
        ("duplicated_headers.csv", "N-2", "Wool rug", 89.0),
        ("sale_dates.tsv", "N-2", "Lamp", 39.0),
        ("prices.csv", "N-4", "Bowl", None),
        ("prices.csv", "N-5", "Cup", 0.0),
    ],
)
def test_the_good_rows_of_a_bad_feed_say_what_they_say(
    shop: Shop, name: str, product_id: str, title: str, price: float | None
) -> None:
    import_file(shop, FOLDER / name)

    product = products(shop)[product_id]
    assert (product.title, product.price) == (title, price)
