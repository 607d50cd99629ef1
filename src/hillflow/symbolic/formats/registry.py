"""The registry of file formats of laws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hillflow.registry import Registry


@dataclass(frozen=True)
class LawFormat:
    """A file format of laws.

    Attributes
    ----------
    name
        Name in the registry.
    description
        The format, and the tools that read it.
    suffix
        Suffix of the file; "" if the writer accepts several.
    write
        ``write(laws, path, **options)`` writes `Laws` and returns the path.
    """

    name: str
    description: str
    suffix: str
    write: Callable[..., Path]


LAW_FORMATS: Registry[LawFormat] = Registry(
    "law format", "law-formats", "File formats of laws (--to)",
    modules=(
        "hillflow.symbolic.formats.sbml",
        "hillflow.symbolic.formats.bnet",
        "hillflow.symbolic.formats.sbml_qual",
        "hillflow.symbolic.formats.latex",
        "hillflow.symbolic.formats.markdown",
        "hillflow.symbolic.formats.mathml",
    ),
)  # fmt: skip
