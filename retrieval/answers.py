"""From a question to an answer of the help pages: the section that answers it, then the rule that holds in the case."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import get_args

import numpy as np

from knowledge.disk import write_atomically
from knowledge.domain import Answer, Citation, Language, Rule, Topic, Value
from knowledge.errors import NotBuiltError
from knowledge.facts import condition_name
from knowledge.graph import RuleMatch, SectionNode, ShopGraph
from knowledge.language import simplify
from knowledge.windows import window_text
from retrieval.entries import (
    Entry,
    EntryIndex,
    Floats,
    Progress,
    SentenceEncoder,
    Shares,
    encode_entries,
    entry_texts,
    fit_shares,
    fit_threshold,
    leave_out,
)
from retrieval.ruling import Ruling

FORMAT = 1
FILE = "answers.json"
LANGUAGES: tuple[Language, ...] = get_args(Language)
WHOLE_SECTION = 700  # characters; a longer section is answered by its best passage
PASSAGE = 450  # characters of such a passage at most, whole sentences
TOPIC_BONUS = 1.0  # standard deviations of the scores that the topic of the intent is worth
OFF_TOPIC = 0.5  # standard deviations by which the nearest section must be surer when it is on another topic
SAME_MATTER = 1.0  # standard deviations below the best section where another's rule may still speak
N_QUESTIONS = 16  # questions whose vectors are kept
ENOUGH_OUTSIDE = 20  # out-of-scope utterances that a threshold can be fitted on

_TOPIC_ZH: Mapping[Topic, str] = {
    "return": "退货",
    "exchange": "换货",
    "delivery": "配送",
    "warranty": "保修",
    "payment": "付款",
    "cancel": "取消或修改订单",
    "voucher": "优惠",
    "store": "门店",
    "account": "账户",
}
_STEP_ZH = {
    "question": "问题",
    "topic": "主题",
    "category": "类别",
    "condition": "条件",
    "period over": "期限已过",
    "rule": "规则",
    "page": "页面",
    "depends on": "还取决于",
}
_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")


@dataclass(frozen=True, slots=True)
class Fitted:
    """What was fitted for a language: the mix of the score, the threshold of knowing, a score's usual spread."""

    shares: Shares
    threshold: float
    spread: float


@dataclass(frozen=True, slots=True)
class _Language:
    encoder: SentenceEncoder | None
    sections: tuple[SectionNode, ...]
    index: EntryIndex
    fitted: Fitted


class Answerer:
    """Answers from the graph. One for all languages; safe to use from many threads."""

    def __init__(self, graph: ShopGraph, languages: Mapping[Language, _Language]) -> None:
        self._graph = graph
        self._languages = languages
        # A turn asks the same more than once: of an order in each state, on a topic and on none.
        self._vector = lru_cache(maxsize=N_QUESTIONS)(self._encoded)

    @classmethod
    def load(
        cls,
        folder: Path,
        graph: ShopGraph,
        encoders: Mapping[Language, SentenceEncoder],
        languages: Sequence[Language] = LANGUAGES,
    ) -> "Answerer":
        """Loads what answers in `languages`.

        Raises NotBuiltError where the folder is missing, damaged, or made of other pages or encoders.
        """
        stored = _read(folder)
        parts: dict[Language, _Language] = {}
        for language in languages:
            entries, sections = _entries(graph, language)
            encoder = _encoder_for(language, encoders)
            fields = stored.get(language)
            if fields is None or list(fields.keys) != _keys(entries, encoder):
                raise NotBuiltError(f"{folder / FILE} was made of other pages or weights; run 'shop-assistant build'")
            index = EntryIndex.of(entries, language, fields.vectors)
            parts[language] = _Language(encoder, sections, index, fields.fitted)
        return cls(graph, parts)

    def threshold(self, language: Language) -> float:
        """The score from which an answer counts as known."""
        return self._languages[language].fitted.threshold

    def entries(self, language: Language) -> tuple[EntryIndex, Shares]:
        """The entries of a language, a section each in the order of `ShopGraph.sections`, and how scores are mixed."""
        part = self._languages[language]
        return part.index, part.fitted.shares

    def answer(
        self,
        question: str,
        language: Language,
        *,
        category: tuple[str, ...] = (),
        facts: Mapping[str, Value] | None = None,
        topic: Topic | None = None,
        vector: Floats | None = None,
        elsewhere: bool = False,
    ) -> Answer:
        """The answer, with the path walked and where it stands; not `known` below the threshold of the language.

        The category and facts of the question itself are read. `category` is what is talked about, and counts where
        the question names none or a wider one; `facts` (of an order, say) count above those read. `topic` prefers
        sections, it does not make an answer known: the score is that of the nearest section, which must be higher where
        that one is on another topic. `elsewhere` asks the same of `category` whatever the question names: "and tents?"
        `vector` saves encoding: the question as a query by this language's encoder.
        """
        part = self._languages[language]
        if not part.sections:
            return Answer("", known=False, score=0.0)
        question = simplify(question)  # the encoder knows both ways of writing, but the pages are written in one
        vector = self._vector(question, language) if vector is None else vector
        scores = part.index.signals(question, vector).mix(part.fitted.shares)
        on_topic = self._on_topic(part, topic)
        ranked = scores + TOPIC_BONUS * part.fitted.spread * on_topic
        best = int(np.argmax(ranked))
        score = float(scores.max())
        section = part.sections[best]
        strays = topic is not None and not on_topic[int(np.argmax(scores))]
        if score < part.fitted.threshold + (OFF_TOPIC * part.fitted.spread if strays else 0.0):
            return Answer("", known=False, score=score, citations=(_citation(section),))

        category = category if elsewhere else _more_telling(self._graph.read_category(question), category)
        said = self._graph.read_facts(question, language)
        known = {**said, **(facts or {})}
        near = {
            place.node_id
            for i, place in enumerate(part.sections)
            if ranked[i] >= ranked[best] - SAME_MATTER * part.fitted.spread
        }
        ruling = Ruling(self._graph, section, category, known)
        choice = ruling.choose(near, said.keys())
        match = choice.match
        asked = part.index.nearest_question(best, question, vector, part.fitted.shares)
        if match is None:
            text = _stand_alone(section.text, part.index.best_passage(best, question, vector, part.fitted.shares))
            if not text:  # its rules are for other cases, and it says nothing beside them
                return Answer("", known=False, score=score, citations=(_citation(section),))
            depends = tuple(dict.fromkeys(c.name for rule in choice.still_open for c in rule.missing_conditions))
            path = self._path(asked, section, None, depends, language)
            return Answer(text, True, score, (_citation(section),), path, section.node_id)
        place = self._graph.section_of(match.rule, language)
        over = window_text(match.rule, language) if choice.is_over else ""
        path = self._path(asked, place, match, (), language, over)
        text = match.rule.answers.get(language) or next(iter(match.rule.answers.values()))
        if over:
            text = self._over_text(text, over, ruling.longer(match.rule), language)
        return Answer(text, True, score, (_citation(place),), path, f"rule:{match.rule.rule_id}", match.rule)

    def _encoded(self, question: str, language: Language) -> Floats | None:
        encoder = self._languages[language].encoder
        return encoder.encode([question])[0] if encoder else None

    def _on_topic(self, part: _Language, topic: Topic | None) -> Floats:
        on_topic = [topic in {rule.topic for rule in self._graph.rules_in(s.node_id)} for s in part.sections]
        return np.array(on_topic, np.float32)

    def _over_text(self, text: str, over: str, longer: Sequence[Rule], language: Language) -> str:
        """That the time of a rule is over, the rule, and for what else there is more time."""
        said = [(self._case(rule, language), window_text(rule, language)) for rule in longer]
        if language == "zh":
            more = "；".join(f"{case}（{time}）" for case, time in said)
            return f"{over}的期限已经过了。规则是：“{text}”" + (f"期限更长的有：{more}。" if more else "")
        more = "; ".join(f"{case} ({time})" for case, time in said)
        told = f"The period of {over} is over. The rule: “{text}”"
        return told + (f" More time is given for: {more}." if more else "")

    def _case(self, rule: Rule, language: Language) -> str:
        """What a rule is for, by its categories and conditions."""
        categories = [self._graph.category_name(path, language).split(" > ")[-1] for path in rule.categories]
        conditions = [self._graph.condition_text(condition, language) for condition in rule.conditions]
        return ("、" if language == "zh" else ", ").join([*categories, *conditions])

    def _path(
        self,
        asked: str,
        section: SectionNode,
        match: RuleMatch | None,
        depends: Sequence[str],
        language: Language,
        over: str = "",
    ) -> tuple[str, ...]:
        steps = [("question", asked)]
        stated = (match.rule,) if match else self._graph.rules_in(section.node_id)
        for topic in dict.fromkeys(rule.topic for rule in stated):
            steps.append(("topic", _TOPIC_ZH[topic] if language == "zh" else topic))
        if match:
            reached = [node.removeprefix("category:") for node in match.path if node.startswith("category:")]
            steps += [("category", self._graph.category_name(tuple(c.split(" > ")), language)) for c in reached]
            steps += [("condition", self._graph.condition_text(c, language)) for c in match.rule.conditions]
            steps += [("period over", over)] if over else []
            steps.append(("rule", match.rule.rule_id))
        steps += [("depends on", condition_name(name, language)) for name in depends]
        steps.append(("page", f"{section.title} § {section.heading}"))
        return tuple(f"{_STEP_ZH[step]}：{said}" if language == "zh" else f"{step}: {said}" for step, said in steps)


def build_answerer(
    graph: ShopGraph,
    encoders: Mapping[Language, SentenceEncoder],
    folder: Path,
    out_of_scope: Mapping[Language, Sequence[str]],
    previous: Path | None = None,
    progress: Progress = lambda done, of: None,
) -> Answerer:
    """Encodes the pages' questions and passages, fits the score's mix and threshold, and saves into `folder`.

    Fitted on the shop's own pages alone: each known question is asked as if it were not known. What must stay unknown
    are the `out_of_scope` utterances, and where these are few each question with its own page taken away: a stricter
    stand-in, for what the pages leave out is nearer to them than what is out of scope. Vectors of texts that did not
    change are taken from `previous`, an answers folder of before.
    """
    old = _read_or_nothing(previous)
    vectors_of = {key: row for part in old.values() for key, row in zip(part.keys, part.vectors, strict=True)}
    languages: dict[Language, _Language] = {}
    stored: dict[Language, _Stored] = {}
    for language in LANGUAGES:
        entries, sections = _entries(graph, language)
        encoder = _encoder_for(language, encoders)
        keys = _keys(entries, encoder)
        vectors = encode_entries(entries, keys, encoder, vectors_of, progress)
        vectors_of |= zip(keys, vectors, strict=True)
        index = EntryIndex.of(entries, language, vectors)
        fitted = _fit(index, sections, encoder, out_of_scope.get(language, ()))
        languages[language] = _Language(encoder, sections, index, fitted)
        stored[language] = _Stored(tuple(keys), vectors, fitted)
    _write(folder, stored)
    return Answerer(graph, languages)


# ------------------------------------------------------------------ entries and their vectors


def _entries(graph: ShopGraph, language: Language) -> tuple[list[Entry], tuple[SectionNode, ...]]:
    questions: dict[str, list[str]] = {}
    for _, text, place in graph.questions(language):
        questions.setdefault(place, []).append(text)
    sections = tuple(graph.sections(language))
    entries = []
    for section in sections:
        answers = [rule.answers[language] for rule in graph.rules_in(section.node_id) if language in rule.answers]
        # A heading says what its prose takes for granted ("Who pays?"), so each passage is read below its own.
        about = f"{section.title}: {section.heading} "
        passages = tuple(about + text for text in dict.fromkeys([*_passages(section.text), *answers]))
        entries.append(Entry(section.node_id, tuple(questions[section.node_id]), passages))
    return entries, sections


def _keys(entries: Sequence[Entry], encoder: SentenceEncoder | None) -> list[str]:
    maker = encoder.fingerprint if encoder else "words"
    return [hashlib.sha256(f"{maker}\0{kind}\0{text}".encode()).hexdigest()[:32] for kind, text in entry_texts(entries)]


def _encoder_for(language: Language, encoders: Mapping[Language, SentenceEncoder]) -> SentenceEncoder | None:
    return encoders.get(language) or next(iter(encoders.values()), None)


# ------------------------------------------------------------------ fitting


def _fit(
    index: EntryIndex, sections: Sequence[SectionNode], encoder: SentenceEncoder | None, out_of_scope: Sequence[str]
) -> Fitted:
    left_out = leave_out(index)
    shares = fit_shares(left_out) if encoder else Shares(words=1.0)
    if not len(left_out.owners):
        return Fitted(shares, 0.0, 0.0)
    scores = np.stack([signals.mix(shares) for signals in left_out.signals])  # (questions, sections)
    pages = np.array([section.page_id for section in sections])
    own_page = pages[left_out.owners][:, None] == pages[None, :]
    elsewhere = np.where(own_page, -1.0, scores).max(1) if len(set(pages.tolist())) > 1 else np.zeros(0)
    vectors = encoder.encode(list(out_of_scope)) if encoder and out_of_scope else [None] * len(out_of_scope)
    strange = [float(index.signals(t, v).mix(shares).max()) for t, v in zip(out_of_scope, vectors, strict=True)]
    outside = np.array(strange if len(strange) >= ENOUGH_OUTSIDE else [*strange, *elsewhere], np.float32)
    return Fitted(shares, fit_threshold(scores.max(1), outside), float(scores.std(1).mean()))


# ------------------------------------------------------------------ files


@dataclass(frozen=True, slots=True)
class _Stored:
    keys: tuple[str, ...]
    vectors: Floats
    fitted: Fitted


def _write(folder: Path, stored: Mapping[Language, _Stored]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for language, part in stored.items():
        np.save(folder / f"answers-{language}.npy", part.vectors)
    languages = {name: {"keys": part.keys, **asdict(part.fitted)} for name, part in stored.items()}
    write_atomically(folder / FILE, json.dumps({"format": FORMAT, "languages": languages}))


def _read_or_nothing(folder: Path | None) -> dict[Language, _Stored]:
    try:
        return _read(folder) if folder else {}
    except NotBuiltError:
        return {}


def _read(folder: Path) -> dict[Language, _Stored]:
    file = folder / FILE
    try:
        raw = json.loads(file.read_text("utf-8"))
        if raw["format"] != FORMAT:
            raise NotBuiltError(f"{file} has format {raw['format']}, this program reads {FORMAT}; build again")
        return {
            language: _Stored(
                tuple(fields["keys"]),
                np.load(folder / f"answers-{language}.npy", allow_pickle=False),
                Fitted(Shares(**fields["shares"]), fields["threshold"], fields["spread"]),
            )
            for language, fields in raw["languages"].items()
        }
    except FileNotFoundError as error:
        raise NotBuiltError(f"{error.filename}: not found; run 'shop-assistant build'") from None
    except (ValueError, KeyError, TypeError, AttributeError, EOFError) as error:
        raise NotBuiltError(f"{file} is damaged ({error}); delete {folder} and run 'shop-assistant build'") from error


# ------------------------------------------------------------------ rules and texts


def _more_telling(read: tuple[str, ...], given: tuple[str, ...]) -> tuple[str, ...]:
    """The category that the question names, or the given one where that is below it or none is named."""
    return given if given[: len(read)] == read else read


def _citation(section: SectionNode) -> Citation:
    return Citation(section.page_id, section.title, section.heading)


def _stand_alone(text: str, passage: str) -> str:
    """A section's text, or of a long one the run of sentences with which the nearest passage ends."""
    runs = _passages(text)
    return next((run for run in runs if passage.endswith(run)), runs[0]) if runs else ""


def _passages(text: str) -> list[str]:
    """A section whole, or in runs of whole sentences that do not cross a paragraph where it is long."""
    if len(text) <= WHOLE_SECTION:
        return [text] if text else []
    runs: list[str] = []
    for paragraph in filter(None, (p.strip() for p in re.split(r"\n\s*\n", text))):
        run = ""
        for match in re.finditer(rf"[\s\S]+?(?:{_SENTENCE.pattern}|$)", paragraph):
            if run and len(run) + len(match.group()) > PASSAGE:
                runs.append(run.strip())
                run = ""
            run += match.group()
        runs.append(run.strip())
    return runs
