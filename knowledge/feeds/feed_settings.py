"""What a shop says of its feeds, for the readers of every format."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from knowledge.feeds.currencies import writes_commas
from knowledge.feeds.prices import Notation
from knowledge.settings import Settings


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """The currency of its prices, which columns stand for which fields, and the region whose mark stands before cents.

    `now` decides whether a sale with dates is on.
    """

    currency: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    region: str = ""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    _asked: set[str] = field(default_factory=set, init=False, compare=False, repr=False)

    @classmethod
    def of(cls, settings: Settings) -> "FeedSettings":
        """Those of a shop."""
        return cls(settings.currency, settings.feeds.columns, settings.region)

    @property
    def notation(self) -> Notation:
        return Notation(self.currency, frozenset(",") if writes_commas(self.currency, self.region) else frozenset())

    def is_on(self, first: datetime | None, last: datetime | None) -> bool:
        """Whether now is between two times, of which either may be open; one without a zone is in that of now."""
        self._asked.add("now")
        zone = self.now.tzinfo
        first, last = (time if time is None or time.tzinfo else time.replace(tzinfo=zone) for time in (first, last))
        return (first is None or first <= self.now) and (last is None or self.now <= last)

    @property
    def depends_on_time(self) -> bool:
        """Whether what was read with it would be other at another time."""
        return bool(self._asked)
