"""Errors that a shop's people can act on. Each message names the thing, its value and the remedy.

    ShopError
    ├── SettingsError        shop.toml, or a command's arguments
    ├── FeedError            a feed, page, order or intents file that cannot be read at all
    ├── BusyError            another process writes to this shop, or holds this part of it
    ├── NotBuiltError        index, graph or model is missing or older than the program
    ├── WeightsError         model weights are missing, damaged or cannot be fetched
    ├── FitError             a model cannot be fitted on what is there
    ├── JournalError         the journal cannot be written or read
    │   └── UnknownTurnError feedback on a turn that the journal does not hold
    └── GeneratorError       the generator model is late, down or wrongly set

Bad *rows* are no errors: they are `RowProblem` values in a report, and the good rows go in.
"""


class ShopError(Exception):
    """Something that the shop's people can mend; the command ends with status 1."""


class SettingsError(ShopError):
    """A setting or an argument is unknown, missing or out of its range."""


class FeedError(ShopError):
    """A file cannot be read as what it should be."""


class BusyError(ShopError):
    """Another process holds what this one needs; the message names its pid."""


class NotBuiltError(ShopError):
    """Something that `build` makes is missing, damaged or of another version."""


class WeightsError(ShopError):
    """Weights are missing, damaged, or cannot be fetched."""


class FitError(ShopError):
    """There is too little, or too contradictory, to fit a model on."""


class JournalError(ShopError):
    """The journal cannot be opened, written or read."""


class UnknownTurnError(JournalError, LookupError):
    """There is no such turn in the journal."""


class GeneratorError(ShopError):
    """The generator did not give a reply in time or at all."""
