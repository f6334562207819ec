"""`evaluate …` on files: reads them, builds what must be built for the purpose, and measures."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from assistant.wishes import read_wish
from knowledge.catalogue import Catalogue, priced
from knowledge.domain import Language, Product, RowProblem, Utterance, Wish
from knowledge.errors import FeedError
from knowledge.feeds.feed_settings import FeedSettings
from knowledge.feeds.product_feeds import read_products
from knowledge.feeds.utterances import read_utterances
from knowledge.language import detect_language
from knowledge.settings import Settings
from knowledge.shop import Shop
from knowledge.vocabulary import Vocabulary
from retrieval.encoder import Encoder
from retrieval.index import build_index, load_index
from retrieval.search import ProductSearch
from retrieval.weights import models_folder, resolve_model
from training.build import BUILD_THREADS, BULK_PRODUCTS
from training.duplicates import Pair, near_duplicates
from training.evaluate_answers import AnswersReport, evaluate_answers
from training.evaluate_attributes import AttributesReport, evaluate_attributes
from training.evaluate_intent import IntentReport, evaluate_intent
from training.evaluate_search import SearchReport, evaluate_search
from training.judgements import Query, read_judgements, read_queries
from training.parts import encoder_name, load_encoders, load_intent
from training.ranking_measures import Qrels

Progress = Callable[[str, int, int], None]


def find_duplicates(shop: Shop, progress: Progress) -> list[Pair]:
    """Texts of the shop's folder that say nearly the same, by the encoder that reads both languages."""
    encoder = Encoder.load(resolve_model("e5", models_folder()), threads=BUILD_THREADS)
    return near_duplicates(shop, encoder, progress)


def evaluate_intent_files(folder: Path, train: Path | None, test: Path, progress: Progress) -> IntentReport:
    """On the model in use of the shop `folder`, or, with `train`, on one fitted for this."""
    tested = _utterances(test)
    if train is None:
        shop = Shop(folder)
        model = load_intent(shop, shop.generation(), models_folder(), {})
        return evaluate_intent(None, tested, model=model, progress=progress)
    fitted = _utterances(train)
    base = resolve_model(encoder_name([*fitted, *tested]), models_folder())
    return evaluate_intent(fitted, tested, encoder_folder=base, progress=progress)


def evaluate_search_files(
    shop: Shop,
    catalogue_file: Path | None,
    queries: Path,
    qrels: Path,
    progress: Progress,
    tell: Callable[[str], None],
) -> SearchReport:
    """On the shop's generation in use, or on an index made for this of `catalogue_file`, whose bad rows it tells."""
    asked, judged = _judged(queries, qrels, "product_id")
    if catalogue_file is None:
        generation = shop.generation()
        settings = generation.settings(shop.settings)
        catalogue = Catalogue.load(generation.folder / "catalogue.jsonl", settings.currency)
        return _evaluated(catalogue, generation.folder / "index", settings, asked, judged, progress)
    catalogue = Catalogue(priced(product, shop.settings.currency) for product in _products(catalogue_file, shop, tell))
    settings = _settings_for(shop.settings, [query.text for query in asked])
    with tempfile.TemporaryDirectory() as made:
        bulk = load_encoders(settings, models_folder(), threads=2, bulk=len(catalogue) >= BULK_PRODUCTS)
        build_index(catalogue, settings, bulk, Path(made), None, progress)
        return _evaluated(catalogue, Path(made), settings, asked, judged, progress)


def evaluate_attributes_file(
    shop: Shop, catalogue_file: Path, progress: Progress, tell: Callable[[str], None]
) -> AttributesReport:
    """On the products of a feed, whose bad rows it tells. Raises FeedError when it has none."""
    return evaluate_attributes(_products(catalogue_file, shop, tell), progress)


def _products(catalogue_file: Path, shop: Shop, tell: Callable[[str], None]) -> list[Product]:
    """A feed's, read as `import` reads it."""
    rows = list(read_products(catalogue_file, FeedSettings.of(shop.settings)))
    products = [row for row in rows if isinstance(row, Product)]
    bad = [row for row in rows if isinstance(row, RowProblem)]
    if bad:
        first = f"{bad[0].file}:{bad[0].line}: {bad[0].message}"
        tell(f"warning: {len(bad)} of {len(rows)} rows were left out, the first {first}")
    if not products:
        raise FeedError(f"{catalogue_file}: holds no product that can be read")
    return products


def _evaluated(
    catalogue: Catalogue, index: Path, settings: Settings, asked: Sequence[Query], judged: Qrels, progress: Progress
) -> SearchReport:
    """The whole pipeline reads a query's constraints as a chat would."""
    encoders = load_encoders(settings, models_folder(), threads=1)
    # The scan gives what Chroma gives, and leaves no folder open behind it.
    indexes = load_index(index, settings.languages, engine="exact")
    search = ProductSearch(catalogue, indexes, encoders, settings)
    vocabulary = Vocabulary.from_catalogue(catalogue, settings.languages)

    def wish_of(text: str) -> Wish:
        language = detect_language(text)
        read = read_wish(text, language, vocabulary, settings.currency)
        return Wish(read.words, language, read.constraints, read.sort)

    return evaluate_search(search, asked, judged, wish_of=wish_of, progress=progress)


def evaluate_answers_files(
    shop: Shop, faq: Path | None, queries: Path, qrels: Path, progress: Progress
) -> AnswersReport:
    """On the shop's pages, or on the questions and answers of `faq`."""
    asked, judged = _judged(queries, qrels, "faq_id")
    used = shop.settings if faq else shop.generation().settings(shop.settings)
    encoders = load_encoders(_settings_for(used, [query.text for query in asked]), models_folder(), threads=1)
    return evaluate_answers(shop, faq, asked, judged, encoders, progress)


def _judged(queries: Path, qrels: Path, column: str) -> tuple[list[Query], dict[str, dict[str, int]]]:
    """Queries and judgements of some of them. Raises FeedError where they have no query_id in common."""
    asked, judged = read_queries(queries), read_judgements(qrels, column)
    if judged.keys().isdisjoint(query.query_id for query in asked):
        there = f"its first query_id is {next(iter(judged))!r}" if judged else "it has no row below its header"
        raise FeedError(
            f"{qrels}: judges none of the queries in {queries}: {there}, and theirs is {asked[0].query_id!r}; "
            "give both files the same ids"
        )
    return asked, judged


def _settings_for(settings: Settings, texts: list[str]) -> Settings:
    """The shop's settings, with the languages that the queries are written in."""
    languages: tuple[Language, ...] = tuple(sorted({detect_language(text) for text in texts}))
    return settings.model_copy(update={"languages": languages or settings.languages})


def _utterances(file: Path) -> list[Utterance]:
    rows = list(read_utterances(file))
    for row in rows:
        if isinstance(row, RowProblem):
            raise FeedError(f"{row.file}:{row.line}: {row.message}")
    return [row for row in rows if isinstance(row, Utterance)]
