"""Which rule holds in a case: the most special one of the section, an exception elsewhere, or that its time is over."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from knowledge.domain import Rule, Topic, Value
from knowledge.facts import holds
from knowledge.graph import CategoryPath, RuleMatch, SectionNode, ShopGraph
from knowledge.windows import is_over, window

_MATTERS = frozenset({"allowed", "days", "hours", "months", "fee", "who_pays"})
_NOT_SPECIAL = (0, 0, True, 0)
_BOUND_BY_STANDARD: frozenset[Topic] = frozenset({"warranty"})
"""Topics on which what is allowed is so within the standard's time: a repair within the warranty."""

Rank = tuple[int, int, bool, int]


@dataclass(frozen=True, slots=True)
class Choice:
    """The rule that answers, and the section's rules that are left open.

    `is_over`: the rule allows something for a time that has passed, and no rule of the shop says what then holds.
    """

    match: RuleMatch | None
    still_open: tuple[RuleMatch, ...]
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Ruling:
    """The case: a section that a question is nearest to, the category and the facts that are known."""

    graph: ShopGraph
    section: SectionNode
    category: CategoryPath
    facts: Mapping[str, Value]

    def choose(self, near: Set[str], said: Set[str]) -> Choice:
        """The rule that answers.

        The section's own most special rule answers, unless a rule on the same topic elsewhere is more special and
        settles the same matter: an exception that the shop wrote down in another section. That one must be in a section
        almost as `near`, or hold because of facts that the question itself `said`. Of rules that are as special as each
        other the one goes first that differs from the standard. Where the time of the chosen one is over, a rule for
        what comes too late answers.
        """
        stated = self.graph.rules_in(self.section.node_id)
        own_ids = {rule.rule_id for rule in stated}
        chosen: RuleMatch | None = None
        rank: Rank = (-1, 0, False, 0)
        still_open: list[RuleMatch] = []
        for topic in dict.fromkeys(rule.topic for rule in stated):
            matches = self.graph.rules_for(topic, self.category, self.facts)
            holding = [match for match in matches if not match.missing_conditions]
            standard = _standard(holding)
            still_open += [m for m in matches if m.missing_conditions and m.rule.rule_id in own_ids]
            for match in (m for m in holding if m.rule.rule_id in own_ids):
                if (own_rank := _rank(match, standard)) > rank:
                    chosen, rank = match, own_rank
            for match in (m for m in holding if m.rule.rule_id not in own_ids):
                other_rank = _rank(match, standard)
                if other_rank <= max(rank, _NOT_SPECIAL) or self._adds_nothing(match, chosen):
                    continue
                shared = _shared_matters(match, chosen, stated)
                named = {condition.name for condition in match.rule.conditions}
                by_words = bool(named) and named <= said and shared != {"days"}
                if named == {"days"}:  # a mere number of days is about whatever has a time
                    by_words &= "days" in shared
                if shared and (by_words or self._is_near(match.rule, near)):
                    chosen, rank = match, other_rank
        if chosen is None:
            return Choice(None, tuple(still_open))
        return self._settled(chosen, tuple(still_open))

    def longer(self, rule: Rule) -> list[Rule]:
        """The more special rules beside one whose time is over that allow it for longer, and may hold."""
        section = self.graph.section_of(rule, self.section.language)
        others = self.graph.rules_in(section.node_id)
        return [
            r for r in others if self._may_hold(r) > self._may_hold(rule) and not is_over(r, self.facts) and window(r)
        ]

    def _may_hold(self, rule: Rule) -> tuple[int, int]:
        """How special a rule would be if it held for the category or one below it; (-1, 0) where it cannot."""
        depths = [len(c) for c in rule.categories if all(a == b for a, b in zip(c, self.category, strict=False))]
        if (rule.categories and not depths) or any(holds(c, self.facts) is False for c in rule.conditions):
            return -1, 0
        return max(depths, default=0), len(rule.conditions)

    def _adds_nothing(self, other: RuleMatch, chosen: RuleMatch | None) -> bool:
        """Whether the other rule forbids anyway what was allowed for a time that is over."""
        never = _forbids(other.rule) and not _is_too_late(other.rule)
        return never and chosen is not None and is_over(chosen.rule, self.facts)

    def _settled(self, chosen: RuleMatch, still_open: tuple[RuleMatch, ...]) -> Choice:
        matches = self.graph.rules_for(chosen.rule.topic, self.category, self.facts)
        holding = [match for match in matches if not match.missing_conditions]
        bound = chosen
        if chosen.rule.topic in _BOUND_BY_STANDARD and chosen.rule.outcome.get("allowed") and not window(chosen.rule):
            bound = _standard(holding) or chosen
        if not is_over(bound.rule, self.facts):
            return Choice(chosen, still_open)
        named = {condition.name for condition in bound.rule.conditions}

        def nearness(late: RuleMatch) -> tuple[int, bool]:
            shared = named & {condition.name for condition in late.rule.conditions}
            return len(shared), (late.rule.page_id, late.rule.section) == (bound.rule.page_id, bound.rule.section)

        late = [m for m in holding if _forbids(m.rule) and _is_too_late(m.rule) and any(nearness(m))]
        if not late:
            return Choice(bound, still_open, is_over=True)
        return Choice(max(late, key=lambda m: (nearness(m), _specificity(m))), still_open)

    def _is_near(self, rule: Rule, near: Set[str]) -> bool:
        return self.graph.section_of(rule, self.section.language).node_id in near


def _standard(holding: Sequence[RuleMatch]) -> RuleMatch | None:
    """The rule for the category with a time and no conditions, of which the others are exceptions."""
    return next((m for m in holding if not m.rule.conditions and window(m.rule) is not None), None)


def _rank(match: RuleMatch, standard: RuleMatch | None) -> Rank:
    own, usual = window(match.rule), window(standard.rule) if standard else None
    depth, n_conditions, n_states = _specificity(match)
    return depth, n_conditions, _forbids(match.rule) or own not in (None, usual), n_states


def _forbids(rule: Rule) -> bool:
    return rule.outcome.get("allowed") is False


def _is_too_late(rule: Rule) -> bool:
    return any(condition.name == "days" and condition.op in ("ge", "gt") for condition in rule.conditions)


def _specificity(match: RuleMatch) -> tuple[int, int, int]:
    """Depth of the category, conditions, and those of them that name a state: it says more than a bound on days."""
    depth = max((node.count(" > ") + 1 for node in match.path if node.startswith("category:")), default=0)
    conditions = match.rule.conditions
    return depth, len(conditions), sum(not isinstance(condition.value, float | int) for condition in conditions)


def _shared_matters(other: RuleMatch, own: RuleMatch | None, stated: tuple[Rule, ...]) -> set[str]:
    """What another section's rule settles of what this section does; nothing where this one says whether and it not."""
    here = _matters((own.rule,) if own else stated)
    there = _matters((other.rule,))
    return here & there if "allowed" not in here or "allowed" in there else set()


def _matters(rules: tuple[Rule, ...]) -> set[str]:
    return {name for rule in rules for name in rule.outcome} & _MATTERS
