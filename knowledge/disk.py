"""Files that are written whole or not at all, and locks that a killed process leaves nothing of."""

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from knowledge.errors import BusyError, ShopError, refusal


@contextmanager
def replacing(file: Path) -> Iterator[Callable[[bytes], object]]:
    """Gives `write`. At the end the file is replaced, whole; when the block fails, it stays as it was.

    A reader or a crash sees the old file or the new one, never a part. Raises ShopError.
    """
    part = file.with_name(file.name + ".part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as handle:
            yield handle.write
            handle.flush()
            os.fsync(handle.fileno())
        part.replace(file)
        _sync_folder(file.parent)
    except OSError as error:
        raise ShopError(f"{file}: cannot be written and stays as it was: {refusal(error)}") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def write_atomically(file: Path, text: str) -> None:
    """Replaces the file's text, whole or not at all. Raises ShopError."""
    with replacing(file) as write:
        write(text.encode("utf-8"))


def digest_of(file: Path) -> str:
    """The sha256 of a file in hexadecimal, "" where there is none."""
    if not file.is_file():
        return ""
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def hold(file: Path, what: str, purpose: str) -> Iterator[None]:
    """Holds an exclusive lock on `file` while the block runs; the kernel frees it if the process dies."""
    with file.open("a+", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            holder = handle.read().strip() or "an unknown process"
            raise BusyError(f"{what} by {holder}; wait for it to end, or stop it") from None
        handle.truncate(0)
        handle.write(f"pid {os.getpid()} ({purpose})")
        handle.flush()
        yield
        handle.truncate(0)


def holder(file: Path) -> str:
    """Who holds the lock on `file` by `hold`, or ""."""
    try:
        with file.open(encoding="utf-8") as handle:
            told = handle.read().strip()
            if told:  # by a holder, or by a process that was killed and holds it no more
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return ""
    except FileNotFoundError:
        return ""
    except BlockingIOError:
        return told
