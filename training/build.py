"""`build`: from the shop folder to a generation that serves. Nothing is done again that has not changed."""

import hashlib
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from assistant.intent import FORMAT as INTENT_FORMAT
from assistant.intent import check_model
from knowledge.catalogue import Catalogue
from knowledge.disk import digest_of
from knowledge.domain import Language, RowProblem, Utterance
from knowledge.errors import FitError, NotBuiltError, ShopError
from knowledge.feeds.encodings import has_rows
from knowledge.feeds.utterances import read_utterances
from knowledge.generations import Generation
from knowledge.graph import FORMAT as GRAPH_FORMAT
from knowledge.graph import ShopGraph
from knowledge.offers import changed_offers
from knowledge.orders import FileOrderBook
from knowledge.pages import read_pages
from knowledge.shop import Shop
from retrieval.answers import FORMAT as ANSWERS_FORMAT
from retrieval.answers import build_answerer
from retrieval.index import FORMAT as INDEX_FORMAT
from retrieval.index import build_index
from retrieval.model_folder import read_manifest
from retrieval.weights import models_folder, resolve_model
from training.forecast import WORTH_TELLING_S, in_words, seconds_ahead
from training.parts import encoder_name, encoder_names, load_encoders
from training.reports import BuildReport

Progress = Callable[[str, int, int], None]

BUILD_THREADS = 2
BULK_PRODUCTS = 1000
"""From so many products on, the encoder that loads slower and runs faster pays."""

CODE = 2
"""Raised when what `build` makes changes, so that the next `build` makes all of it anew; a change of form is enough."""

FORMATS = (INDEX_FORMAT, GRAPH_FORMAT, ANSWERS_FORMAT, INTENT_FORMAT)


def build(
    shop: Shop,
    models: Path,
    progress: Progress,
    tell: Callable[[str], None] = lambda _: None,
    *,
    fine_tune: bool = True,
    refit: bool = False,
) -> BuildReport:
    """Brings index, graph and models up to date with the folder and puts them in use, all at once.

    Where only prices and stock have changed, they are laid over the generation in use, and nothing is built. How
    long it will take is told to `tell`. The caller holds `shop.writer`. A build that was stopped is taken up where it
    stopped. Raises ShopError.
    """
    clock = _Clock()
    known = _in_use(shop)
    if known and known.n_products and not has_rows(shop.catalogue_file):
        raise ShopError(
            f"{shop.catalogue_file} holds no product, and {known.n_products} are in use: "
            f"'shop-assistant --shop {shop.folder} import FEED' first; "
            f"to begin without products, delete {shop.var / 'current'}"
        )
    utterances, bad_utterances = _utterances(shop)
    intent_encoder = shop.settings.models.intent
    if intent_encoder == "auto":
        intent_encoder = encoder_name(utterances)
    weights = {
        name: read_manifest(resolve_model(name, models, progress)).fingerprint
        for name in (*encoder_names(shop.settings).values(), intent_encoder)
    }
    sources = _fingerprints(shop, weights, fine_tune)
    whole = known is None or known.is_whole()
    if known and whole and not refit and _is_model(shop.models_folder / known.intent):
        n_offers = _lay_offers(shop, known, sources)
        if n_offers is not None:
            warnings = (*known.warnings, *_missing(shop, known.n_products, utterances))
            return BuildReport(known.name, False, n_offers=n_offers, problems=known.problems, warnings=warnings)

    draft = shop.draft_generation()
    own = {"catalogue": shop.catalogue_file, "orders": shop.orders_file}
    for name, file in own.items():
        _take(file, draft / f"{name}.jsonl")
        sources[name] = digest_of(draft / f"{name}.jsonl")
    catalogue = Catalogue.load(shop.catalogue_file)
    bad_orders = FileOrderBook.load(shop.orders_file).problems
    # Read where they stand, so that what is wrong is told of the shop's own files, and only as they were copied.
    for name, file in own.items():
        if digest_of(file) != sources[name]:
            raise ShopError(f"{file} was changed while it was read, and nothing was built; run build again")
    pages, bad_pages = read_pages(shop.pages_folder)
    encoders = load_encoders(shop.settings, models, bulk=len(catalogue) >= BULK_PRODUCTS, threads=BUILD_THREADS)
    # What is left of a generation whose files were deleted is not to be copied.
    previous = shop.generation_folder(shop.current_name()) if whole else None
    base = resolve_model(intent_encoder, models)
    intent_stem = _intent_stem(utterances, base, fine_tune)

    def foresee(missing: Mapping[Language, Sequence[str]]) -> None:
        n_to_fit = 0 if _latest(shop, intent_stem) and not refit else len(utterances)
        tokens = shop.settings.search.document_tokens
        ahead = seconds_ahead(missing, len(catalogue), encoders, tokens, n_to_fit, fine_tune=fine_tune)
        if ahead >= WORTH_TELLING_S:
            tell(f"this will take {in_words(ahead)}; it can be stopped, and goes on from there")

    with clock.stage("index"):
        index = build_index(
            catalogue, shop.settings, encoders, draft / "index", previous and previous / "index", progress, foresee
        )
    with clock.stage("graph"):
        graph = ShopGraph.build(pages, catalogue)
        graph.save(draft / "graph.json")
        build_answerer(
            graph,
            encoders,
            draft / "answers",
            out_of_scope={
                language: [u.text for u in utterances if u.label == "oos" and u.language == language]
                for language in shop.settings.languages
            },
            previous=previous and previous / "answers",
            progress=lambda done, total: progress("answers", done, total),
        )
    with clock.stage("intent"):
        intent, warnings = _intent(shop, intent_stem, utterances, base, fine_tune, refit, known, progress)

    made = Generation(
        folder=draft,
        sources=sources,
        languages=shop.settings.languages,
        models=shop.settings.models,
        encoders={language: f"{e.name}:{e.fingerprint}" for language, e in encoders.items()},
        intent=intent,
        intent_encoder=intent_encoder,
        n_products=len(catalogue),
        problems=(*bad_pages, *bad_utterances, *bad_orders),
        warnings=warnings,
    )
    return BuildReport(
        generation=shop.publish(made).name,
        changed=True,
        n_products=len(catalogue),
        n_embedded=index.n_embedded,
        n_pages=len(pages),
        n_rules=sum(len(page.rules) for page in pages),
        n_utterances=len(utterances),
        seconds=clock.seconds,
        problems=made.problems,
        warnings=(*warnings, *_missing(shop, len(catalogue), utterances)),
    )


def build_held(
    shop: Shop,
    progress: Progress,
    tell: Callable[[str], None] = lambda _: None,
    *,
    fine_tune: bool | None = True,
    refit: bool = False,
) -> BuildReport:
    """`build` as the shop's one writer; `refit` fits the intent model even if its utterances are the same.

    `fine_tune` None: as the generation in use was built.
    """
    with shop.writer("build"):
        if fine_tune is None:
            known = _in_use(shop)
            fine_tune = known is None or known.sources.get("fine_tune") != str(False)
        return build(shop, models_folder(), progress, tell, fine_tune=fine_tune, refit=refit)


def _intent_stem(utterances: Sequence[Utterance], base: Path, fine_tune: bool) -> str:
    """What the folders of models begin with that are fitted on these utterances in this way."""
    made_of = (str(CODE), read_manifest(base).fingerprint, str(fine_tune), _utterances_digest(utterances))
    return f"intent-{_digest(*made_of)}-"


def _latest(shop: Shop, stem: str) -> str:
    """The name of the last model of a stem, "" where there is none or it is damaged."""
    name = f"{stem}{_last_number(shop, stem)}"
    return name if _is_model(shop.models_folder / name) else ""


def _last_number(shop: Shop, stem: str) -> int:
    numbers = [path.name.removeprefix(stem) for path in shop.models_folder.glob(f"{stem}*")]
    return max((int(number) for number in numbers if number.isdigit()), default=0)


def _intent(
    shop: Shop,
    stem: str,
    utterances: Sequence[Utterance],
    base: Path,
    fine_tune: bool,
    refit: bool,
    known: Generation | None,
    progress: Progress,
) -> tuple[str, tuple[str, ...]]:
    """The model of these utterances on the encoder in `base`, fitted if missing: its folder's name, and remarks.

    A folder is never written again, since readers may be opening it: a refitted model gets one with the next number.
    """
    from training.intent import fit_intent  # scikit-learn takes seconds, which a chat need not wait for

    name = _latest(shop, stem)
    if name and not refit:
        return name, known.warnings if known and known.intent == name else ()
    fitted = fit_intent(utterances, base, fine_tune=fine_tune, progress=progress)
    target = shop.models_folder / f"{stem}{_last_number(shop, stem) + 1}"
    part = target.with_name(target.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    fitted.model.save(part)
    part.rename(target)
    return target.name, fitted.warnings


def _is_model(folder: Path) -> bool:
    try:
        check_model(folder)
    except NotBuiltError:
        return False
    return True


def _utterances(shop: Shop) -> tuple[list[Utterance], list[RowProblem]]:
    if not shop.intents_file.is_file():
        raise FitError(
            f"{shop.intents_file} is missing: it holds labelled utterances, text,label[,language]; "
            "'shop-assistant init' in a new folder writes a starter set"
        )
    rows = list(read_utterances(shop.intents_file))
    return [r for r in rows if isinstance(r, Utterance)], [r for r in rows if isinstance(r, RowProblem)]


def _missing(shop: Shop, n_products: int, utterances: Sequence[Utterance]) -> tuple[str, ...]:
    """What the folder does not say, and what holds instead."""
    labels = sorted({u.label for u in utterances} - set(shop.settings.routes))
    unmapped = (f"intent {label!r} has no route in shop.toml, so it goes to 'answer'" for label in labels)
    import_ = f"'shop-assistant --shop {shop.folder} import FEED'"
    empty = () if n_products else (f"the shop has no products yet, which shoppers are told; {import_} adds them",)
    return (*empty, *unmapped)


def _fingerprints(shop: Shop, weights: Mapping[str, str], fine_tune: bool) -> dict[str, str]:
    """A hash for each thing that a generation is made of."""
    settings = shop.settings
    return {
        **shop.digests(),
        "code": "-".join(map(str, (CODE, *FORMATS))),
        "settings": _digest(settings.model_dump_json(include={"languages", "models", "search"})),
        "weights": _digest(*(f"{name}={fingerprint}" for name, fingerprint in sorted(weights.items()))),
        "fine_tune": str(fine_tune),
    }


def _take(source: Path, target: Path) -> None:
    """A copy, since a generation never changes and the shop's own file may be edited in place."""
    target.unlink(missing_ok=True)
    if source.is_file():
        shutil.copyfile(source, target)


def _lay_offers(shop: Shop, known: Generation, sources: Mapping[str, str]) -> int | None:
    """How many offers changed where nothing else has since the generation was built; None where something has."""
    made_of = [{**s, "catalogue": "", "fine_tune": ""} for s in (known.sources, sources)]
    if made_of[0] != made_of[1] or (known.sources["fine_tune"], sources["fine_tune"]) == (str(False), str(True)):
        return None
    try:
        before = shop.offers(known.name)
    except NotBuiltError:  # nobody knows what lies over it
        before = None
    now = sources["catalogue"]
    if before and (before.catalogue or known.sources["catalogue"]) == now:
        return 0
    lines = changed_offers(known.folder / "catalogue.jsonl", shop.catalogue_file, shop.offer_lines(known.name))
    if lines is None:
        return None
    shop.publish_offers(known.name, now, lines)
    laid = (before.products if before else (), shop.offers(known.name).products)
    old, new = ({p.product_id: p for p in products} for products in laid)
    return sum(old.get(key) != new.get(key) for key in old.keys() | new.keys())


def _in_use(shop: Shop) -> Generation | None:
    try:
        return shop.generation()
    except NotBuiltError:
        return None


def _utterances_digest(utterances: Sequence[Utterance]) -> str:
    return _digest(*(f"{u.text}\t{u.label}\t{u.language}" for u in utterances))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


class _Clock:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def stage(self, name: str) -> "_Stage":
        return _Stage(self, name)


class _Stage:
    def __init__(self, clock: _Clock, name: str) -> None:
        self._clock, self._name, self._start = clock, name, 0.0

    def __enter__(self) -> None:
        self._start = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._clock.seconds[self._name] = round(time.perf_counter() - self._start, 2)
