"""How a new wish combines with the one in force."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from assistant.comparatives import read_dropped
from knowledge.domain import Constraint, ProductId, Reading, SessionState, Wish
from knowledge.lexicon import COLOURS
from knowledge.phrases import normalise

_MORE = re.compile(
    r"\b(?:show me more|(?:some )?more (?:options|choices|results|of these|please)|any more|anything else|"
    r"something (?:else|different)|"
    r"what else|other (?:options|ones|choices|models)|others|different ones|another (?:one|option)|not (?:these|"
    r"those|this one)|"
    r"none of (?:these|those|them)|see more|the rest)\b|^\W*(?:next|more)\W*$|"
    r"换一批|换一换|换一组|下一批|还有吗|还有没|还有别的|别的(?!颜色|牌子|品牌|尺寸|色)(?:有|呢|吗|款|看|$)|"
    r"其他的(?!不看)|其它的|再来(?:几|一)|更多|"
    r"都不(?:喜欢|好看|行|要)|再看看别|不是这种|不要这些"
)
_AFRESH = re.compile(
    r"\b(?:start (?:over|again|afresh)|new search|forget (?:it|that|everything|all))\b|重新(?:找|搜|来|开始)|从头"
)
_FILLERS = re.compile(
    r"\b(?:a|an|the|in|on|at|by|of|to|for|with|and|or|but|it|its|is|are|be|one|ones|that|this|these|those|them|"
    r"they|thing|stuff|"
    r"anything|something|everything|only|just|instead|then|now|same|like|what|which|how|about|else|more|less|other|"
    r"others|another|"
    r"different|show|see|give|find|make|go|let'?s|let|us|can|could|would|will|do|does|did|have|has|got|get|there|i|"
    r"me|my|we|you|"
    r"your|meant|mean|said|say|want|need|prefer|rather|sorry|please|ok|okay|yes|no|not|so|too|very|much|all|any|"
    r"some|next|option|"
    r"options|price|prices|budget|range|stay|sort|order|by|first|lowest|highest|cheap|cheaper|expensive|cheapest|"
    r"bigger|smaller|"
    r"larger|lighter|heavier|brighter|newer|longer|size|colour|color|brand|rating|rated|stock|available|up|down|"
    r"out|under|over|"
    r"narrow|take|drop|filter|swap|change|actually|really|also|well|hmm|oh|hey|hi|hello|thanks|half|it'?s|i'?m|"
    r"those'?re|still|"
    r"result|results|again|maybe|perhaps|bit|little|think|around|within|below|above|than|least|most|doesn'?t|"
    r"don'?t|care|matter)\b|"
    r"[的呢吧吗嘛啊呀哦了么]|看看|那种|这种|这些|那些|这个|那个|这款|那款|有没有?|还有|有|只要|只看|只|不要|不是|"
    r"我要|我|你|要|换成|换一批|换|"
    r"再来|再|还|来|几个|一下|一点|一些|点|些|便宜|贵|太|更|大|小|轻|重|亮|别的|其他|其它|颜色|价格|预算|牌子|品牌|"
    r"尺寸|款|个|就|也|都|"
    r"可以|能|行|好|给|看|说|是|刚才|剛剛|前面|里面|哪些|最好|想|另外|无所谓|随便|以内|左右|以上|以下|排|从低到高|"
    r"从高到低|按|"
    r"[\d\W_]"
)
_FRESH_INTENT = "find_product"


def merge(state: SessionState, reading: Reading, intent: str) -> Wish:
    """The wish that is in force after this utterance.

    Another category, or a fresh wish in words without one, starts anew. Otherwise constraints replace those of the
    same field, refusals add up, what the shopper gives up goes, and "more" leaves out what was shown.
    """
    new, old = reading.wish, state.wish
    if old is None or _AFRESH.search(normalise(reading.utterance)) or _starts_anew(old, reading, intent):
        return replace(new, language=reading.language)
    dropped = read_dropped(reading.utterance, old.constraints)
    kept = [c for c in old.constraints if c.field not in dropped and not _is_replaced(c, new.constraints)]
    constraints = tuple(dict.fromkeys((*kept, *new.constraints)))
    more = bool(_MORE.search(normalise(reading.utterance)))
    changed = set(constraints) != set(old.constraints)
    return Wish(
        text=_joined(old, new, [c for c in old.constraints if c not in constraints]),
        language=reading.language,
        constraints=constraints,
        sort=new.sort or old.sort,
        exclude=_excluded(() if changed else old.exclude, state.shown if more else ()),
    )


_FOLLOWS = re.compile(
    r"^\W*(?:and|or|what about|how about|what if|but what|ok(?:ay)? and)\b|^\W*(?:那|要是|如果是?)|呢\W*$",
    re.IGNORECASE,
)
_FOLLOWS_WORDS = 6


def follows_up(utterance: str) -> bool:
    """Whether a short utterance leans on the turn before: "and unopened ones?", 没拆封的呢？"""
    plain = normalise(utterance)
    n_words = len(re.findall(r"[a-z\d']+", plain)) + len(re.findall(r"[\u4e00-\u9fff]", plain)) / 2
    return n_words <= _FOLLOWS_WORDS and bool(_FOLLOWS.search(plain))


def content_words(text: str) -> str:
    """What is left of a text without the words that only steer the conversation."""
    return " ".join(_FILLERS.sub(" ", normalise(text)).split())


def _starts_anew(old: Wish, reading: Reading, intent: str) -> bool:
    new = reading.wish
    category = _categories(new.constraints)
    if category:
        before = _categories(old.constraints)
        return not before or not all(any(_is_nested(a, b) for b in before) for a in category)
    if intent != _FRESH_INTENT or _MORE.search(normalise(reading.utterance)) or follows_up(reading.utterance):
        return False
    return bool(content_words(_MEASURE.sub(" ", _without_values(new.text, new.constraints))))


_MEASURE = re.compile(r"\d+(?:\.\d+)?\s?[a-z\"]{0,3}(?![a-z])", re.IGNORECASE)


def _categories(constraints: Iterable[Constraint]) -> list[str]:
    found: list[str] = []
    for constraint in constraints:
        if constraint.field == "category" and constraint.op in ("eq", "in"):
            found += [constraint.value] if isinstance(constraint.value, str) else _texts(constraint.value)
    return found


def _texts(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, tuple) else [str(value)]


def _is_nested(path: str, other: str) -> bool:
    return path == other or path.startswith(other + " > ") or other.startswith(path + " > ")


def _is_replaced(old: Constraint, new: Sequence[Constraint]) -> bool:
    """Numbers replace numbers of their field; a wished value replaces values; a refused one its contrary."""
    for constraint in new:
        if constraint.field != old.field:
            continue
        if constraint.op != "ne":
            return old.op != "ne" or bool(set(_texts(old.value)) & set(_texts(constraint.value)))
        if old.op != "ne" and set(_texts(constraint.value)) & set(_texts(old.value)):
            return True
    return False


def _joined(old: Wish, new: Wish, gone: Sequence[Constraint]) -> str:
    """The old words without values that hold no more, and what the new ones add to them."""
    text = _without_values(old.text, gone)
    added = content_words(_without_values(new.text, new.constraints))
    return text if not added or added in normalise(text) else f"{text} {new.text}".strip()


def _without_values(text: str, constraints: Sequence[Constraint]) -> str:
    words: set[str] = set()
    for constraint in constraints:
        for value in _texts(constraint.value) if not isinstance(constraint.value, float) else ():
            base = next((ways for ways in COLOURS.values() if value.lower() in ways), ())
            words |= {value.lower(), *base}
    for word in sorted(words, key=len, reverse=True):
        pattern = rf"\b{re.escape(word)}\b" if word.isascii() else re.escape(word)
        text = re.sub(pattern, " ", text, flags=re.IGNORECASE)
    return " ".join(text.split())


def _excluded(before: Sequence[ProductId], shown: Sequence[ProductId]) -> tuple[ProductId, ...]:
    return tuple(dict.fromkeys((*before, *shown)))
