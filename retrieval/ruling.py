"""Which rule holds in a case: the most special one of the section, or an exception that stands elsewhere."""

from collections.abc import Mapping, Set
from dataclasses import dataclass

from knowledge.domain import Rule, Value
from knowledge.graph import CategoryPath, RuleMatch, SectionNode, ShopGraph

_MATTERS = frozenset({"allowed", "days", "hours", "months", "fee", "who_pays"})
_NOT_SPECIAL = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Ruling:
    """The case: a section that a question is nearest to, the category and the facts that are known."""

    graph: ShopGraph
    section: SectionNode
    category: CategoryPath
    facts: Mapping[str, Value]

    def choose(self, near: Set[str], said: Set[str]) -> tuple[RuleMatch | None, list[RuleMatch]]:
        """The rule that answers, and the section's rules that are left open.

        The section's own most special rule answers, unless a rule on the same topic elsewhere is more special and
        settles the same matter: an exception that the shop wrote down in another section. That one must be in a section
        almost as `near`, or hold because of facts that the question itself `said`.
        """
        stated = self.graph.rules_in(self.section.node_id)
        own_ids = {rule.rule_id for rule in stated}
        chosen: RuleMatch | None = None
        rank = (-1, 0, 0)
        still_open: list[RuleMatch] = []
        for topic in dict.fromkeys(rule.topic for rule in stated):
            matches = self.graph.rules_for(topic, self.category, self.facts)
            holding = [match for match in matches if not match.missing_conditions]
            still_open += [m for m in matches if m.missing_conditions and m.rule.rule_id in own_ids]
            for match in (m for m in holding if m.rule.rule_id in own_ids):
                if (own_rank := _specificity(match)) > rank:
                    chosen, rank = match, own_rank
            for match in (m for m in holding if m.rule.rule_id not in own_ids):
                other_rank = _specificity(match)
                if other_rank <= max(rank, _NOT_SPECIAL):
                    continue
                shared = _shared_matters(match, chosen, stated)
                named = {condition.name for condition in match.rule.conditions}
                by_words = bool(named) and named <= said and shared != {"days"}
                if shared and (by_words or self._is_near(match.rule, near)):
                    chosen, rank = match, other_rank
        return chosen, still_open

    def _is_near(self, rule: Rule, near: Set[str]) -> bool:
        return self.graph.section_of(rule, self.section.language).node_id in near


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
