"""The formats of files of laws, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hillflow.registry import Registry


@dataclass(frozen=True)
class LawFormat:
    """A file of laws for other tools.

    Attributes
    ----------
    name
        Key.
    description
        What it is and which tools read it.
    suffix
        What the name of a file ends in; "" where the writer takes several endings.
    write
        ``write(laws, path, **options)`` writes `Laws` and returns the file.
    """

    name: str
    description: str
    suffix: str
    write: Callable[..., Path]


LAW_FORMATS: Registry[LawFormat] = Registry(
    "law format", "law-formats", "Which files of laws are written (--to)",
    modules=("hillflow.symbolic.formats.sbml",),
)  # fmt: skip
