import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from knowledge.domain import Order, OrderItem, Product, ProductId, RowProblem, Translation, Utterance
from knowledge.errors import FeedError
from knowledge.feeds.feed_settings import FeedSettings
from knowledge.feeds.formats import recognise
from knowledge.feeds.orders import order_from_row, order_to_row, read_orders
from knowledge.feeds.product_feeds import read_products
from knowledge.feeds.products import product_as_written, product_from_row, product_to_row
from knowledge.feeds.utterances import read_utterances, utterances_to_csv

FULL = Product(
    product_id=ProductId("A-1"),
    title="Lamp",
    brand="Lumo",
    category=("Home", "Desk Lamps"),
    description="Bright.\n\nWarm.",
    price=39.9,
    list_price=49.0,
    currency="USD",
    available=True,
    stock=3,
    rating=4.5,
    n_ratings=12,
    released="2026-01-01",
    url="https://x.example/a",
    image="a.svg",
    attributes={"colour": "black", "power_w": 12.0, "reach_cm": 40.5},
    parent_id=ProductId("A"),
    links={"goes_with": (ProductId("A-2"), ProductId("A-3"))},
    translations={"zh": Translation("台灯", "很亮。", ("家居", "台灯"), {"colour": "黑色"})},
)
ORDER = Order(
    order_id="O-1",
    customer_id="C-1",
    email="a@x.example",
    postcode="10583",
    state="shipped",
    placed_at=datetime(2026, 8, 3, 14, 22, 10, tzinfo=UTC),
    delivered_at=None,
    currency="USD",
    items=(OrderItem(ProductId("A-1"), 2, 39.9),),
    carrier="Gull",
    tracking="G-1",
)


def jsonl(folder: Path, rows: Iterable[object]) -> Path:
    file = folder / "feed.jsonl"
    file.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in rows), "utf-8")
    return file


def tsv(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    file = folder / "feed.tsv"
    file.write_bytes(text.encode(encoding))
    return file


def test_a_product_needs_an_id_and_a_title_alone(tmp_path: Path) -> None:
    file = jsonl(tmp_path, [{"product_id": 7, "title": " Red  mug "}])

    assert list(read_products(file)) == [Product(ProductId("7"), "Red mug")]


def test_a_product_comes_back_from_its_row() -> None:
    row = json.loads(json.dumps(product_to_row(FULL)))

    assert product_from_row(row) == FULL
    assert product_from_row(product_to_row(Product(ProductId("1"), "x"))) == Product(ProductId("1"), "x")


def test_unknown_plain_fields_become_attributes_and_others_are_left() -> None:
    product = product_from_row(
        {
            "id": "1",
            "title": "x",
            "model": "M-3",
            "washable": True,
            "n": 3,
            "images": [],
            "attributes": {"model": "M-4"},
        }
    )

    assert product.attributes == {"model": "M-4", "washable": "yes", "n": 3.0}


@pytest.mark.parametrize(
    ("written", "kept"),
    [("Pre-order", {"availability": "preorder"}), ("backorder", {"availability": "backorder"}), ("yes", {})],
)
def test_a_product_that_comes_later_is_on_sale_and_says_so(written: str, kept: dict[str, str]) -> None:
    product = product_from_row({"id": "1", "title": "x", "availability": written})

    assert product.available
    assert product.attributes == kept


def test_a_price_may_bring_its_currency() -> None:
    product = product_from_row({"product_id": "1", "title": "x", "price": "1,299.00 USD", "list_price": 1500})

    assert (product.price, product.list_price, product.currency) == (1299.0, 1500.0, "USD")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ('{"product_id": "1", "title": ', "not valid JSON"),
        ({"title": "x"}, "product_id is missing or empty"),
        ({"product_id": "1"}, "title is missing or empty"),
        ({"product_id": "1", "title": "  "}, "title is missing or empty"),
        ({"product_id": "1", "title": "x", "price": "on request"}, "price 'on request' is not an amount"),
        ({"product_id": "1", "title": "x", "price": -3}, "price -3 is below 0"),
        ({"product_id": "1", "title": "x", "price": "5 EUR", "currency": "USD"}, "give one currency"),
        ({"product_id": "A", "title": "again"}, "product_id 'A' stands in line 1 already, which is kept"),
    ],
)
def test_a_bad_row_is_told_and_the_good_ones_go_on(tmp_path: Path, row: object, message: str) -> None:
    file = jsonl(tmp_path, [{"product_id": "A", "title": "first"}, row, {"product_id": "B", "title": "last"}])

    first, problem, last = read_products(file)

    assert isinstance(first, Product)
    assert isinstance(last, Product)
    assert isinstance(problem, RowProblem)
    assert (problem.file, problem.line) == (str(file), 2)
    assert message in problem.message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_merchant_feed_is_read(tmp_path: Path, encoding: str) -> None:
    file = tsv(
        tmp_path,
        "ID\tTitle\tPrice\tAvailability\tItem Group ID\n1\t台灯\t15.00 USD\tout_of_stock\tG\n",
        encoding,
    )

    (product,) = read_products(file)

    assert product == Product(
        ProductId("1"), "台灯", price=15.0, currency="USD", available=False, parent_id=ProductId("G")
    )


def test_bad_merchant_rows_are_told(tmp_path: Path) -> None:
    file = tsv(tmp_path, "id\ttitle\tprice\n1\tA\t-5 USD\n2\tB\n3\tC\t5 USD\n3\tD\t5 USD\n\tE\t5 USD\n")

    rows = list(read_products(file))

    assert [row.product_id for row in rows if isinstance(row, Product)] == ["3"]
    assert [row.line for row in rows if isinstance(row, RowProblem)] == [2, 3, 5, 6]


def test_a_feed_without_its_columns_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(
        FeedError, match=r'hold title; the columns are: id, Ware; say in .*\n\[feeds.columns\]\n"NAME OF'
    ):
        list(read_products(tsv(tmp_path, "id\tWare\n1\tA\n")))


@pytest.mark.parametrize("content", ["", "\n"])
def test_an_empty_feed_is_an_error(tmp_path: Path, content: str) -> None:
    file = tsv(tmp_path, content)

    for read in (read_products, read_orders, read_utterances):
        with pytest.raises(FeedError, match="is empty"):
            list(read(file))


def test_an_order_comes_back_from_its_row() -> None:
    assert order_from_row(json.loads(json.dumps(order_to_row(ORDER)))) == ORDER


def test_bad_orders_are_told(tmp_path: Path) -> None:
    good = order_to_row(ORDER)
    file = jsonl(
        tmp_path,
        [
            good,
            good,
            {**good, "order_id": ""},
            {**good, "order_id": "2", "email": "", "postcode": ""},
            {**good, "order_id": "3", "placed_at": "August"},
            {**good, "order_id": "4", "delivered_at": "2020-01-01"},
            {**good, "order_id": "5", "items": [{"quantity": 1}]},
            {**good, "order_id": "6", "items": {"product_id": "1"}},
            {**good, "order_id": "7", "items": [{"product_id": "1", "quantity": 0}]},
            {**good, "order_id": "8", "items": ["1"]},
            {**good, "order_id": "9", "state": ""},
        ],
    )

    order, *problems = read_orders(file)

    assert order == ORDER
    messages = [problem.message for problem in problems if isinstance(problem, RowProblem)]
    wanted = ["already", "order_id", "neither email", "ISO 8601", "before placed_at", "product_id", "list of"]
    assert len(messages) == 10
    assert all(
        word in message for word, message in zip([*wanted, "quantity 0", "item 1", "state"], messages, strict=True)
    )


def test_utterances_are_read_and_their_language_detected(tmp_path: Path) -> None:
    file = tmp_path / "u.csv"
    file.write_text(
        'Text,Label,Language\n"a, b",find_product,\n便宜点的,refine_search,zh-CN\n你好,greeting,\n', "utf-8-sig"
    )

    utterances = list(read_utterances(file))

    assert utterances == [
        Utterance("a, b", "find_product", "en"),
        Utterance("便宜点的", "refine_search", "zh"),
        Utterance("你好", "greeting", "zh"),
    ]


def test_bad_utterances_are_told(tmp_path: Path) -> None:
    file = tmp_path / "u.csv"
    file.write_text("text,label,language\n,oos,en\nhi,,en\nsalut,greeting,fr\nhi,greeting\nyo,greeting,en\n", "utf-8")

    rows = list(read_utterances(file))

    assert [row.line for row in rows if isinstance(row, RowProblem)] == [2, 3, 4, 5]
    assert rows[-1] == Utterance("yo", "greeting", "en")


def test_utterances_come_back_from_their_csv(tmp_path: Path) -> None:
    utterances = [Utterance('say "hi", now', "greeting", "en"), Utterance("=1+1", "oos", "en")]
    file = tmp_path / "u.csv"
    file.write_text(utterances_to_csv(utterances), "utf-8")

    assert list(read_utterances(file)) == utterances


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.md", "# Returns", "knowledge"),
        ("a.jsonl", '{"product_id": "1", "title": "x"}', "catalogue"),
        ("a.txt", '{"id": "1", "title": "x"}', "catalogue"),
        ("a.jsonl", '{"order_id": "1"}', "orders"),
        ("a.tsv", "ID\tTitle\n1\tx", "catalogue"),
        ("a.csv", '"text","label"\nhi,greeting', "intents"),
        ("a.csv", "商品编号|商品名称\n1|x", "catalogue"),
        ("a.csv", "sep=;\nArtikelnummer;Bezeichnung\n1;x", "catalogue"),
        ("a.jsonl", '{"sku": "1", "name": "x"}', "catalogue"),
        ("a.tsv", "Satz\tAbsicht\nhallo\tgreeting", "intents"),
    ],
)
def test_a_file_is_recognised_by_what_it_holds(tmp_path: Path, name: str, content: str, kind: str) -> None:
    file = tmp_path / name
    file.write_text(content, "utf-8")

    assert recognise(file).kind == kind


def test_a_table_of_products_is_read_by_the_usual_names_of_its_columns(tmp_path: Path) -> None:
    file = tmp_path / "feed.csv"
    file.write_text(
        "Art.-Nr.;Bezeichnung;Hersteller;Kategorie;Preis (EUR);Aktionspreis;Bestand;Farbe;Gewicht (g);Einkaufspreis\n"
        "L-1;Lampe;Lumo;Wohnen > Licht;1.049,90;899,00;3;rot;240;310,00\n"
        "L-2;Vase;;;12,50;;;;;\n"
        "L-3;Sofa;Lumo;Wohnen;1.299;0,00;1\n",
        "utf-8",
    )

    lamp, vase, sofa = read_products(file, FeedSettings("EUR"))

    assert lamp == Product(
        ProductId("L-1"),
        "Lampe",
        brand="Lumo",
        category=("Wohnen", "Licht"),
        price=899.0,
        list_price=1049.9,
        currency="EUR",
        stock=3,
        attributes={"colour": "rot", "gewicht_g": 240.0},
    )
    assert vase == Product(ProductId("L-2"), "Vase", price=12.5, currency="EUR")
    assert isinstance(sofa, Product)
    assert (sofa.price, sofa.list_price) == (1299.0, None)


def test_rows_of_json_are_read_by_the_usual_names_too(tmp_path: Path) -> None:
    rows = [
        {"sku": "1", "name": "Mug", "manufacturer": "Gull", "price": 5, "cost": 2, "colour": "blue", "details": ["a"]},
        {"id": "2", "title": "Cup", "categories": ["Home", "Cups"], "name": "CUP-2", "attributes": {"cost": "low"}},
    ]

    mug, cup = read_products(jsonl(tmp_path, rows))

    assert mug == Product(ProductId("1"), "Mug", brand="Gull", price=5.0, attributes={"colour": "blue"})
    assert cup == Product(ProductId("2"), "Cup", category=("Home", "Cups"), attributes={"cost": "low"})


def test_a_shops_own_names_go_before_the_usual_ones(tmp_path: Path) -> None:
    columns = {"Name": "model", "Langtext": "title", "EAN": "", "Lieferant": "supplier"}
    table = tsv(tmp_path, "SKU\tName\tLangtext\tEAN\tLieferant\n1\tX-5\tLampe X-5\t400\tLumo\n")
    objects = jsonl(tmp_path, [{"SKU": "1", "Name": "X-5", "Langtext": "Lampe X-5", "EAN": "4", "Lieferant": "Lumo"}])

    for file in (table, objects):
        (product,) = read_products(file, FeedSettings(columns=columns))

        assert product == Product(ProductId("1"), "Lampe X-5", attributes={"model": "X-5", "supplier": "Lumo"})


def test_a_field_of_our_name_gives_way_to_what_the_shop_says(tmp_path: Path) -> None:
    file = jsonl(tmp_path, [{"id": "1", "title": "short", "long": "Long"}])

    (product,) = read_products(file, FeedSettings(columns={"long": "title"}))

    assert product == Product(ProductId("1"), "Long")


def test_a_merchant_feed_is_read_as_the_shop_says_too(tmp_path: Path) -> None:
    file = tsv(tmp_path, "id\ttitle\tlink\tcustom_label_0\tcolor\tcost\n1\tMug\thttps://x.example\tsummer\tblue\t2\n")

    (product,) = read_products(file, FeedSettings(columns={"custom label 0": "season", "color": ""}))

    assert product == Product(ProductId("1"), "Mug", url="https://x.example", attributes={"season": "summer"})


def test_two_columns_for_one_field_are_a_wrong_setting(tmp_path: Path) -> None:
    file = tsv(tmp_path, "id\ttitle\tNetto\tBrutto\n1\tMug\t4\t5\n")

    with pytest.raises(FeedError, match=r"\[feeds.columns\] in shop.toml says 'price' of two columns"):
        list(read_products(file, FeedSettings(columns={"Netto": "price", "Brutto": "price"})))


@pytest.mark.parametrize(
    ("prices", "amounts"),
    [
        (["1.299", "12,50"], [1299.0, 12.5]),
        (["1,299", "12.50"], [1299.0, 12.5]),
        (["1.299", "12.50"], [None, 12.5]),
        (["1,299", "12,50"], [None, 12.5]),
        (["1.299", "12,50", "9.95"], [None, 12.5, 9.95]),
        (["1.299", "5"], [None, 5.0]),
    ],
)
def test_other_prices_of_a_feed_tell_what_a_mark_before_three_digits_means(
    tmp_path: Path, prices: list[str], amounts: list[float | None]
) -> None:
    file = jsonl(tmp_path, [{"id": str(place), "title": "x", "price": price} for place, price in enumerate(prices)])

    rows = list(read_products(file, FeedSettings("EUR")))

    assert [row.price if isinstance(row, Product) else None for row in rows] == amounts


def test_a_price_of_zero_is_not_known_and_free_is_free(tmp_path: Path) -> None:
    file = jsonl(
        tmp_path, [{"id": "1", "title": "x", "price": 0, "list_price": 0}, {"id": "2", "title": "y", "price": "Free"}]
    )

    first, doubt, second = read_products(file, FeedSettings("EUR"))

    assert first == Product(ProductId("1"), "x")
    assert isinstance(doubt, RowProblem)
    assert (doubt.kept, doubt.line) == (True, 1)
    assert isinstance(second, Product)
    assert second.price == 0.0


@pytest.mark.parametrize("content", ['{"a": 1}', "a,b\n1,2", '{"id": '])
def test_an_unknown_file_asks_for_its_kind(tmp_path: Path, content: str) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text(content, "utf-8")

    with pytest.raises(FeedError, match="--kind"):
        recognise(file)


def test_a_row_that_was_just_written_is_read_without_checks_as_it_would_be_with_them() -> None:
    bare = Product(product_id=ProductId("A-2"), title="Bare", price=0.5, stock=0, available=False)

    for product in (FULL, bare):
        row = json.loads(json.dumps(product_to_row(product)))
        assert product_as_written(row) == product_from_row(row) == product


FREE = {
    "merchant.tsv": "id\ttitle\tlink\tprice\n1\tMap\tx\tfree\n",
    "shopify.csv": "Handle,Title,Variant SKU,Variant Price\nmap,Map,1,free\n",
    "woo.csv": "ID,Type,SKU,Name,Published,Regular price\n7,simple,1,Map,1,free\n",
    "own.csv": "product_id,title,price\n1,Map,free\n",
}


@pytest.mark.parametrize("name", FREE)
def test_what_is_free_is_free_in_every_format(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_text(FREE[name], "utf-8")

    (free,) = read_products(file, FeedSettings("EUR"))

    assert isinstance(free, Product)
    assert (free.product_id, free.price) == ("1", 0.0)


def test_character_references_are_characters_in_exports(tmp_path: Path) -> None:
    file = tmp_path / "woo.csv"
    file.write_text(
        "ID,Type,SKU,Name,Published,Regular price,Categories,Brands,Images\n"
        '7,simple,1,"Salt &amp; Pepper",1,9,Men&#039;s &gt; Caps,H&amp;M,https://x.example/a.jpg?a=1&copy=2\n',
        "utf-8",
    )

    (mill,) = read_products(file, FeedSettings("EUR"))

    assert isinstance(mill, Product)
    assert (mill.title, mill.category, mill.brand) == ("Salt & Pepper", ("Men's", "Caps"), "H&M")
    assert mill.image == "https://x.example/a.jpg?a=1&copy=2"


ESCAPED = {
    "Merchant": "id\ttitle\tdescription\tlink\n1\t{0}\t{0}\tx\n",
    "WooCommerce": "ID,Type,SKU,Name,Published,Description,Regular price\n1,simple,1,{0},1,{0},9\n",
    "Shopify": "Handle,Title,Body (HTML),Variant SKU,Status\na,{0},{0},1,active\n",
}


@pytest.mark.parametrize("name", ESCAPED)
def test_an_escaped_tag_is_text_in_every_export(tmp_path: Path, name: str) -> None:
    file = tmp_path / "feed.csv"
    file.write_text(ESCAPED[name].format("Draw on &lt;canvas&gt;"), "utf-8")

    (book,) = read_products(file)

    assert isinstance(book, Product)
    assert (book.title, book.description) == ("Draw on <canvas>", "Draw on <canvas>")


def test_figures_and_codes_of_a_table_stay_what_they_say(tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text("product_id,title,stock,version,weight_kg\n1,Router,1.000,3.10,2.50\n", "utf-8")

    (router,) = read_products(file, FeedSettings("EUR"))

    assert isinstance(router, Product)
    assert (router.stock, router.attributes) == (1000, {"version": "3.10", "weight_kg": 2.5})


@pytest.mark.parametrize(
    ("table", "weights"),
    [
        ("price,weight_kg\n49.90,1.250\n49.90,30.125\n", [1.25, 30.125]),
        ("price,weight_kg\n50,1.250\n50,0.900\n", [1.25, 0.9]),
        ('price,weight_kg\n"49,90",1.250\n"49,90","0,9"\n', [1250.0, 0.9]),
        ('price,weight_kg\n49.90,1.250\n49.90,"0,9"\n', [1250.0, 0.9]),
        ("price,weight_kg\n50,1.250\n50,2\n", [1250.0, 2.0]),
        ('price,weight_kg\n50,1.250\n50,"1,5"\n50,2.5\n', [1.25, 1.5, 2.5]),
    ],
    ids=["dotted prices", "dotted measures", "commas", "measures before prices", "the region alone", "both"],
)
def test_measures_are_read_as_the_feed_writes_its_numbers(tmp_path: Path, table: str, weights: list[float]) -> None:
    header, *rows = table.splitlines()
    file = tmp_path / "own.csv"
    file.write_text(
        "\n".join([f"product_id,title,{header}", *(f"{n},Mug,{row}" for n, row in enumerate(rows))]), "utf-8"
    )

    products = read_products(file, FeedSettings("EUR", region="DE"))

    assert [mug.attributes["weight_kg"] for mug in products if isinstance(mug, Product)] == weights


@pytest.mark.parametrize(("price", "power"), [("49,90", 1500.0), ("49.90", "1.500")])
def test_what_has_no_unit_is_written_as_prices_are_whatever_measures_show(
    tmp_path: Path, price: str, power: str | float
) -> None:
    file = tmp_path / "own.csv"
    file.write_text(f"id;titel;preis;gewicht_kg;dicke;leistung\n1;A;{price};0.900;3,5;1.500\n", "utf-8")

    (plate,) = read_products(file, FeedSettings("EUR", region="DE"))

    assert isinstance(plate, Product)
    assert plate.attributes == {"gewicht_kg": 0.9, "dicke": 3.5, "leistung": power}


@pytest.mark.parametrize(
    ("price", "stock", "settings", "pieces"),
    [
        ("9.90", "5.000", FeedSettings("EUR", region="DE"), 5),
        ("9,90", "5.000", FeedSettings("EUR"), 5000),
        ("9", "12.000", FeedSettings("USD"), 12),
        ("9", "12.000", FeedSettings("USD", region="DE"), 12000),
    ],
)
def test_pieces_are_read_as_the_feed_writes_its_numbers(
    tmp_path: Path, price: str, stock: str, settings: FeedSettings, pieces: int
) -> None:
    (rope,) = read_products(
        jsonl(tmp_path, [{"product_id": "1", "title": "Rope", "price": price, "stock": stock}]), settings
    )

    assert isinstance(rope, Product)
    assert rope.stock == pieces


def test_half_a_metre_is_no_count_of_pieces(tmp_path: Path) -> None:
    file = jsonl(tmp_path, [{"product_id": "1", "title": "Rope", "price": "9,90", "stock": "0.500"}])

    _, told = read_products(file, FeedSettings("EUR", region="DE"))

    assert isinstance(told, RowProblem)
    assert "stock '0.500' is not a whole number" in told.message


@pytest.mark.parametrize("name", ["images", "image_2"])
def test_an_attribute_that_is_nearly_a_field_is_told_unless_it_is_numbered(tmp_path: Path, name: str) -> None:
    file = tmp_path / "own.csv"
    file.write_text("product_id,title,Bild 2\n1,Mug,b.jpg\n", "utf-8")

    *told, _ = read_products(file, FeedSettings(columns={"Bild 2": name}))

    assert [row.message for row in told if isinstance(row, RowProblem)] == (
        [
            "[feeds.columns] in shop.toml makes an attribute 'images' of a column; if the field 'image' is meant, "
            "write that, else another name"
        ]
        if name == "images"
        else []
    )


def test_a_page_of_markdown_is_no_catalogue(tmp_path: Path) -> None:
    page = tmp_path / "gifts.md"
    page.write_text("# Gifts\n", "utf-8")

    with pytest.raises(FeedError, match="holds no products; import it with --kind knowledge"):
        list(read_products(page))


def test_what_says_that_it_is_not_known_is_left_open(tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text(
        "product_id,title,brand,currency,released,model,region,lining\nNA,None,N/A,n/a,TBD,-,NA,none\n", "utf-8"
    )

    (mug,) = read_products(file, FeedSettings("EUR"))

    assert isinstance(mug, Product)
    assert (mug.product_id, mug.title, mug.brand, mug.currency, mug.released) == ("NA", "None", "", "", "")
    assert mug.attributes == {"region": "NA", "lining": "none"}


@pytest.mark.parametrize("price", ["N/A", "-", "TBD", "面议", "暂无", "k.A."])
def test_a_price_that_says_it_is_not_known_costs_no_row(tmp_path: Path, price: str) -> None:
    (lamp,) = read_products(jsonl(tmp_path, [{"product_id": "1", "title": "Lamp", "price": price}]))

    assert isinstance(lamp, Product)
    assert lamp.price is None


@pytest.mark.parametrize(
    ("name", "header", "cells", "field"),
    [
        ("own.csv", "id,title,price,rating", "1,Lamp,39.00,good", "rating"),
        ("own.csv", "id,title,price,stock", "1,Lamp,39.00,plenty", "stock"),
        ("own.csv", "id,title,price,review count", "1,Lamp,39.00,many", "n_ratings"),
        ("own.csv", "id,title,price,UVP", "1,Lamp,39.00,hoch", "list_price"),
        ("own.csv", "id,title,price,sale price", "1,Lamp,39.00,from 29", "sale_price"),
        ("merchant.csv", "id,title,link,price,sale_price", "1,Lamp,,39.00,soon", "sale_price"),
        (
            "merchant.csv",
            "id,title,price,sale_price,sale_price_effective_date",
            "1,Lamp,39.00,29.00,soon",
            "sale_price",
        ),
        (
            "shopify.csv",
            "Handle,Title,Variant SKU,Variant Price,Variant Compare At Price",
            "lamp,Lamp,1,39.00,high",
            "list_price",
        ),
        ("woo.csv", "Type,SKU,Name,Published,Regular price,Sale price", "simple,1,Lamp,1,39.00,low", "sale_price"),
    ],
)
def test_a_product_goes_in_without_what_cannot_be_read_and_it_can_do_without(
    tmp_path: Path, name: str, header: str, cells: str, field: str
) -> None:
    file = tmp_path / name
    file.write_text(f"{header}\n{cells}\n", "utf-8")

    lamp, told = read_products(file)

    assert isinstance(lamp, Product)
    assert (lamp.product_id, lamp.title, lamp.price, getattr(lamp, field, "")) in [
        ("1", "Lamp", 39.0, no) for no in ("", None)
    ]
    assert isinstance(told, RowProblem)
    assert (told.line, told.kept) == (2, True)
    assert f"{field} is left out of this product" in told.message


def test_a_date_of_release_is_written_as_iso(tmp_path: Path) -> None:
    (lamp,) = read_products(tsv(tmp_path, "id\ttitle\tErscheinungsdatum\n1\tLamp\t12.05.2024\n"))

    assert isinstance(lamp, Product)
    assert lamp.released == "2024-05-12"


@pytest.mark.parametrize("date", ["soon", "05/03/2024"])
def test_a_date_of_release_that_tells_no_day_is_left_out_without_a_word(tmp_path: Path, date: str) -> None:
    (lamp,) = read_products(tsv(tmp_path, f"id\ttitle\trelease date\n1\tLamp\t{date}\n"))

    assert isinstance(lamp, Product)
    assert lamp.released == ""


def test_all_that_a_product_lacks_is_told(tmp_path: Path) -> None:
    row = {"product_id": "1", "title": "Lamp", "rating": "good", "stock": "plenty"}

    _, *told = read_products(jsonl(tmp_path, [row]))

    assert [str(one.message).partition(" ")[0] for one in told if isinstance(one, RowProblem)] == ["rating", "stock"]


@pytest.mark.parametrize(
    ("stock", "availability", "available"),
    [
        ("有货", None, True),
        ("现货", "", True),
        ("ausverkauft", None, False),
        ("k.A.", None, None),
        ("in stock", "no", False),
    ],
)
def test_a_word_in_the_place_of_a_stock_says_whether_there_is_any(
    tmp_path: Path, stock: str, availability: str | None, available: bool | None
) -> None:
    row = {"product_id": "1", "title": "Lamp", "stock": stock, "availability": availability}

    (lamp,) = read_products(jsonl(tmp_path, [row]))

    assert isinstance(lamp, Product)
    assert (lamp.stock, lamp.available) == (None, available)


def test_an_id_that_a_spreadsheet_has_rounded_is_told(tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text("product_id,title\n1.23457E+12,Lamp\n", "utf-8")

    (told,) = read_products(file)

    assert isinstance(told, RowProblem)
    assert "rounded by a spreadsheet" in told.message


def test_a_broken_first_line_of_json_does_not_hide_what_the_file_is(tmp_path: Path) -> None:
    file = jsonl(tmp_path, ['{"product_id": "1", "title": "A", "rating": NaN}', {"product_id": "2", "title": "B"}])

    assert recognise(file).name == "products as JSONL"
    assert [row.line for row in read_products(file) if isinstance(row, RowProblem)] == [1]


def test_a_list_of_lists_is_told_whatever_its_depth(tmp_path: Path) -> None:
    deep = "[" * 300 + "]" * 300
    file = jsonl(tmp_path, [f'{{"product_id": "1", "title": "A", "attributes": {{"x": {deep}}}}}'])

    (told,) = read_products(file)

    assert isinstance(told, RowProblem)
    assert "list of lists" in told.message
