from datetime import UTC, datetime
from pathlib import Path

import pytest

from knowledge.domain import Product
from knowledge.feeds.feed_settings import FeedSettings
from knowledge.feeds.merchant import merchant_row
from knowledge.feeds.product_feeds import read_products
from knowledge.feeds.rows import JsonRow, RowError
from knowledge.feeds.tables import column_name

NOW = datetime(2026, 11, 5, tzinfo=UTC)


def row(**cells: str) -> JsonRow:
    return merchant_row(list(cells), list(cells.values()), FeedSettings(now=NOW))


@pytest.mark.parametrize(
    "header", ["image_link", "Image Link", "IMAGE LINK", "g:image_link", " image link (url) ", "image-link"]
)
def test_a_header_may_be_written_in_any_way(header: str) -> None:
    assert column_name(header) == "image_link"


def test_columns_become_our_fields() -> None:
    made = row(
        id="7",
        title="Mug",
        link="https://x.example/7",
        image_link="7.jpg",
        availability="in stock",
        price="15.00 USD",
        item_group_id="G",
        product_type="Home &amp; Garden &gt; Mugs",
        google_product_category="2169",
        color="blue",
        condition="new",
        product_weight="0.4 kg",
    )

    assert made["product_id"] == "7"
    assert made["url"] == "https://x.example/7"
    assert made["image"] == "7.jpg"
    assert made["parent_id"] == "G"
    assert made["category"] == "Home & Garden > Mugs"
    assert (made["price"], made["currency"]) == (15.0, "USD")
    assert made["attributes"] == {"color": "blue", "weight_kg": 0.4}


def test_the_google_category_stands_in_without_its_number() -> None:
    assert row(id="1", title="x", google_product_category="2271 - Apparel > Dresses")["category"] == "Apparel > Dresses"
    assert row(id="1", title="x", google_product_category="2271")["category"] == ""


def test_details_and_highlights_are_kept() -> None:
    made = merchant_row(
        ["id", "title", "description", "product_detail", "product_detail", "product_highlight"],
        ["1", "TV", "A TV.", "Screen:Resolution:1,920 x 1,080,General:Ports:3", ":Panel Type:OLED", "Thin."],
        FeedSettings(now=NOW),
    )

    assert made["attributes"] == {"resolution": "1,920 x 1,080", "ports": 3.0, "panel_type": "OLED"}
    assert made["description"] == "A TV.\nThin."


@pytest.mark.parametrize(
    ("dates", "price", "list_price"),
    [
        ("", 12.0, 15.0),
        ("2026-11-01T00:00Z/2026-11-08T00:00Z", 12.0, 15.0),
        ("2026-12-01/2026-12-08", 15.0, None),
    ],
)
def test_a_sale_price_counts_in_its_dates(dates: str, price: float, list_price: float | None) -> None:
    made = row(id="1", title="x", price="15.00 USD", sale_price="12.00 USD", sale_price_effective_date=dates)

    assert (made["price"], made.get("list_price")) == (price, list_price)


@pytest.mark.parametrize("availability", ["preorder", "Back order"])
def test_a_product_that_comes_later_says_so(availability: str) -> None:
    made = row(id="1", title="x", availability=availability.replace("Back order", "backorder"))

    assert made["attributes"] == {"availability": availability.replace("Back order", "backorder")}


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"price": "15 USD", "sale_price": "18 USD"}, "sale_price 18 is above price 15"),
        ({"price": "15 USD", "sale_price": "12 EUR"}, "price is in USD, sale_price in EUR"),
        ({"sale_price": "12 USD"}, "sale_price '12 USD' stands without a price"),
        ({"product_detail": "Ports 3"}, "is not section:attribute:value"),
    ],
)
def test_what_contradicts_itself_is_refused(cells: dict[str, str], message: str) -> None:
    with pytest.raises(RowError, match=message):
        row(id="1", title="x", **cells)


def test_a_table_with_dates_of_a_sale_is_read_as_merchants_are(tmp_path: Path) -> None:
    feed = tmp_path / "feed.csv"
    feed.write_text(
        "id,title,price,sale_price,sale_price_effective_date\n"
        "1,Mug,15.00 USD,12.00 USD,2020-01-01T00:00Z/2020-02-01T00:00Z\n"
    )

    (made,) = read_products(feed, FeedSettings(now=NOW))

    assert isinstance(made, Product)
    assert made.price == 15.0
