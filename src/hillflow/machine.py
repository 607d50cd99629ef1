"""The memory of this machine, and how much of it this process has."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_GROUPS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def memory_of_machine() -> float | None:
    """Return bytes of memory, or of the part that a container may use; None if not known."""
    try:
        most = float(os.sysconf("SC_PAGE_SIZE")) * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows
        return None
    for group in _GROUPS:
        try:
            most = min(most, float(Path(group).read_text()))
        except (OSError, ValueError):  # no container, or one without a limit ("max")
            continue
    return most


def memory_in_use() -> float:
    """Return bytes of memory of this process, 0 if not known."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return float(pages * os.sysconf("SC_PAGE_SIZE"))
    except (OSError, ValueError, IndexError, AttributeError):
        pass
    try:
        import resource
    except ImportError:  # Windows
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak) * (1 if sys.platform == "darwin" else 1024)
