"""Joins ranked lists whose scores cannot be compared."""

from collections import defaultdict
from collections.abc import Sequence


def reciprocal_ranks(rankings: Sequence[Sequence[int]], k: int = 60) -> dict[int, float]:
    """The sum over lists of 1 / (k + place) for each row (Cormack, Clarke and Buettcher 2009)."""
    fused: defaultdict[int, float] = defaultdict(float)
    for ranking in rankings:
        for place, row in enumerate(ranking, 1):
            fused[row] += 1 / (k + place)
    return dict(fused)
