import pytest

from knowledge.feeds.columns import PRODUCT_FIELDS, UTTERANCE_FIELDS, Column, columns_of, doubled, product_row
from knowledge.feeds.rows import RowError


def fields(*names: str) -> list[str]:
    return [column.field or column.attribute for column in columns_of(names, PRODUCT_FIELDS, {})]


@pytest.mark.parametrize(
    ("names", "known"),
    [
        ("product_id title price colour", "product_id title price colour"),
        ("SKU Name Price Availability Quantity", "product_id title price available stock"),
        ("Artikel-Nr. Bezeichnung Preis Verfügbarkeit", "product_id title price available"),
        ("Référence Désignation Prix Quantité Marque", "product_id title price stock brand"),
        ("Código Nombre Precio Existencias Descripción", "product_id title price stock description"),
        ("商品编号 商品名称 售价 库存 品牌 原价", "product_id title price stock brand list_price"),
        ("货号 标题 价格 颜色", "product_id title price colour"),
        ("id title UVP Preis_in_EUR Angebotspreis", "product_id title list_price price sale_price"),
        ("id title Price(USD) image_link", "product_id title price image"),
    ],
)
def test_the_usual_names_stand_for_fields(names: str, known: str) -> None:
    assert fields(*names.split()) == known.split()


def test_of_two_names_for_a_field_the_more_usual_counts() -> None:
    assert fields("sku", "id", "name", "title") == ["sku", "product_id", "", "title"]
    assert fields("id", "title", "regular_price") == ["product_id", "title", "price"]
    assert fields("id", "title", "regular_price", "price") == ["product_id", "title", "list_price", "price"]


INTERNAL = (
    "cost|Cost per item|margin|Purchase Price|Supplier|internal note|Einkaufspreis|EK|Lieferant|prix d'achat|Proveedor"
    "|成本价|供应商|内部备注|Preis netto|warehouse bin|"
)


@pytest.mark.parametrize("name", INTERNAL.split("|"))
def test_what_is_internal_is_left_out(name: str) -> None:
    columns = columns_of(("id", "title", "price", name), PRODUCT_FIELDS, {})

    assert columns[3] == Column()
    assert product_row(columns, ("1", "Mug", "5", "3")) == {"product_id": "1", "title": "Mug", "price": "5"}


@pytest.mark.parametrize("name", ["Net weight", "Internal storage", "Interner Speicher", "内部存储", "Nettogewicht"])
def test_what_only_sounds_internal_is_an_attribute(name: str) -> None:
    assert columns_of((name,), PRODUCT_FIELDS, {})[0].attribute


def test_a_unit_behind_a_name_ends_the_name_of_its_attribute() -> None:
    assert fields("id", "title", "Weight (g)", "Länge [cm]", "Farbe") == [
        "product_id",
        "title",
        "weight_g",
        "länge_cm",
        "colour",
    ]


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("重量(克)", "重量_g"),
        ("重量（ 千克 ）", "重量_kg"),
        ("净重[公斤]", "净重_kg"),
        ("容量(毫升)", "容量_ml"),
        ("容量（升）", "容量_l"),
        ("长度(厘米)", "长度_cm"),
        ("厚度(毫米)", "厚度_mm"),
        ("线长(米)", "线长_m"),
        ("屏幕(英寸)", "屏幕_in"),
        ("屏幕(寸)", "屏幕_in"),
        ("功率(瓦)", "功率_w"),
        ("续航(小时)", "续航_h"),
        ("Weight (grams)", "weight_g"),
        ("像素(万像素)", "像素_万像素"),
        ("数量(只)", "数量_只"),
        ("接口(个)", "接口_个"),
    ],
)
def test_a_unit_may_be_written_as_a_word(name: str, attribute: str) -> None:
    assert fields("id", "title", name)[2] == attribute


def test_cells_of_attributes_are_numbers_where_they_are_written_so() -> None:
    columns = columns_of(("id", "title", "a", "b", "c", "d"), PRODUCT_FIELDS, {})

    row = product_row(columns, ("1", "Mug", "2.5", "0123", "4006381333931", "1,5"))

    assert row["attributes"] == {"a": 2.5, "b": "0123", "c": "4006381333931", "d": "1,5"}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("version", "3,10", "3,10"),
        ("version", "3.100", "3.100"),
        ("weight_kg", "3,10", 3.1),
        ("ratio", "1,5", 1.5),
        ("leistung", "1.500", 1500.0),
        ("watt", "2,50", 2.5),
        ("watt", "10,0", 10.0),
    ],
)
def test_with_commas_too_a_version_is_no_number(name: str, text: str, value: str | float) -> None:
    assert product_row((Column(attribute=name, marks=frozenset(",")),), (text,))["attributes"] == {name: value}


def test_a_header_may_bring_the_currency_of_its_prices() -> None:
    columns = columns_of(("id", "title", "Price (USD)", "currency"), PRODUCT_FIELDS, {})

    assert product_row(columns, ("1", "Mug", "5", ""))["currency"] == "USD"
    assert product_row(columns, ("1", "Mug", "5", "EUR"))["currency"] == "EUR"


def test_of_doubled_columns_the_first_that_is_filled_counts() -> None:
    names = ("id", "Title", "title", "size", "Size", "Length (cm)", "Length (in)")
    columns = columns_of(names, PRODUCT_FIELDS, {})

    assert doubled(names, columns) == ["title", "Size"]
    assert product_row(columns, ("1", "", "Mug", "L", "M", "", "")) == {
        "product_id": "1",
        "title": "Mug",
        "attributes": {"size": "L"},
    }


@pytest.mark.parametrize("cell", ['=HYPERLINK("x")', "=B2*2", "=$A$1", "=cmd|' /C calc'!A0"])
def test_a_formula_is_told(cell: str) -> None:
    with pytest.raises(RowError, match=r"title .* is a formula of a spreadsheet; export its value"):
        product_row((Column("title"),), (cell,))


@pytest.mark.parametrize("cell", ["+size lamp", "@home set", "-50% deal", "= equal", "=)"])
def test_a_text_that_begins_like_a_formula_is_a_text(cell: str) -> None:
    assert product_row((Column("title"),), (cell,)) == {"title": cell}


def test_a_cell_that_a_spreadsheet_was_told_to_keep_as_text_loses_its_mark() -> None:
    assert product_row((Column("product_id"),), ('="00123"',)) == {"product_id": "00123"}


def test_utterances_have_names_of_their_own() -> None:
    columns = columns_of(("Satz", "Absicht", "Sprache", "id"), UTTERANCE_FIELDS, {})

    assert [column.field for column in columns] == ["text", "label", "language", ""]
