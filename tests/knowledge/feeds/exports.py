"""Products as the shop systems would export them: Google Merchant, Shopify and WooCommerce."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from xml.sax.saxutils import escape

from knowledge.domain import Product
from knowledge.feeds.fields import short_number

Row = Mapping[str, object]
PARENT = "-ALL"  # WooCommerce's parents are products of their own, with a SKU that no other has

OLD = (
    *("Handle", "Title", "Body (HTML)", "Vendor", "Product Category", "Published", "Status"),
    *("Variant SKU", "Variant Price", "Variant Compare At Price", "Variant Inventory Tracker", "Variant Inventory Qty"),
    *("Variant Inventory Policy", "Image Src", "Variant Image", "Variant Grams", "Variant Weight Unit"),
)
NEW = (
    *("URL handle", "Title", "Description", "Vendor", "Product category", "Published on online store", "Status"),
    *("SKU", "Price", "Compare-at price", "Inventory tracker", "Inventory quantity"),
    *("Continue selling when out of stock", "Product image URL", "Variant image URL", "Weight value (grams)"),
    "Weight unit for display",
)


def merchant_tsv(products: Sequence[Product]) -> str:
    rows = [dict(_merchant(product), product_detail=",".join(_details(product))) for product in products]
    return _table(rows, "\t")


def merchant_rss(products: Sequence[Product]) -> str:
    items = "\n".join(f"<item>\n{_elements(product)}\n</item>" for product in products)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0">'
        f"<channel><title>The shop</title>\n{items}\n</channel></rss>\n"
    )


def merchant_atom(products: Sequence[Product]) -> str:
    entries = "\n".join(
        f"<entry><id>tag:shop.example,{n}</id>\n{_elements(product)}\n</entry>" for n, product in enumerate(products)
    )
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">'
        f"<title>The shop</title><id>tag:shop.example</id>\n{entries}\n</feed>\n"
    )


def shopify_csv(products: Sequence[Product], names: Sequence[str]) -> str:
    """A Shopify export with the headings of either age, the variants of a product together."""
    return _table([row for family in families(products).values() for row in _shopify(family, names)], ",")


def woocommerce_csv(products: Sequence[Product]) -> str:
    rows: list[Row] = []
    for key, family in families(products).items():
        if family[0].parent_id:
            rows.append({"Type": "variable", "SKU": key + PARENT, "Name": common_title(family), "Published": 1})
        rows += [_woocommerce(product) for product in family]
    return _table(rows, ",")


def families(products: Iterable[Product]) -> dict[str, list[Product]]:
    """Products by what they are variants of, or their own id."""
    found: dict[str, list[Product]] = {}
    for product in products:
        found.setdefault(product.parent_id or product.product_id, []).append(product)
    return found


def common_title(family: Sequence[Product]) -> str:
    titles = [product.title.split(", ") for product in family]
    return ", ".join(parts[0] for parts in zip(*titles, strict=False) if len(set(parts)) == 1) or family[0].title


def options(family: Sequence[Product]) -> list[str]:
    """The names of the attributes, three at most, in which variants differ and which all of them have."""
    names = [name for name in family[0].attributes if all(name in product.attributes for product in family)]
    return [name for name in names if len({product.attributes[name] for product in family}) > 1][:3]


def shared(family: Sequence[Product]) -> dict[str, str | float]:
    """The attributes in which all variants agree."""
    first = family[0].attributes
    return {name: held for name, held in first.items() if all(p.attributes.get(name) == held for p in family)}


def _merchant(product: Product) -> dict[str, object]:
    amount = "{:.2f} " + product.currency
    before, now = product.list_price, product.price
    return {
        "id": product.product_id,
        "title": product.title,
        "description": product.description,
        "link": product.url,
        "image_link": product.image,
        "availability": availability(product),
        "price": "" if now is None else amount.format(now if before is None else before),
        "sale_price": "" if now is None or before is None else amount.format(now),
        "brand": product.brand,
        "item_group_id": product.parent_id or "",
        "product_type": " > ".join(product.category),
    }


def availability(product: Product) -> str:
    if product.stock is None and product.available is None:
        return ""
    return "in_stock" if product.in_stock else "out_of_stock"


def _details(product: Product) -> list[str]:
    return [f":{name}:{short_number(held)}" for name, held in product.attributes.items()]


def _elements(product: Product) -> str:
    fields = [f"<g:{name}>{escape(str(text))}</g:{name}>" for name, text in _merchant(product).items() if text]
    details = [
        f"<g:product_detail><g:section_name></g:section_name><g:attribute_name>{name}</g:attribute_name>"
        f"<g:attribute_value>{escape(str(short_number(held)))}</g:attribute_value></g:product_detail>"
        for name, held in product.attributes.items()
    ]
    return "\n".join([*fields, *details])


def _shopify(family: Sequence[Product], names: Sequence[str]) -> list[Row]:
    first = family[0]
    chosen = options(family) if first.parent_id else []
    rows: list[Row] = []
    for product in family:
        grams = product.attributes.get("weight_g") or float(product.attributes.get("weight_kg", 0)) * 1000
        stock = 0 if product.available is False and product.stock is None else product.stock
        before = [first.parent_id or first.product_id, *[""] * 6]
        if product is first:
            html = "".join(f"<p>{escape(part)}</p>" for part in product.description.split("\n\n") if part)
            shown = (common_title(family), html, product.brand, " > ".join(product.category), "TRUE", "active")
            before = [before[0], *shown]
        own = (
            *(product.product_id, product.price, product.list_price, "" if stock is None else "shopify", stock),
            *("deny", product.image if product is first else "", product.image, grams),
            "kg" if "weight_kg" in product.attributes else "g",
        )
        row: dict[str, object] = dict(zip(names, (*before, *own), strict=True))
        for n, name in enumerate(chosen or ["Title"], start=1):
            row[f"Option{n} Name"] = name if product is first else ""
            row[f"Option{n} Value"] = short_number(product.attributes[name]) if chosen else "Default Title"
        if product is first:
            row |= {f"{name} (product.metafields.custom.{name})": short_number(v) for name, v in shared(family).items()}
            row["Rating (product.metafields.reviews.rating)"] = product.rating
            row["Rating count (product.metafields.reviews.rating_count)"] = product.n_ratings
        rows.append(row)
    return rows


def _woocommerce(product: Product) -> Row:
    before, now = product.list_price, product.price
    measures = {"weight_kg": "Weight (kg)", "length_cm": "Length (cm)", "width_cm": "Width (cm)"}
    row: dict[str, object] = {
        "Type": "variation" if product.parent_id else "simple",
        "SKU": product.product_id,
        "Name": product.title,
        "Published": 1,
        "Visibility in catalog": "visible",
        "Description": product.description.replace("\n", "\\n"),
        "In stock?": {True: 1, False: 0, None: ""}[product.in_stock if availability(product) else None],
        "Stock": product.stock,
        "Regular price": now if before is None else before,
        "Sale price": "" if before is None else now,
        "Categories": " > ".join(product.category).replace(",", "\\,"),
        "Brands": product.brand,
        "Images": product.image,
        "Parent": product.parent_id + PARENT if product.parent_id else "",
        "Upsells": ", ".join(product.links.get("similar_to", ())),
        "Cross-sells": ", ".join(product.links.get("goes_with", ())),
    }
    row |= {measures[name]: short_number(held) for name, held in product.attributes.items() if name in measures}
    others = [(name, held) for name, held in product.attributes.items() if name not in measures]
    for n, (name, held) in enumerate(others, start=1):
        row[f"Attribute {n} name"] = name
        row[f"Attribute {n} value(s)"] = str(short_number(held)).replace(",", "\\,")
    return row


def _table(rows: Sequence[Row], delimiter: str) -> str:
    names = dict.fromkeys(name for row in rows for name in row)
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="", delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
