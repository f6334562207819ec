"""The knowledge graph that joins catalogue and help pages, and the typed walk from a topic to the rule that holds."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import networkx as nx  # type: ignore[import-untyped]

from knowledge.disk import write_atomically
from knowledge.domain import Condition, HelpPage, Language, Op, Product, Rule, Terms, Topic, Translation, Value
from knowledge.errors import NotBuiltError
from knowledge.facts import condition_text, holds, plain_text, read_facts

if TYPE_CHECKING:
    from knowledge.catalogue import Catalogue

FORMAT = 1
Kind = Literal["product", "category", "brand", "page", "section", "question", "rule", "condition"]
Edge = Literal["is_in", "below", "made_by", "part_of", "asks", "states", "covers", "needs", "same_as"]
EDGES: Mapping[Edge, tuple[Kind, Kind]] = {
    "is_in": ("product", "category"),
    "below": ("category", "category"),
    "made_by": ("product", "brand"),
    "part_of": ("section", "page"),
    "asks": ("question", "section"),
    "states": ("section", "rule"),
    "covers": ("rule", "category"),
    "needs": ("rule", "condition"),
    "same_as": ("section", "section"),
}
CategoryPath = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SectionNode:
    """A section as it stands in one language. `number` counts the page's sections from 0, the same in all languages."""

    node_id: str
    page_id: str
    language: Language
    number: int
    title: str
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class RuleMatch:
    """A rule that holds, or with `missing_conditions` one that may: what it still depends on.

    `path` are the nodes walked: the category that let the rule in, its conditions, the rule.
    """

    rule: Rule
    path: tuple[str, ...]
    missing_conditions: tuple[Condition, ...] = ()


class ShopGraph:
    """Products, categories, brands, pages, sections, questions, rules and conditions, joined as EDGES says."""

    def __init__(self, graph: Any) -> None:
        self._graph = graph
        self._rules: dict[str, Rule] = {}
        self._by_topic: dict[Topic, list[str]] = {}
        self._sections: dict[str, SectionNode] = {}
        self._questions: dict[str, list[str]] = {}
        for node, fields in graph.nodes(data=True):
            if fields["kind"] == "rule":
                rule = _rule_from(fields["rule"])
                self._rules[node] = rule
                self._by_topic.setdefault(rule.topic, []).append(node)
            elif fields["kind"] == "section":
                self._sections[node] = SectionNode(node, *(fields[name] for name in SectionNode.__slots__[1:]))
            elif fields["kind"] == "question":
                (section,) = self._next(node, "asks")
                self._questions.setdefault(section, []).append(node)
        self._names = _category_names(
            {node: fields["names"] for node, fields in graph.nodes(data=True) if fields["kind"] == "category"}
        )

    @classmethod
    def build(cls, pages: Sequence[HelpPage], catalogue: "Catalogue") -> "ShopGraph":
        """Joins pages and catalogue. A rule's section is the section of its number, in every language of its page."""
        maker = _Maker()
        for product in catalogue.products:
            maker.add_product(product)
        for page in pages:
            maker.add_page(page)
        for page in pages:
            for rule in page.rules:
                maker.add_rule(rule)
        maker.pair_sections()
        return cls(maker.graph)

    def save(self, file: Path) -> None:
        """Writes node-link JSON; a reader sees the old file or the new one."""
        write_atomically(file, json.dumps(nx.node_link_data(self._graph, edges="edges"), ensure_ascii=False))

    @classmethod
    def load(cls, file: Path) -> "ShopGraph":
        """Raises NotBuiltError where the file is missing, damaged or of another version."""
        try:
            raw = json.loads(file.read_text("utf-8"))
            if raw["graph"]["format"] != FORMAT:
                raise NotBuiltError(
                    f"{file} has format {raw['graph']['format']}, this program reads {FORMAT}; build again"
                )
            return cls(nx.node_link_graph(raw, directed=True, multigraph=False, edges="edges"))
        except FileNotFoundError:
            raise NotBuiltError(f"{file}: not found; run 'shop-assistant build'") from None
        except (ValueError, KeyError, TypeError) as error:
            raise NotBuiltError(f"{file} is damaged ({error}); delete it and run 'shop-assistant build'") from error

    @property
    def terms(self) -> Terms:
        """The shop's own words for the values of conditions, of all pages."""
        return cast(Terms, self._graph.graph["terms"])

    def count(self, kind: Kind) -> int:
        """How many nodes of a kind there are."""
        return sum(fields["kind"] == kind for _, fields in self._graph.nodes(data=True))

    def sections(self, language: Language) -> list[SectionNode]:
        """The sections that say something, by a text or a rule, in a language and in order of the pages; of a page that
        lacks it, those of another language.
        """
        telling = [s for s in self._sections.values() if s.text or self._next(s.node_id, "states")]
        own = [s for s in telling if s.language == language]
        pages = {s.page_id for s in own}
        others: dict[str, Language] = {}
        for section in telling:
            if section.page_id not in pages:
                others.setdefault(section.page_id, section.language)
        return own + [s for s in telling if others.get(s.page_id) == s.language]

    def questions(self, language: Language) -> list[tuple[str, str, str]]:
        """(question node, its text, section node): each section's heading, then its other wordings."""
        return [
            (node, cast(str, self._graph.nodes[node]["text"]), section.node_id)
            for section in self.sections(language)
            for node in self._questions[section.node_id]
        ]

    def section(self, node_id: str) -> SectionNode:
        """Raises KeyError for what is no section."""
        return self._sections[node_id]

    def section_of(self, rule: Rule, language: Language) -> SectionNode:
        """The section that states a rule, in the language where the page has it."""
        places = [self._sections[node] for node in self._graph.predecessors(f"rule:{rule.rule_id}")]
        return min(places, key=lambda place: place.language != language)

    def rules_in(self, section: str) -> tuple[Rule, ...]:
        """The rules that a section states, in the order of the page."""
        return tuple(self._rules[node] for node in self._next(section, "states"))

    def category_name(self, category: CategoryPath, language: Language) -> str:
        """A category's path in a language, as "A > B"."""
        node = f"category:{' > '.join(category)}"
        names: Mapping[Language, list[str]] = self._graph.nodes[node]["names"] if node in self._graph else {}
        return " > ".join(names.get(language, category))

    def read_category(self, text: str) -> CategoryPath:
        """The category that a text names, in either language: the longest name, then the deeper one; () for none."""
        plain = plain_text(text)
        words = [_singular_word(word) for word in re.findall(r"[a-z0-9'&-]+", plain)]
        spaced = f" {' '.join(words)} "
        found = [name for name in self._names if (f" {name} " in spaced if name.isascii() else name in plain)]
        return self._names[max(found, key=lambda name: (len(name), len(self._names[name])))] if found else ()

    def read_facts(self, text: str, language: Language) -> dict[str, Value]:
        """The conditions that a text settles, with the shop's own terms; see knowledge.facts."""
        return read_facts(text, language, self.terms)

    def rules_for(self, topic: Topic, category: CategoryPath, facts: Mapping[str, Value]) -> list[RuleMatch]:
        """The rules on a topic that hold or may hold, the most special first; then those that still depend.

        A rule holds where its category is the given one, above it, or none, and all its conditions hold. Special means
        a deeper category, then more conditions, then the order of the page.
        """
        ancestors = {f"category:{' > '.join(category[:depth])}": depth for depth in range(1, len(category) + 1)}
        ranked: list[tuple[bool, int, int, RuleMatch]] = []
        for node in self._by_topic.get(topic, []):
            covered = self._next(node, "covers")
            reached = max((c for c in covered if c in ancestors), key=lambda c: ancestors[c], default="")
            if covered and not reached:
                continue
            rule = self._rules[node]
            verdicts = [holds(condition, facts) for condition in rule.conditions]
            if False in verdicts:
                continue
            missing = tuple(c for c, verdict in zip(rule.conditions, verdicts, strict=True) if verdict is None)
            path = (*([reached] if reached else []), *self._next(node, "needs"), node)
            depth = ancestors[reached] if reached else 0
            ranked.append((bool(missing), -depth, -len(rule.conditions), RuleMatch(rule, path, missing)))
        return [match for *_, match in sorted(ranked, key=lambda entry: entry[:3])]

    def condition_text(self, condition: Condition, language: Language) -> str:
        """A condition in the shopper's words."""
        return condition_text(condition, language, self.terms)

    def _next(self, node: str, edge: Edge) -> list[str]:
        return [after for _, after, fields in self._graph.out_edges(node, data=True) if fields["edge"] == edge]


class _Maker:
    """Adds nodes and edges, each edge checked against the table."""

    def __init__(self) -> None:
        self.graph = nx.DiGraph(format=FORMAT, terms={})

    def add_product(self, product: Product) -> None:
        node = self._node("product", product.product_id, title=product.title)
        if product.category:
            self._join(node, "is_in", self._category(product.category, product.translations))
        if product.brand:
            self._join(node, "made_by", self._node("brand", product.brand))

    def add_page(self, page: HelpPage) -> None:
        page_node = self._node("page", f"{page.page_id}:{page.language}", title=page.title)
        for number, section in enumerate(page.sections):
            place = f"{page.page_id}:{page.language}:{number}"
            node = self._node(
                "section",
                place,
                page_id=page.page_id,
                language=page.language,
                number=number,
                title=page.title,
                heading=section.heading,
                text=section.text,
            )
            self._join(node, "part_of", page_node)
            for i, text in enumerate(dict.fromkeys((section.heading, *section.questions))):
                self._join(self._node("question", f"{place}:{i}", text=text), "asks", node)
        for name, values in page.terms.items():
            for value, by_language in values.items():
                known = self.graph.graph["terms"].setdefault(name, {}).setdefault(value, {})
                for language, words in by_language.items():
                    known[language] = list(dict.fromkeys([*known.get(language, []), *words]))

    def add_rule(self, rule: Rule) -> None:
        node = self._node("rule", rule.rule_id, rule=_rule_to(rule))
        for category in rule.categories:
            self._join(node, "covers", self._category(category, {}))
        for condition in rule.conditions:
            value = "|".join(map(str, condition.value)) if isinstance(condition.value, tuple) else str(condition.value)
            name = f"{condition.name} {condition.op} {value}"
            self._join(node, "needs", self._node("condition", name))
        for language in ("en", "zh"):
            section = f"section:{rule.page_id}:{language}:{rule.section}"
            if section in self.graph:
                self._join(section, "states", node)

    def pair_sections(self) -> None:
        for node, fields in list(self.graph.nodes(data=True)):
            if fields["kind"] == "section":
                other = "zh" if fields["language"] == "en" else "en"
                twin = f"section:{fields['page_id']}:{other}:{fields['number']}"
                if twin in self.graph:
                    self._join(node, "same_as", twin)

    def _category(self, path: CategoryPath, translations: Mapping[Language, Translation]) -> str:
        """The node of a category, with those above it and their names in each language."""
        node = ""
        for depth in range(1, len(path) + 1):
            above, node = node, self._node("category", " > ".join(path[:depth]))
            names = self.graph.nodes[node].setdefault("names", {_language_of(path): list(path[:depth])})
            for language, translation in translations.items():
                if len(translation.category) == len(path):
                    names.setdefault(language, list(translation.category[:depth]))
            if above:
                self._join(node, "below", above)
        return node

    def _node(self, kind: Kind, name: str, **fields: object) -> str:
        node = f"{kind}:{name}"
        self.graph.add_node(node, kind=kind, **fields)
        return node

    def _join(self, start: str, edge: Edge, end: str) -> None:
        kinds = (self.graph.nodes[start]["kind"], self.graph.nodes[end]["kind"])
        if kinds != EDGES[edge]:
            raise TypeError(f"{edge} joins {EDGES[edge]}, not {kinds}: {start}, {end}")
        self.graph.add_edge(start, end, edge=edge)


def _rule_to(rule: Rule) -> dict[str, object]:
    return {
        "rule_id": rule.rule_id,
        "topic": rule.topic,
        "page_id": rule.page_id,
        "section": rule.section,
        "categories": [list(category) for category in rule.categories],
        "conditions": [
            [c.name, c.op, list(c.value) if isinstance(c.value, tuple) else c.value] for c in rule.conditions
        ],
        "outcome": dict(rule.outcome),
        "answers": dict(rule.answers),
    }


def _rule_from(fields: Mapping[str, Any]) -> Rule:
    return Rule(
        rule_id=fields["rule_id"],
        topic=fields["topic"],
        page_id=fields["page_id"],
        section=fields["section"],
        categories=tuple(tuple(category) for category in fields["categories"]),
        conditions=tuple(
            Condition(name, cast(Op, op), tuple(value) if isinstance(value, list) else value)
            for name, op, value in fields["conditions"]
        ),
        outcome=fields["outcome"],
        answers=fields["answers"],
    )


def _language_of(path: Iterable[str]) -> Language:
    return "zh" if re.search(r"[\u4e00-\u9fff]", " ".join(path)) else "en"


def _category_names(paths: Mapping[str, Mapping[Language, list[str]]]) -> dict[str, CategoryPath]:
    """What shoppers call the categories: the name, and its last word ("shoes", 跑鞋's 鞋) where only one ends so."""
    named: dict[str, set[CategoryPath]] = {}
    heads: dict[str, set[CategoryPath]] = {}
    for node, names in paths.items():
        path = tuple(node.removeprefix("category:").split(" > "))
        for language in names:
            own = _singular(plain_text(names[language][-1]))
            named.setdefault(own, set()).add(path)
            if len(path) > 1:
                parent = _singular(plain_text(names[language][-2]))
                named.setdefault(f"{parent} {own}" if own.isascii() else parent + own, set()).add(path)
            above = [_singular(plain_text(name)) for name in names[language][:-1]]
            tails = {own.split(" ")[-1], *(name for name in above if own.endswith(name))} - {own}
            for tail in tails:
                heads.setdefault(tail, set()).add(path)
    # A name that is also the end of just one narrower name means that one: "phones" are the smartphones of a shop.
    narrowed = {head: ends for head, ends in heads.items() if len(ends) == 1}
    chosen: dict[str, CategoryPath] = {}
    for name in [*named, *narrowed]:
        wider, narrower = named.get(name, set()), narrowed.get(name, set())
        if narrower and all(next(iter(narrower))[: len(path)] == path for path in wider):
            chosen[name] = next(iter(narrower))
        elif wider:
            chosen[name] = max(wider, key=len)
    return chosen


def _singular(name: str) -> str:
    """An English name without its words' plurals."""
    return " ".join(_singular_word(word) for word in name.split(" "))


def _singular_word(name: str) -> str:
    if name.endswith("ies") and len(name) > 4:
        return name[:-3] + "y"
    if name.endswith(("ches", "shes", "xes", "sses")):
        return name[:-2]
    return name[:-1] if name.endswith("s") and not name.endswith("ss") and len(name) > 3 else name
