"""A build in another process, behind what serves meanwhile; it never outlives that."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from knowledge.shop import Shop

_SET_PARENT_DEATH_SIGNAL = 1  # of prctl(2)


@contextmanager
def building_behind(shop: Shop, program: Path) -> Iterator[Path]:
    """Builds with the command line `program` in a process of low priority, stopped at the end; gives its log."""
    command = [sys.executable, str(program), "--shop", str(shop.folder), "build", "--behind", str(os.getpid())]
    log = shop.var / "build.log"
    with log.open("w", encoding="utf-8") as handle:
        nice = ["nice"] if shutil.which("nice") else []
        process = subprocess.Popen([*nice, *command], stdout=handle, stderr=handle)
    try:
        yield log
    finally:
        process.terminate()
        process.wait()


def end_with(parent: int) -> None:
    """Lets this process end when its parent does, however that ends; where the system knows no such thing, nothing."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is None:
        return
    prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
    if os.getppid() != parent:  # it ended before it could be told
        sys.exit(128 + signal.SIGTERM)
