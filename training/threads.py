"""How many threads a fit may take."""

import os


def free_threads() -> int:
    """One for each core of this process that is not busy, 1 to 16.

    Threads that share cores with others wait for each other in every layer: two on two busy cores are ten times
    slower than one.
    """
    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return max(1, min(16, round(n_cores - busy)))
