"""Progress of long work: a bar on a terminal, and a line now and then in a log."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console

EVERY = 10.0  # seconds between two lines of a log


@contextmanager
def shown_progress(console: Console) -> Iterator[Any]:
    """What a verb takes as ``progress``."""
    if console.is_terminal:
        from rich.progress import Progress

        with Progress(console=console, transient=True) as progress:
            yield progress
        return
    last = [time.monotonic()]

    def line(what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now - last[0] >= EVERY:
            last[0] = now
            of = f" of {total:,}" if total else ""
            console.print(f"{what}: {done:,}{of}", markup=False, highlight=False)

    yield line
