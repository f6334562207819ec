"""Help pages of every kind: read from their files, their rules checked against the terms of all."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from knowledge.domain import HelpPage, Language, RowProblem, Rule, Terms
from knowledge.errors import FeedError
from knowledge.feeds.rows import RowError
from knowledge.markdown_pages import read_markdown
from knowledge.outlines import PageDraft, draft_of
from knowledge.page_files import is_markdown, page_files, read_source
from knowledge.return_policies import Policy, policy_drafts
from knowledge.rules import ConditionValues, read_rule

PageKey: TypeAlias = tuple[str, Language]


@dataclass(frozen=True, slots=True)
class PageFile:
    """What one file holds: its own pages, one for each language, and those that its return policies make."""

    pages: tuple[HelpPage, ...]
    policy_pages: tuple[HelpPage, ...]
    problems: tuple[RowProblem, ...]


def read_pages(folder: Path) -> tuple[list[HelpPage], list[RowProblem]]:
    """The help pages below a folder, by path, and what of them was left out. No folder means no pages.

    The return policies of all files make one page, the last.
    """
    drafts: dict[PageKey, PageDraft] = {}
    policies: list[Policy] = []
    problems: list[RowProblem] = []
    for file in page_files(folder):
        try:
            found, told, bad = _read(file, is_held=True)
        except FeedError as error:
            problems.append(RowProblem(str(file), 1, str(error)))
            continue
        policies += told
        problems += bad
        for draft in found:
            problems += _added(draft, drafts)
    made, contradictions = policy_drafts(policies)
    problems += contradictions
    for draft in made:
        problems += _added(draft, drafts)
    pages, bad_rules = _ruled(list(drafts.values()), _merged(draft.page.terms for draft in drafts.values()))
    return pages, sorted([*problems, *bad_rules], key=lambda problem: (problem.file, problem.line))


def read_page(file: Path) -> tuple[HelpPage | None, tuple[RowProblem, ...]]:
    """The first page of a file by itself; None when its front matter cannot be read.

    Its conditions are not checked: other pages may define them. Raises FeedError when the file is empty or not text.
    """
    read = read_page_file(file)
    return next(iter((*read.pages, *read.policy_pages)), None), read.problems


def read_page_file(file: Path) -> PageFile:
    """All pages of a file that the shop does not hold yet, by themselves; none when its front matter cannot be read.
    Raises FeedError as `read_page`.
    """
    found, policies, problems = _read(file, is_held=False)
    if any(draft.is_broken for draft in found):
        return PageFile((), (), tuple(problems))
    made, contradictions = policy_drafts(policies)
    pages, bad_rules = _ruled(found, None)
    policy_pages, _ = _ruled(made, _merged(draft.page.terms for draft in made))
    return PageFile(tuple(pages), tuple(policy_pages), (*problems, *contradictions, *bad_rules))


def _read(file: Path, *, is_held: bool) -> tuple[list[PageDraft], tuple[Policy, ...], list[RowProblem]]:
    """The drafts of a file, its return policies, and what of both was left out."""
    if is_markdown(file):
        draft = read_markdown(file)
        return [draft], (), list(draft.problems)
    source = read_source(file)
    drafts = [draft_of(outline, file, is_held=is_held) for outline in source.outlines]
    return drafts, source.policies, [*source.problems, *(problem for draft in drafts for problem in draft.problems)]


def _added(draft: PageDraft, drafts: dict[PageKey, PageDraft]) -> Iterator[RowProblem]:
    """Adds a page; tells when it stands already."""
    page = draft.page
    other = drafts.setdefault((page.page_id, page.language), draft)
    if other is not draft:
        message = (
            f"page {page.page_id!r} in {page.language!r} is {other.page.path} already; "
            "give this one its own page_id or language"
        )
        yield RowProblem(page.path, 1, message)


def _merged(all_terms: Iterable[Terms]) -> dict[str, set[str]]:
    values: dict[str, set[str]] = {}
    for terms in all_terms:
        for name, known in terms.items():
            values.setdefault(name, set()).update(known)
    return values


def _ruled(drafts: Sequence[PageDraft], terms: ConditionValues | None) -> tuple[list[HelpPage], list[RowProblem]]:
    """The pages with their rules, and the rules that were left out."""
    pages: list[HelpPage] = []
    problems: list[RowProblem] = []
    seen: dict[str, str] = {}
    for draft in drafts:
        rules: list[Rule] = []
        for rule in _rules(draft, terms, seen):
            if isinstance(rule, RowProblem):
                problems.append(rule)
            else:
                rules.append(rule)
        pages.append(replace(draft.page, rules=tuple(rules)))
    return pages, problems


def _rules(draft: PageDraft, terms: ConditionValues | None, seen: dict[str, str]) -> Iterator[Rule | RowProblem]:
    """The rules of a page; `seen` holds the page of each rule_id so far."""
    for entry in draft.rules:
        try:
            rule = read_rule(entry.value, draft.page, terms)
            if rule.rule_id in seen:
                raise RowError(f"rule_id {rule.rule_id!r} stands in {seen[rule.rule_id]} already; give each its own")
        except RowError as error:
            yield RowProblem(draft.page.path, entry.line, f"{error}; this rule was left out")
        else:
            seen[rule.rule_id] = draft.page.path
            yield rule
