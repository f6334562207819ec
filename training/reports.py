"""What a build has done, as it is told."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from knowledge.domain import RowProblem


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did, or with nothing `changed` the one that made the generation in use; then `n_offers` products got
    other prices or stock.

    `seconds` are by stage, `problems` the rows and pages that are left out.
    """

    generation: str
    changed: bool
    n_offers: int = 0
    n_products: int = 0
    n_embedded: int = 0
    n_pages: int = 0
    n_rules: int = 0
    n_utterances: int = 0
    seconds: Mapping[str, float] = field(default_factory=dict)
    problems: tuple[RowProblem, ...] = ()
    warnings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        return asdict(self)

    def summary(self) -> str:
        """The report in a line."""
        if not self.changed and self.n_offers:
            return f"generation {self.generation} is in use, with the new prices and stock of {self.n_offers} products"
        if not self.changed:
            return f"nothing changed; generation {self.generation} is in use"
        stages = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in self.seconds.items())
        return (
            f"generation {self.generation} is in use: {self.n_products} products ({self.n_embedded} texts embedded), "
            f"{self.n_pages} pages, {self.n_rules} rules, {self.n_utterances} utterances; {stages}"
        )
