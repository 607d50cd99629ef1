"""Progress of long work: to a bar on a terminal, to lines of a log, or to any function.

A report is (task, steps done, steps in all); a task of 0 steps in all is an announcement, of work
whose length is not known.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

ProgressCallback = Callable[[str, int, int], None]  # (task, steps done, total steps)
EVERY = 10.0  # seconds between two lines of a log


def progress_callback(progress: Progress | ProgressCallback | bool | None) -> ProgressCallback:
    """Return a function (task, done, total) for a rich display, a function, or None (False)."""
    if progress is None or isinstance(progress, bool):  # True: `shown_progress` gives a display
        return lambda what, done, total: None
    if callable(progress):
        return progress
    display, tasks = progress, dict[str, "TaskID"]()

    def report(task: str, done: int, total: int) -> None:
        if task not in tasks:
            tasks[task] = display.add_task(task, total=total or None)
        display.update(tasks[task], completed=done, total=total or None)

    return report


def with_prefix(report: ProgressCallback, task: str) -> ProgressCallback:
    """Report subtasks under the name of their task: ``member 2: stage 1 of 2``."""
    return lambda subtask, done, total: report(f"{task}: {subtask}", done, total)


class LogLines:
    """Reports as lines of text, one every `EVERY` seconds, with the time that a task has left.

    The time left is that of the steps that remain, at the mean pace of those that were seen.
    Announcements are written at once.

    Parameters
    ----------
    write
        Writes one line.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        self.write, self.last = write, time.monotonic()
        self.task, self.begun, self.first = "", self.last, 0

    def __call__(self, task: str, done: int, total: int) -> None:
        """Write a line if one is due."""
        now = time.monotonic()
        if task != self.task:  # the steps before the first report took time that was not seen
            self.task, self.begun, self.first = task, now, done
        if not total and not done:
            self.last = now
            self.write(task)
        elif now - self.last >= EVERY:
            self.last = now
            self.write(f"{task}: {done:,}" + (f" of {total:,}" if total else "") + self._left(
                now, done, total))  # fmt: skip

    def _left(self, now: float, done: int, total: int) -> str:
        seen = done - self.first
        if seen <= 0 or done >= total:
            return ""
        return f", about {in_words((now - self.begun) / seen * (total - done))} left"


@contextmanager
def shown_progress(console: Console | None = None) -> Iterator[Any]:
    """What a verb takes as ``progress``: a bar on a terminal, else lines; by default on stderr."""
    if console is None:
        from rich.console import Console

        console = Console(stderr=True, highlight=False)
    if console.is_terminal:
        from rich.progress import Progress

        with Progress(console=console, transient=True) as progress:
            yield progress
        return
    log = console
    yield LogLines(lambda text: log.print(text, markup=False, highlight=False, soft_wrap=True))


def in_words(seconds: float) -> str:
    """Return ``5 s``, ``12 min`` or ``3.5 h``."""
    if seconds < 100:
        return f"{max(1, round(seconds))} s"
    if seconds < 100 * 60:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"
