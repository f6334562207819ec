"""`count`: what a shop folder holds, counted from its files."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from knowledge.catalogue import Catalogue
from knowledge.domain import HelpPage, Language, Order, Product, Utterance
from knowledge.feeds.encodings import has_rows
from knowledge.feeds.orders import read_orders
from knowledge.feeds.utterances import read_utterances
from knowledge.language import detect_language
from knowledge.pages import read_pages
from knowledge.shop import Shop
from training.conversations import read_spec
from training.judgements import MAX_GRADE, read_judgements, read_queries

Count = Mapping[str, object]
"""Numbers by name, in tables of tables: what stands in no file is 0, and no table is left out."""

_TITLE_MARKS = ('"{}"', "“{}”", "《{}》", "[{}](")
_T = TypeVar("_T")


def count_shop(shop: Shop) -> Count:
    """Counts products, pages, orders, utterances, conversations, searches and pictures. Raises FeedError."""
    catalogue = Catalogue.load(shop.catalogue_file)
    pages, _ = read_pages(shop.pages_folder)
    queries = shop.folder / "queries"
    return {
        "products": _products(catalogue),
        "pages": _pages(pages),
        "orders": _orders(rows_of(Order, read_orders, shop.orders_file)),
        "utterances": _utterances(rows_of(Utterance, read_utterances, shop.intents_file)),
        "held_out": _utterances(rows_of(Utterance, read_utterances, held_out_file(shop))),
        "conversations": _conversations(shop.conversations_folder),
        "searches": _searches(queries / "queries.jsonl", queries / "qrels.tsv"),
        "pictures": _pictures(shop.folder, catalogue),
    }


def held_out_file(shop: Shop) -> Path:
    return shop.intents_file.with_name("held_out.csv")


def rows_of(kind: type[_T], read: Callable[[Path], Iterable[object]], file: Path) -> list[_T]:
    """The good rows of a file, none where it is missing or empty."""
    return [row for row in read(file) if isinstance(row, kind)] if has_rows(file) else []


def _products(catalogue: Catalogue) -> Count:
    products = catalogue.products
    own = Counter(detect_language(product.title) for product in products)
    translated = Counter(language for product in products for language in product.translations)
    families = Counter(product.parent_id or product.product_id for product in products)
    return {
        "all": len(products),
        "with_texts_in": {language: own[language] + translated[language] for language in _LANGUAGES},
        "categories": len(catalogue.categories),
        "top_categories": len({category[0] for category in catalogue.categories}),
        "brands": len(catalogue.brands),
        "families_of_variants": sum(size > 1 for size in families.values()),
        "variants": sum(size for size in families.values() if size > 1),
        "on_sale": sum(_is_on_sale(product) for product in products),
        "sold_out": sum(not product.in_stock for product in products),
        "rated": sum(product.rating is not None for product in products),
        "with_release_date": sum(bool(product.released) for product in products),
        "attributes": len({name for product in products for name in product.attributes}),
        "attribute_values": sum(len(product.attributes) for product in products),
        "sets_of_attributes": len({frozenset(names) for names in _attributes_by_category(products).values()}),
        "links": _tally(kind for product in products for kind, ids in product.links.items() for _ in ids),
    }


def _is_on_sale(product: Product) -> bool:
    return product.price is not None and product.list_price is not None and product.price < product.list_price


def _attributes_by_category(products: Iterable[Product]) -> Mapping[tuple[str, ...], set[str]]:
    names: dict[tuple[str, ...], set[str]] = {}
    for product in products:
        names.setdefault(product.category, set()).update(product.attributes)
    return names


def _pages(pages: Sequence[HelpPage]) -> Count:
    rules = [rule for page in pages for rule in page.rules]
    return {
        "all": len({page.page_id for page in pages}),
        "in": _by_language(pages, lambda page: page.language),
        "sections": _by_language((page for page in pages for _ in page.sections), lambda page: page.language),
        "questions": _by_language(
            (page for page in pages for section in page.sections for _ in section.questions), lambda page: page.language
        ),
        "referring_to_another": len({page.page_id for page in pages if _refers(page, pages)}),
        "rules": len(rules),
        "rules_by_topic": _tally(rule.topic for rule in rules),
        "rules_for_categories": sum(bool(rule.categories) for rule in rules),
        "rules_by_condition": _tally(name for rule in rules for name in {c.name for c in rule.conditions}),
        "rules_by_item_state": _tally(
            str(state)
            for rule in rules
            for condition in rule.conditions
            if condition.name == "item_state"
            for state in (condition.value if isinstance(condition.value, tuple) else (condition.value,))
        ),
    }


def _refers(page: HelpPage, pages: Iterable[HelpPage]) -> bool:
    """Whether the page names another one by its title, in quotation marks or as a link."""
    said = "\n".join(section.text for section in page.sections)
    titles = {other.title for other in pages if other.page_id != page.page_id and other.language == page.language}
    return any(mark.format(title) in said for title in titles for mark in _TITLE_MARKS)


def _orders(orders: Sequence[Order]) -> Count:
    return {
        "all": len(orders),
        "customers": len({order.customer_id for order in orders if order.customer_id}),
        "by_state": _tally(order.state for order in orders),
    }


def _utterances(utterances: Sequence[Utterance]) -> Count:
    labels = sorted({utterance.label for utterance in utterances})
    return {
        "all": len(utterances),
        "intents": len(set(labels) - {"oos"}),
        **_with_share(utterances, lambda utterance: utterance.language),
        "by_label": {
            label: _by_language((u for u in utterances if u.label == label), lambda utterance: utterance.language)
            for label in labels
        },
    }


def _conversations(folder: Path) -> Count:
    specs = [read_spec(file) for file in sorted(folder.glob("*.toml"))]
    turns = [turn.user for spec in specs for turn in spec.turns]
    return {"all": len(specs), "turns": len(turns), "turns_in": _by_language(turns, detect_language)}


def _searches(queries_file: Path, judgements_file: Path) -> Count:
    queries = read_queries(queries_file) if has_rows(queries_file) else []
    judged = read_judgements(judgements_file) if has_rows(judgements_file) else {}
    language = {query.query_id: query.language for query in queries}
    grades = {
        lang: Counter(g for name, of in judged.items() if language.get(name) == lang for g in of.values())
        for lang in _LANGUAGES
    }
    return {
        "all": len(queries),
        **_with_share(queries, lambda query: query.language),
        "judgements": sum(len(of) for of in judged.values()),
        "judgements_by_grade": {
            lang: {str(grade): counts[grade] for grade in range(MAX_GRADE + 1)} for lang, counts in grades.items()
        },
    }


def _pictures(folder: Path, catalogue: Catalogue) -> Count:
    there = {str(file.relative_to(folder)) for file in (folder / "images").rglob("*") if file.is_file()}
    shown = {product.category for product in catalogue if product.image in there}
    return {"all": len(there), "categories_without": len(set(catalogue.categories) - shown)}


_LANGUAGES: tuple[Language, ...] = ("en", "zh")


def _by_language(rows: Iterable[_T], language_of: Callable[[_T], Language]) -> dict[str, int]:
    counts = Counter(language_of(row) for row in rows)
    return {language: counts[language] for language in _LANGUAGES}


def _with_share(rows: Sequence[_T], language_of: Callable[[_T], Language]) -> Count:
    counts = _by_language(rows, language_of)
    return {"in": counts, "share_of_zh": round(counts["zh"] / len(rows), 3) if rows else 0.0}


def _tally(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))
