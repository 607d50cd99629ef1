"""Report the progress of a long computation to a rich display or to any function."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

ProgressCallback = Callable[[str, int, int], None]  # (task, steps done, total steps)


def progress_callback(progress: Progress | ProgressCallback | None) -> ProgressCallback:
    """Return a function (task, done, total) for a rich display, a function, or None."""
    if progress is None:
        return lambda what, done, total: None
    if callable(progress):
        return progress
    display, tasks = progress, dict[str, "TaskID"]()

    def report(task: str, done: int, total: int) -> None:
        if task not in tasks:
            tasks[task] = display.add_task(task, total=total)
        display.update(tasks[task], completed=done, total=total)

    return report


def with_prefix(report: ProgressCallback, task: str) -> ProgressCallback:
    """Report subtasks under the name of their task: ``member 2: stage 1 of 2``."""
    return lambda subtask, done, total: report(f"{task}: {subtask}", done, total)
