"""How far a fit is, told to a rich progress display or to any function."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

Told = Callable[[str, int, int], None]  # (what is being done, steps done, steps in all)


def teller(progress: Progress | Told | None) -> Told:
    """One function (what, done, in all) for a rich display, a function, or nothing."""
    if progress is None:
        return lambda what, done, total: None
    if callable(progress):
        return progress
    display, tasks = progress, dict[str, "TaskID"]()

    def tell(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = display.add_task(what, total=total)
        display.update(tasks[what], completed=done, total=total)

    return tell


def within(tell: Told, what: str) -> Told:
    """The same, said of a part: ``member 2: stage 1 of 2``."""
    return lambda part, done, total: tell(f"{what}: {part}", done, total)
