"""Products of schema.org (Product, ProductGroup) in saved pages and JSON-LD files, as rows of ours."""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from knowledge.domain import RowProblem
from knowledge.errors import FeedError
from knowledge.feeds.feed_settings import FeedSettings
from knowledge.feeds.fields import dispensable, filled
from knowledge.feeds.html_text import parse_html
from knowledge.feeds.jsonld import Node, listed, objects, read_nodes, said, term, types_of
from knowledge.feeds.prices import FREE, is_free, parse_number, parse_price
from knowledge.feeds.rows import FieldError, JsonRow, RowError, Rows

_GOODS = frozenset({"Product", "ProductGroup", "ProductModel", "IndividualProduct", "SomeProducts"})
_IDS = ("sku", "productID", "mpn", "gtin", "gtin13", "gtin12", "gtin14", "gtin8", "identifier")
_GTINS = ("gtin", "gtin13", "gtin12", "gtin14", "gtin8")
_PLAIN = ("color", "size", "material", "pattern", "mpn", "model", "countryOfOrigin")
_MEASURES = ("weight", "width", "height", "depth")
_LINKS = {
    "isAccessoryOrSparePartFor": "accessory_for",
    "isConsumableFor": "consumable_for",
    "isSimilarTo": "similar_to",
    "isRelatedTo": "goes_with",
}
_MENTIONED = frozenset({*_LINKS, "isVariantOf", "model", "isBasedOn", "hasPart"})
_LISTED = frozenset({"item", "itemListElement"})
_INHERITED = ("brand", "description", "category", "image", "material", "pattern", "aggregateRating", "audience")
_UNITS = {
    **{"KGM": "kg", "GRM": "g", "MGM": "mg", "LBR": "lb", "ONZ": "oz", "MTR": "m", "CMT": "cm", "MMT": "mm"},
    **{"INH": "in", "FOT": "ft", "LTR": "l", "MLT": "ml", "WTT": "w", "KWT": "kw", "VLT": "v", "AMP": "a"},
    **{"HUR": "h", "MIN": "min", "SEC": "s", "DAY": "days", "MON": "months", "ANN": "years", "HTZ": "hz", "CEL": "c"},
}
_AVAILABLE = {
    **dict.fromkeys(("InStock", "InStoreOnly", "OnlineOnly", "LimitedAvailability", "MadeToOrder"), "in_stock"),
    **dict.fromkeys(("OutOfStock", "SoldOut", "Discontinued", "Reserved"), "out_of_stock"),
    **dict.fromkeys(("PreOrder", "PreSale"), "preorder"),
    "BackOrder": "backorder",
}
_UNREAD = {
    "FAQPage": "questions and answers",
    "MerchantReturnPolicy": "a return policy",
    "OfferShippingDetails": "shipping details",
}
_TAG = re.compile(r"</?[a-zA-Z][^>]{0,2000}>")
_STRIKE = re.compile("ListPrice|StrikethroughPrice|SRP|MSRP")


def has_products(file: Path) -> bool:
    """Whether a saved page or JSON-LD file holds products of its own: a help page too may list what is popular.

    Raises FeedError when it cannot be read.
    """
    return any(_is_sold(node) or not _is_listed(node) for node in read_nodes(file)[0] if _is_product(node))


def ld_product_rows(file: Path, _: FeedSettings | None = None) -> Rows:
    """A row for each product of a saved page or JSON-LD file; a group of variants is its variants.

    Two blocks of a page that speak of the same product fill each other's gaps; the first counts. What stands beside
    products is told. Raises FeedError when there is none.
    """
    nodes, problems = read_nodes(file)
    yield from problems
    found = _products(nodes)
    if not found and not problems:
        raise FeedError(f"{file}: holds no Product of schema.org; a help page is imported with --kind knowledge")
    rows: list[tuple[int, JsonRow]] = []
    for line, values, group in _goods(found):
        try:
            rows.append((line, _row(values, group)))
        except RowError as error:
            yield RowProblem(str(file), line, f"product {said(values.get('name'))!r}: {error}")
    yield from _joined(rows, file)
    if unread := [name for name in _UNREAD if any(name in node.types for node in nodes)]:
        yield RowProblem(str(file), 1, _unread_message(unread), kept=True)


def _unread_message(types: Sequence[str]) -> str:
    told = ", ".join(_UNREAD[name] for name in types)
    message = f"also holds {told}, not read with products since it would seem to hold for all of them"
    remedy = "; where it does, import the file with --kind knowledge too"
    return message + (remedy if types != ["OfferShippingDetails"] else "; write delivery rules on a help page")


def _products(nodes: Sequence[Node]) -> list[Node]:
    """The products of a page. What a list only names belongs to other pages, unless this one has nothing but lists."""
    found = [node for node in nodes if _is_product(node)]
    is_list = all(map(_is_listed, found))
    return [
        node
        for node in found
        if node.key not in _LISTED or _is_sold(node) or (is_list and said(node.values.get("name")))
    ]


def _is_product(node: Node) -> bool:
    is_one = not _GOODS.isdisjoint(node.types) and node.key != "itemReviewed" and "BreadcrumbList" not in node.under
    return is_one and (node.key not in _MENTIONED or _is_sold(node))


def _is_listed(node: Node) -> bool:
    return node.key in _LISTED or "ItemList" in node.under


def _is_sold(node: Node) -> bool:
    return "offers" in node.values or "hasVariant" in node.values


def _goods(found: Sequence[Node]) -> Iterator[tuple[int, JsonRow, JsonRow]]:
    """What can be bought, each with its group, {} where it has none."""
    groups: dict[int, JsonRow] = {}
    for node in found:
        for variant in objects(node.values.get("hasVariant")):
            groups[id(variant)] = node.values
    for node in found:
        variants = [one for one in objects(node.values.get("hasVariant")) if _tells(one)]
        if variants:
            continue
        group = groups.get(id(node.values)) or next(iter(objects(node.values.get("isVariantOf"))), {})
        if not group or _tells(node.values):
            yield node.line, node.values, group


def _tells(values: JsonRow) -> bool:
    """A variant that is only an address stands on another page."""
    return any(values.get(name) for name in ("name", "offers", *_IDS))


def _joined(rows: Sequence[tuple[int, JsonRow]], file: Path) -> Iterator[tuple[int, JsonRow] | RowProblem]:
    firsts: dict[object, tuple[int, JsonRow]] = {}
    for line, row in rows:
        first_line, first = firsts.setdefault(row["product_id"], (line, row))
        if first_line != line:
            first.update({name: value for name, value in row.items() if name not in first})
        elif first is not row:
            message = (
                f"product {row.get('title')!r} has the id {row['product_id']!r} of another one beside it, which is kept"
            )
            yield RowProblem(str(file), line, f"{message}; give each its own")
    yield from firsts.values()


def _row(own: JsonRow, group: JsonRow) -> JsonRow:
    values = {**{name: group[name] for name in _INHERITED if name in group}, **own}
    offer = _offer(values)
    url = said(values.get("url")) or said(offer.get("url")) or said(group.get("url"))
    product_id = _first(values, _IDS) or said(offer.get("sku")) or _id_in(url or said(values.get("@id")))
    if not product_id:
        raise RowError("it has neither sku, productID, mpn, gtin nor url; give one")
    price, currency = _price(offer)
    strike = _or_error("list_price", _list_price, offer)
    row: JsonRow = {
        "product_id": product_id,
        "title": _title(own, group),
        "brand": said(values.get("brand")) or said(values.get("manufacturer")),
        "category": _category(values.get("category")),
        "description": _text(said(values.get("description"))),
        "price": FREE if price == 0 and is_free(said(offer.get("price"))) else price,
        "list_price": strike if not isinstance(strike, float) or (price and strike > price) else None,
        "currency": currency,
        "available": _availability(offer),
        "stock": _or_error("stock", _number, _first_object(offer.get("inventoryLevel")).get("value"), "inventoryLevel"),
        **_rating(_first_object(values.get("aggregateRating"))),
        "released": said(values.get("releaseDate")),
        "url": url,
        "image": _address(values.get("image")),
        "parent_id": _first(group, ("productGroupID", *_IDS)) or said(values.get("inProductGroupWithID")),
        "attributes": _attributes(values, offer),
        "links": _links(values),
    }
    return filled(row)


def _title(own: JsonRow, group: JsonRow) -> str:
    if title := said(own.get("name")):
        return title
    varied = (said(own.get(name)) for name in ("color", "size", "material", "pattern"))
    return ", ".join(part for part in (said(group.get("name")), *varied) if part)


def _category(value: object) -> str:
    names = [said(one) for one in listed(value)]
    # Several categories are several places; the most exact one counts.
    return max(names, key=lambda name: name.count(">"), default="")


def _offer(values: JsonRow) -> JsonRow:
    """The offer that counts: the cheapest that can be bought, else the first."""
    offers = objects(values.get("offers"))
    for offer in list(offers):
        inner = objects(offer.get("offers"))
        if "AggregateOffer" in types_of(offer) and inner and offer.get("lowPrice") is None:
            offers = inner
    amounts = [(amount, i) for i, offer in enumerate(offers) if (amount := _amount(offer)) is not None]
    priced = [(price, i) for (price, currency), i in amounts if currency == amounts[0][0][1]]  # of two, the first's
    on_hand = [one for one in priced if _availability(offers[one[1]]) != "out_of_stock"]
    chosen = min(on_hand or priced, default=(0.0, 0))[1]
    return offers[chosen] if offers else {}


def _amount(offer: JsonRow) -> tuple[float, str] | None:
    try:
        price, currency = _price(offer)
    except RowError:
        return None
    return None if price is None else (price, currency)


def _price(offer: JsonRow) -> tuple[float | None, str]:
    currency = said(offer.get("priceCurrency"))
    given = said(offer.get("price")) or said(offer.get("lowPrice"))
    for spec in objects(offer.get("priceSpecification")):
        if not given and not _STRIKE.search(said(spec.get("priceType"))):
            given, currency = said(spec.get("price")), said(spec.get("priceCurrency")) or currency
    if not given:
        return None, currency
    amount, named = parse_price(given, "price", dot_is_decimal=True)
    return amount, currency or named


def _list_price(offer: JsonRow) -> float | None:
    for spec in objects(offer.get("priceSpecification")):
        if _STRIKE.search(said(spec.get("priceType"))) and said(spec.get("price")):
            return parse_price(said(spec.get("price")), "priceSpecification", dot_is_decimal=True)[0]
    return None


def _availability(offer: JsonRow) -> str:
    word = term(offer.get("availability"))
    return _AVAILABLE.get(word, word)


def _rating(rating: JsonRow) -> JsonRow:
    try:
        value = _number(rating.get("ratingValue"), "ratingValue")
        best = _number(rating.get("bestRating"), "bestRating") or 5.0
    except RowError as error:
        return {"rating": FieldError("rating", str(error))}
    count = said(rating.get("ratingCount")) or said(rating.get("reviewCount"))
    if not value or best <= 0:
        return {}
    return {"rating": round(value * 5 / best, 2), "n_ratings": count}


def _or_error(field: str, read: Callable[..., object], *given: object) -> object:
    """What a field holds, or in its place the error that it cannot be read."""
    try:
        return dispensable(field, read, *given)
    except FieldError as error:
        return error


def _number(value: object, field: str) -> float | None:
    text = said(value)
    return parse_number(text, field) if text else None


def _attributes(values: JsonRow, offer: JsonRow) -> JsonRow:
    attributes: JsonRow = {}
    for name in (name for name in _PLAIN if name in values):
        told = [text for one in listed(values.get(name)) if (text := said(one))]
        if told:
            attributes[_snake(name)] = told if len(told) > 1 else told[0]
    if gtin := _first(values, _GTINS):
        attributes["gtin"] = gtin
    condition = term(values.get("itemCondition")) or term(offer.get("itemCondition"))
    if condition and condition != "NewCondition":
        attributes["condition"] = condition.removesuffix("Condition").lower()
    if since := said(offer.get("availabilityStarts")):
        attributes["availability_date"] = since
    for name in _MEASURES:
        for measure in listed(values.get(name)):
            attributes |= _measured(name, measure if isinstance(measure, dict) else {"value": measure})
    for one in objects(values.get("additionalProperty")):
        if name := said(one.get("name")) or said(one.get("propertyID")):
            attributes |= _measured(name, one)
    return attributes


def _measured(name: str, values: JsonRow) -> JsonRow:
    """An attribute: a number has its unit behind its name, anything else is a text with its unit."""
    given = listed(values.get("value"))
    told = [text for one in given if (text := ("no", "yes")[one] if isinstance(one, bool) else said(one))]
    code = said(values.get("unitCode"))
    unit = _UNITS.get(code.upper(), "") or said(values.get("unitText")) or code
    if len(told) != 1:
        return {name: told} if told else {}
    if not re.fullmatch(r"-?\d{1,12}(?:\.\d{1,9})?", told[0]):
        return {name: f"{told[0]} {unit}".strip()}
    is_plain = re.fullmatch(r"[a-zA-Z]{1,8}", unit)
    if unit and not is_plain:
        return {name: f"{told[0]} {unit}"}
    return {f"{_snake(name)}_{unit.lower()}" if unit else name: float(told[0]) if unit else told[0]}


def _links(values: JsonRow) -> JsonRow:
    links: JsonRow = {}
    for name, kind in _LINKS.items():
        ids = [key for one in objects(values.get(name)) if (key := _first(one, _IDS) or _id_in(said(one.get("url"))))]
        if ids:
            links[kind] = list(dict.fromkeys(ids))
    return links


def _first(values: JsonRow, names: Sequence[str]) -> str:
    return next((text for name in names if name in values and (text := _value(values[name]))), "")


def _value(value: object) -> str:
    """A property's value; an identifier may be an object with one."""
    first = next(iter(objects(value)), None)
    return said(first["value"]) if first and "value" in first else said(value)


def _first_object(value: object) -> JsonRow:
    first = next(iter(listed(value)), None)
    return first if isinstance(first, dict) else {"value": first}


def _id_in(url: str) -> str:
    """The last step of an address, with the variant that a shop system names behind it."""
    try:
        parts = urlsplit(url)
        variant = parse_qs(parts.query).get("variant", [""])[0]
    except ValueError:
        return ""
    slug = parts.path.rstrip("/").rpartition("/")[2].removesuffix(".html")
    return f"{slug}-{variant}" if slug and variant else slug


def _address(value: object) -> str:
    first = next(iter(listed(value)), None)
    if isinstance(first, dict):
        return said(first.get("url")) or said(first.get("contentUrl")) or said(first.get("@id"))
    return said(first)


def _snake(name: str) -> str:
    return re.sub(r"[\s\-]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).strip()).lower()


def _text(markup: str) -> str:
    """A description without its tags."""
    if not _TAG.search(markup):
        return markup
    root, _ = parse_html(f"<div>{markup}</div>")
    if root is None:
        return ""
    for script in list(root.iter("script", "style")):
        script.drop_tree()
    for block in root.iter("p", "li", "br", "div", "tr", "h1", "h2", "h3", "h4"):
        block.tail = f"\n{block.tail or ''}"
    lines = (" ".join(line.split()) for line in root.text_content().split("\n"))
    return "\n".join(line for line in lines if line)
