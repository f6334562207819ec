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
What the system refuses is an OSError, and `refusal` puts it into words.
"""

import errno

_REMEDIES = {
    errno.EACCES: "give this user the right to read and write there",
    errno.EPERM: "give this user the right to read and write there",
    errno.EROFS: "its disk is read-only; choose another folder",
    errno.ENOSPC: "free some space on its disk",
    errno.EDQUOT: "free some space on its disk, or raise this user's share of it",
    errno.EFBIG: "raise the limit of a file's size ('ulimit -f')",
    errno.ENOENT: "check the path",
    errno.ENOTDIR: "a file stands where a folder should be; move it away, or choose another folder",
    errno.EEXIST: "a file stands where a folder should be; move it away, or choose another folder",
    errno.EISDIR: "a folder stands where a file should be; move it away, or choose another name",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EMFILE: "raise the limit of open files ('ulimit -n')",
}


def refusal(error: OSError) -> str:
    """Why the system would not do something with a file, and the remedy."""
    remedy = _REMEDIES.get(error.errno or 0, "check the path, and the disk and its free space")
    return f"{error.strerror or error}; {remedy}"


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
