"""No text that a shopper can send keeps a reader busy: each takes 20,000 characters in under half a second."""

import time
from collections.abc import Callable, Mapping

import pytest

from assistant.asks import split_asks
from assistant.attributes import asked_about
from assistant.comparatives import read_comparatives, read_dropped
from assistant.dialogue import content_words, follows_up, merge
from assistant.masking import mask
from assistant.naming import Names
from assistant.proof import find_order_id, is_code, read_claims, without_proof
from assistant.references import read_references
from assistant.tone import is_angry
from assistant.wishes import WishReading, names_terms, read_wish, seeks_products
from knowledge.catalogue import Catalogue
from knowledge.domain import Constraint, Found, IntentReading, Reading, SessionState, Wish
from knowledge.facts import read_facts
from knowledge.vocabulary import Vocabulary

IN_FORCE = (Constraint("price", "lt", 5.0), Constraint("colour", "eq", "red"))
PARTS = (
    *("1", "1 ", "1,", "1.", "1-2", "a-", "a", "a@a.", " ", "\n", "\t", "  ,", "?", "'s ", "any x"),
    *("一", "百", "半", "有了", "用了", "第一", "这", "非", "三个", "预算A百", "1,和"),
    *("only ", "hundred and ", "red ", "the red ", "is ", "budget is ", "1 days per ", "laptop ", "without "),
    *("order 70001 ", "3 days ago ", "between 1 and 2 ", "took out of the box "),
)


class _NothingFound:
    def search(self, wish: Wish, k: int) -> Found:
        return Found(())


@pytest.fixture(scope="module")
def readers(catalogue: Catalogue) -> Mapping[str, Callable[[str], object]]:
    vocabulary = Vocabulary.from_catalogue(catalogue, ("en", "zh"))
    shown = catalogue.products[:3]
    state = SessionState(wish=Wish("kettle", "en", IN_FORCE), shown=tuple(product.product_id for product in shown))

    def reading(text: str) -> Reading:
        return Reading(text, "en", IntentReading("find_product", 0.9, True, 1.0), Wish(text, "en"))

    return {
        "asks": split_asks,
        "wish": lambda text: read_wish(text, "en", vocabulary, "USD"),
        "wish within": lambda text: read_wish(text, "zh", vocabulary, "USD", ("Computers", "Laptops")),
        "comparatives": lambda text: read_comparatives(text, vocabulary, shown),
        "dropped": lambda text: read_dropped(text, IN_FORCE),
        "references": lambda text: read_references(text, shown, WishReading((), None, "", ()), vocabulary),
        "terms": names_terms,
        "seeks": seeks_products,
        "tone": is_angry,
        "merge": lambda text: merge(state, reading(text), "find_product"),
        "follow-up": follows_up,
        "content": content_words,
        "asked about": asked_about,
        "order": lambda text: (read_claims(text, "T-1"), find_order_id(text), is_code(text), without_proof(text)),
        "facts": lambda text: read_facts(text, "en", {}),
        "mask": mask,
        "names": lambda text: Names(catalogue, _NothingFound()).each(text, "en", plain=True),
    }


@pytest.mark.parametrize("part", PARTS)
def test_no_reader_is_slow_on_any_text(readers: Mapping[str, Callable[[str], object]], part: str) -> None:
    text = (part * 20_000)[:20_000]
    took: dict[str, float] = {}

    for name, read in readers.items():
        start = time.process_time()
        read(text)
        took[name] = time.process_time() - start

    assert {name: seconds for name, seconds in took.items() if seconds > 0.5} == {}
