import json
from pathlib import Path

import pytest

from knowledge.domain import Product, ProductId, RowProblem
from knowledge.errors import FeedError
from knowledge.feeds.feed_settings import FeedSettings
from knowledge.feeds.formats import recognise
from knowledge.feeds.ld_products import ld_product_rows
from knowledge.feeds.product_feeds import read_products

LAMP = {
    "@context": "https://schema.org/",
    "@type": "Product",
    "name": "Desk Lamp &quot;Reed&quot;",
    "sku": "HL-7",
    "gtin13": "4006381333931",
    "brand": {"@type": "Brand", "name": "Lumo"},
    "category": ["Home", "Home > Lamps > Desk Lamps"],
    "description": "<p>Bright &amp; <b>warm</b>.</p><ul><li>Dimmable</li></ul><script>alert(1)</script>",
    "image": [{"@type": "ImageObject", "url": "https://shop.example/a.jpg"}, "https://shop.example/b.jpg"],
    "color": "black",
    "material": ["steel", "oak"],
    "weight": {"@type": "QuantitativeValue", "value": "1.2", "unitCode": "KGM"},
    "additionalProperty": [
        {"@type": "PropertyValue", "name": "Cable length", "value": 180, "unitCode": "CMT"},
        {"@type": "PropertyValue", "name": "Socket", "value": "E27"},
        {"@type": "PropertyValue", "name": "Dimmable", "value": "yes"},
    ],
    "aggregateRating": {"@type": "AggregateRating", "ratingValue": "9", "bestRating": "10", "reviewCount": 12},
    "offers": {
        "@type": "Offer",
        "url": "https://shop.example/products/reed?variant=1",
        "price": "1299.00",
        "priceCurrency": "USD",
        "availability": "http://schema.org/InStock",
        "itemCondition": "https://schema.org/NewCondition",
    },
}


def page(folder: Path, *blocks: object, body: str = "") -> Path:
    texts = (json.dumps(block).replace("</", "<\\/") for block in blocks)
    scripts = "\n".join(f'<script type="application/ld+json">{text}</script>' for text in texts)
    file = folder / "lamp.html"
    file.write_text(f"<!DOCTYPE html><html><head>\n{scripts}</head><body>{body}</body></html>", "utf-8")
    return file


def read(file: Path) -> tuple[list[Product], list[RowProblem]]:
    rows = list(read_products(file, FeedSettings("USD")))
    return [r for r in rows if isinstance(r, Product)], [r for r in rows if isinstance(r, RowProblem)]


def test_a_product_of_a_saved_page_is_read_whole(tmp_path: Path) -> None:
    (lamp,), problems = read(page(tmp_path, LAMP))

    assert problems == []
    assert lamp == Product(
        product_id=ProductId("HL-7"),
        title='Desk Lamp "Reed"',
        brand="Lumo",
        category=("Home", "Lamps", "Desk Lamps"),
        description="Bright & warm.\nDimmable",
        price=1299.0,
        currency="USD",
        available=True,
        rating=4.5,
        n_ratings=12,
        url="https://shop.example/products/reed?variant=1",
        image="https://shop.example/a.jpg",
        attributes={
            "color": "black",
            "material": "steel, oak",
            "gtin": "4006381333931",
            "weight_kg": 1.2,
            "cable_length_cm": 180.0,
            "Socket": "E27",
            "Dimmable": "yes",
        },
    )


def test_a_group_is_its_variants_which_have_what_it_says_of_all(tmp_path: Path) -> None:
    group = {
        "@type": "ProductGroup",
        "name": "Tee",
        "productGroupID": "T",
        "brand": "Tarn",
        "variesBy": ["https://schema.org/size", "https://schema.org/color"],
        "hasVariant": [
            {
                "@type": "Product",
                "sku": "T-S",
                "size": "S",
                "color": "red",
                "offers": {"price": 9, "priceCurrency": "USD"},
            },
            {"@type": "Product", "sku": "T-M", "name": "Tee M", "size": {"@type": "SizeSpecification", "name": "M"}},
            {"@type": "Product", "url": "https://shop.example/tee-l"},
        ],
    }

    (small, medium), problems = read(page(tmp_path, group))

    assert problems == []
    assert (small.product_id, small.title, small.brand, small.parent_id) == ("T-S", "Tee, red, S", "Tarn", "T")
    assert (small.price, dict(small.attributes)) == (9.0, {"color": "red", "size": "S"})
    assert (medium.title, medium.parent_id, dict(medium.attributes)) == ("Tee M", "T", {"size": "M"})


def test_variants_that_refer_to_their_group_are_joined_to_it(tmp_path: Path) -> None:
    graph = {
        "@context": "https://schema.org",
        "@graph": [
            {"@id": "#g", "@type": "ProductGroup", "name": "Tee", "productGroupID": "T", "hasVariant": [{"@id": "#s"}]},
            {"@id": "#s", "@type": "Product", "name": "Tee S", "sku": "S", "isVariantOf": {"@id": "#g"}},
            {"@id": "#m", "@type": "Product", "name": "Tee M", "sku": "M", "isVariantOf": {"@id": "#g"}},
        ],
    }
    file = tmp_path / "tees.jsonld"
    file.write_text(json.dumps(graph, indent=1), "utf-8")

    products, problems = read(file)

    assert problems == []
    assert [(p.product_id, p.parent_id) for p in products] == [("S", "T"), ("M", "T")]


@pytest.mark.parametrize(
    ("offers", "price", "list_price", "available"),
    [
        ({"@type": "AggregateOffer", "lowPrice": 12, "highPrice": 20, "priceCurrency": "USD"}, 12.0, None, None),
        (
            [
                {"price": "8", "availability": "https://schema.org/SoldOut"},
                {"price": "1,010.5", "availability": "InStoreOnly"},
                {"price": "1200", "availability": "InStock"},
            ],
            1010.5,
            None,
            True,
        ),
        ({"price": "5", "availability": "https://schema.org/Discontinued"}, 5.0, None, False),
        ({"price": "5", "availability": "BackOrder"}, 5.0, None, True),
        (
            {
                "priceSpecification": [
                    {"price": 30, "priceCurrency": "USD", "priceType": "https://schema.org/StrikethroughPrice"},
                    {"price": 25, "priceCurrency": "USD"},
                ]
            },
            25.0,
            30.0,
            None,
        ),
        (
            {"@type": "AggregateOffer", "offers": [{"price": 7}, {"price": 6}]},
            6.0,
            None,
            None,
        ),
        ("https://shop.example/offer", None, None, None),
    ],
)
def test_the_cheapest_offer_that_can_be_bought_counts(
    tmp_path: Path, offers: object, price: float | None, list_price: float | None, available: bool | None
) -> None:
    (lamp,), problems = read(page(tmp_path, {"@type": "Product", "name": "Lamp", "sku": "1", "offers": offers}))

    assert problems == []
    assert (lamp.price, lamp.list_price, lamp.available) == (price, list_price, available)


def test_an_offer_that_begins_later_says_when(tmp_path: Path) -> None:
    offer = {"price": "5", "availability": "PreOrder", "availabilityStarts": "2031-05-01"}

    products, _ = read(page(tmp_path, {"@type": "Product", "sku": "1", "name": "Bear", "offers": offer}))

    assert products[0].attributes == {"availability": "preorder", "availability_date": "2031-05-01"}


def test_a_product_without_a_number_is_known_by_its_address(tmp_path: Path) -> None:
    file = page(
        tmp_path,
        {"@type": "Product", "name": "A", "url": "https://shop.example/en/desk-lamp.html"},
        {"@type": "Product", "name": "B", "offers": {"url": "/products/tee?variant=42", "price": 1}},
        {"@type": "Product", "name": "C"},
    )

    products, problems = read(file)

    assert [p.product_id for p in products] == ["desk-lamp", "tee-42"]
    assert [(p.line, p.kept) for p in problems] == [(4, False)]
    assert "product 'C': it has neither sku, productID, mpn, gtin nor url" in problems[0].message


def test_two_blocks_on_one_product_fill_each_others_gaps(tmp_path: Path) -> None:
    other = {"@type": "Product", "sku": "HL-7", "name": "Other", "releaseDate": "2026-01-01"}

    (lamp, *_), problems = read(page(tmp_path, LAMP, other))

    assert problems == []
    assert (lamp.title, lamp.released) == ('Desk Lamp "Reed"', "2026-01-01")


def test_one_block_with_an_id_twice_is_told(tmp_path: Path) -> None:
    twice = {"@graph": [{"@type": "Product", "sku": "1", "name": "A"}, {"@type": "Product", "sku": "1", "name": "B"}]}

    products, (problem,) = read(page(tmp_path, twice))

    assert [product.title for product in products] == ["A"]
    assert "product 'B' has the id '1' of another one beside it" in problem.message


def test_products_that_are_only_mentioned_are_links(tmp_path: Path) -> None:
    toner = {
        "@type": "Product",
        "sku": "TN-1",
        "name": "Toner",
        "isConsumableFor": {"@type": "Product", "sku": "HL-1040", "name": "Printer"},
        "isRelatedTo": [{"@type": "Product", "name": "Paper", "url": "https://shop.example/paper"}],
        "review": {"@type": "Review", "itemReviewed": {"@type": "Product", "name": "Toner", "sku": "X"}},
    }

    (product,), problems = read(page(tmp_path, toner))

    assert problems == []
    assert product.links == {"consumable_for": ("HL-1040",), "goes_with": ("paper",)}


def test_a_product_that_is_listed_on_another_page_is_only_mentioned(tmp_path: Path) -> None:
    listed = {"@type": "ListItem", "position": 1, "item": {"@type": "Product", "name": "Toner", "sku": "X"}}
    file = page(tmp_path, LAMP, {"@type": "ItemList", "itemListElement": [listed]})

    assert [row.product_id for row in read_products(file) if isinstance(row, Product)] == ["HL-7"]


def test_a_page_of_nothing_but_a_list_is_a_feed_of_what_it_names(tmp_path: Path) -> None:
    entries = [
        {"@type": "ListItem", "item": {"@type": "Product", "name": "Kettle A", "sku": "KA"}},
        {
            "@type": "ListItem",
            "item": {"@type": "Product", "name": "Kettle B", "sku": "KB", "offers": {"price": "29.90"}},
        },
        {"@type": "Product", "name": "Kettle C", "url": "https://shop.example/kc"},
        {"@type": "Product", "url": "https://shop.example/kd"},
    ]

    products, problems = read(page(tmp_path, {"@type": "ItemList", "itemListElement": entries}))

    assert {product.product_id for product in products} == {"KA", "KB", "kc"}
    assert problems == []


@pytest.mark.parametrize("kind", ["ItemList", "BreadcrumbList"])
def test_a_help_page_that_only_lists_products_is_knowledge(tmp_path: Path, kind: str) -> None:
    lamp = {"@type": "Product", "name": "Lamp", "url": "https://shop.example/lamp"}
    listed = {"@type": kind, "itemListElement": [{"@type": "ListItem", "item": lamp}]}

    assert recognise(page(tmp_path, {"@type": "WebPage", "mainEntity": listed})).kind == "knowledge"


def test_a_crumb_is_no_product(tmp_path: Path) -> None:
    crumb = {"@type": "ListItem", "item": {"@type": "Product", "name": "Shoes", "url": "https://shop.example/shoes"}}

    with pytest.raises(FeedError, match="holds no Product of schema"):
        list(ld_product_rows(page(tmp_path, {"@type": "BreadcrumbList", "itemListElement": [crumb]})))


def test_of_offers_in_two_currencies_the_first_ones_counts(tmp_path: Path) -> None:
    offers = [{"@type": "Offer", "price": price, "priceCurrency": code} for price, code in (("9", "USD"), ("1", "JPY"))]
    (lamp,) = read_products(page(tmp_path, {**LAMP, "offers": offers}))

    assert isinstance(lamp, Product)
    assert (lamp.price, lamp.currency) == (9.0, "USD")


def test_a_bad_value_costs_its_product_alone(tmp_path: Path) -> None:
    file = page(
        tmp_path,
        {"@type": "Product", "sku": "1", "name": "A", "offers": {"price": "call us"}},
        {"@type": "Product", "sku": "2", "name": "B", "offers": {"price": -1}},
        {"@type": "Product", "sku": "3", "name": "C", "offers": {"availability": "Perhaps"}},
        {"@type": "Product", "sku": "4", "name": "D"},
    )

    products, problems = read(file)

    assert [product.product_id for product in products] == ["4"]
    assert [problem.line for problem in problems] == [2, 3, 4]


def test_what_stands_beside_products_is_told(tmp_path: Path) -> None:
    offer = {"price": 5, "hasMerchantReturnPolicy": {"@type": "MerchantReturnPolicy", "merchantReturnDays": 30}}
    faq = {"@type": "FAQPage", "mainEntity": []}

    products, (problem,) = read(page(tmp_path, {"@type": "Product", "sku": "1", "name": "A", "offers": offer}, faq))

    assert len(products) == 1
    assert problem.kept
    assert "also holds questions and answers, a return policy, not read with products" in problem.message


def test_a_page_with_products_is_a_catalogue_and_one_without_is_knowledge(tmp_path: Path) -> None:
    assert recognise(page(tmp_path, LAMP)).name == "products in saved pages"
    assert recognise(page(tmp_path, {"@type": "Organization", "name": "Shop"})).kind == "knowledge"
    assert recognise(page(tmp_path)).kind == "knowledge"
    file = tmp_path / "lamp.json"
    file.write_text(json.dumps([LAMP], indent=2), "utf-8")
    assert (recognise(file).kind, read(file)[0][0].product_id) == ("catalogue", "HL-7")


def test_products_as_json_ld_a_line_each_are_read_as_well(tmp_path: Path) -> None:
    file = tmp_path / "lamps.jsonl"
    rows = [{"@type": "Product", "sku": key, "name": key} for key in ("1", "2")]
    file.write_text("\n".join(map(json.dumps, rows)), "utf-8")

    products, problems = read(file)

    assert problems == []
    assert [product.product_id for product in products] == ["1", "2"]


def test_a_page_without_products_is_no_catalogue(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="holds no Product of schema"):
        list(read_products(page(tmp_path, {"@type": "Organization"}, body="<p>Text</p>")))


def test_a_product_goes_in_without_figures_that_cannot_be_read(tmp_path: Path) -> None:
    offer = {"price": "39.00", "priceCurrency": "USD", "inventoryLevel": {"value": "plenty"}}
    strike = {"priceType": "https://schema.org/StrikethroughPrice", "price": "high"}
    rated = {"aggregateRating": {"ratingValue": "good"}, "offers": {**offer, "priceSpecification": strike}}

    (lamp,), problems = read(page(tmp_path, {"@type": "Product", "sku": "1", "name": "Lamp", **rated}))

    assert (lamp.price, lamp.stock, lamp.rating, lamp.list_price) == (39.0, None, None, None)
    assert [one.message.split()[0] for one in problems] == ["list_price", "stock", "rating"]
