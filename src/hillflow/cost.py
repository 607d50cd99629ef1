"""Time and memory that some work will take, said before it begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hillflow.errors import InputError
from hillflow.progress import in_words
from hillflow.show import Block, Facts, Shown


@dataclass(frozen=True)
class Cost(Shown):
    """Estimated time and memory of some work.

    Attributes
    ----------
    parts
        Seconds of each part of the work.
    memory
        Bytes at its largest.
    machine
        Bytes of memory of this machine; None if it does not say.
    what, less
        The work, and what to do for less of it, in messages.
    """

    parts: dict[str, float]
    memory: float
    machine: float | None
    what: str = "a fit"
    less: str = (
        "fit fewer genes, genes=… (--genes), or cells; let fewer genes act, regulators=… "
        "(--regulators); or fit fewer members at a time, jobs=1 (--jobs 1)"
    )

    @property
    def seconds(self) -> float:
        """Seconds of all parts."""
        return sum(self.parts.values())

    def __str__(self) -> str:
        return f"about {in_words(self.seconds)} and {_gigabytes(self.memory)} of memory"

    def check(self) -> None:
        """Refuse what does not fit into the memory of this machine."""
        if self.machine is not None and self.memory > self.machine:
            raise InputError(
                f"{self.what} within the {_gigabytes(self.machine)} of memory of this machine",
                f"one of about {_gigabytes(self.memory)}", self.less,
            )  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """Return the estimate as plain JSON values."""
        return {
            "seconds": round(self.seconds, 1), "memory_gb": round(self.memory / 1e9, 2),
            "parts": {name: round(seconds, 1) for name, seconds in self.parts.items()},
        }  # fmt: skip

    def blocks(self) -> list[Block]:
        """Return time, by part, and memory."""
        rows = [("Time", f"about {in_words(self.seconds)}")]
        rows += [("", f"{in_words(seconds)}: {name}") for name, seconds in self.parts.items()]
        return [Facts([*rows, ("Memory", f"about {_gigabytes(self.memory)}")])]


def _gigabytes(number: float) -> str:
    return f"{number / 1e9:.1f} GB"
