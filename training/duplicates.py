"""`count --duplicates`: texts of a shop folder that say nearly the same, by the cosine of their vectors."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from knowledge.catalogue import Catalogue, texts
from knowledge.feeds.encodings import has_rows
from knowledge.feeds.utterances import numbered_utterances
from knowledge.pages import read_pages
from knowledge.shop import Shop
from retrieval.encoder import Kind, Vectors
from retrieval.index import TextEncoder
from training.counts import held_out_file
from training.judgements import read_queries

Progress = Callable[[str, int, int], None]

NEAR = 0.95
"""The cosine of e5 from which pairs are listed, chosen by reading pairs of the demo: above 0.97 nearly all say the
same, and below 0.95 few do. Between, who reads them decides: "low to high" is near "high to low" too.
"""

_BLOCK = 512
_MAX_TOKENS = 128


@dataclass(frozen=True, slots=True)
class Text:
    """A text to compare, and the place where it stands. Only texts of one `group` are compared with one another, and
    none within one `family`: the sizes of one shoe say the same.
    """

    group: str
    place: str
    text: str
    label: str = ""
    family: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts that are near each other. `among` says of which kind: "utterances within a label" …"""

    among: str
    cosine: float
    first: Text
    second: Text

    def to_json(self) -> dict[str, object]:
        told = [{"place": text.place, "text": text.text} for text in (self.first, self.second)]
        return {"among": self.among, "cosine": self.cosine, "texts": told}

    def summary(self) -> str:
        """The pair in three lines."""
        return (
            f"{self.cosine:.4f} {self.among}\n  {self.first.place}: {self.first.text}\n"
            f"  {self.second.place}: {self.second.text}"
        )


def near_duplicates(shop: Shop, encoder: TextEncoder, progress: Progress, *, threshold: float = NEAR) -> list[Pair]:
    """The pairs with a cosine of at least `threshold`, nearest first. Raises FeedError."""
    pairs: list[Pair] = []
    groups = _grouped(_texts(shop))
    for number, (group, rows) in enumerate(groups.items()):
        progress(f"duplicates: {group}", number, len(groups))
        kind: Kind = "passage" if rows[0].group.startswith(("products", "sections")) else "query"
        vectors = encoder.encode([row.text for row in rows], kind=kind, max_tokens=_MAX_TOKENS)
        for i, j, cosine in _near(vectors, threshold):
            if not rows[i].family or rows[i].family != rows[j].family:
                pairs.append(Pair(_among(rows[i], rows[j]), cosine, rows[i], rows[j]))
    return sorted(pairs, key=lambda pair: (-pair.cosine, pair.among, pair.first.place))


def _texts(shop: Shop) -> Iterator[Text]:
    for file in (shop.intents_file, held_out_file(shop)):
        for row in numbered_utterances(file) if has_rows(file) else []:
            if isinstance(row, tuple):
                line, utterance = row
                place = f"{file.name}:{line} {utterance.label}"
                yield Text(f"utterances {utterance.language}", place, utterance.text, utterance.label)
    queries = shop.folder / "queries" / "queries.jsonl"
    for query in read_queries(queries) if has_rows(queries) else []:
        yield Text(f"queries {query.language}", query.query_id, query.text)
    for product in Catalogue.load(shop.catalogue_file):
        for language in shop.settings.languages:
            said = texts(product, language)
            family = product.parent_id or product.product_id
            text = f"{said.title}. {said.description}"
            yield Text(f"products {language}", product.product_id, text, family=family)
    for page in read_pages(shop.pages_folder)[0]:
        for section in page.sections:
            text = f"{section.heading}\n{section.text}".strip()
            yield Text(f"sections {page.language}", f"{page.path} § {section.heading}", text)


def _grouped(rows: Iterator[Text]) -> Mapping[str, Sequence[Text]]:
    groups: dict[str, list[Text]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    return groups


def _among(first: Text, second: Text) -> str:
    if not first.label:
        return first.group
    if ("held_out" in first.place) != ("held_out" in second.place):
        return f"{first.group}, held out"
    return f"{first.group}, {'within a label' if first.label == second.label else 'across labels'}"


def _near(vectors: Vectors, threshold: float) -> Iterator[tuple[int, int, float]]:
    """Rows i < j whose dot product is at least `threshold`."""
    for start in range(0, len(vectors), _BLOCK):
        cosines = vectors[start : start + _BLOCK] @ vectors[start:].T
        for i, j in zip(*np.nonzero(cosines >= threshold), strict=True):
            if i < j:
                yield start + int(i), start + int(j), round(float(cosines[i, j]), 4)
