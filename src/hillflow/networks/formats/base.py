"""The formats of networks by name: which files are read and written.

A format is one file here, or one of the user's own (see `hillflow.plugins`), that ends with
``FORMATS.add(NetworkFormat(…), __name__)``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from hillflow.errors import InputError, listing
from hillflow.registry import Registry

if TYPE_CHECKING:
    import pandas as pd

    from hillflow.networks.source import NetworkSource


Read: TypeAlias = "Callable[[NetworkSource], pd.DataFrame]"
Write: TypeAlias = "Callable[..., tuple[Path, ...]]"


@dataclass(frozen=True)
class NetworkFormat:
    """How one tool keeps networks in files.

    Attributes
    ----------
    name
        What ``--prior-format`` and ``--to`` call it.
    description
        What it is, in one line.
    columns
        What its columns are called, or what else a file shows; "" where it is not read.
    suffix
        What the name of a written file ends in; "" where any ending will do.
    recognises
        Whether a source is of this format; None where it must be named.
    read
        Its edges: a DataFrame with the columns ``source`` and ``target``, and any of ``sign``
        (numbers or words), ``both``, ``weight`` and ``evidence``. None where it is not read.
    write
        Writes a `Network` to a path, ``write(network, path)``, and returns the files written; with
        `overlay`, ``write(network, path, *, prior=None)``. None where it is not written.
    overlay
        Whether a written file can show a known network beside it.
    picture
        Whether it is drawn, so that many edges show nothing.
    """

    name: str
    description: str
    columns: str = ""
    suffix: str = ""
    recognises: Callable[[NetworkSource], bool] | None = None
    read: Read | None = None
    write: Write | None = None
    overlay: bool = False
    picture: bool = False


FORMATS: Registry[NetworkFormat] = Registry(
    "network format",
    "formats",
    "Which files of networks are read and written (--prior-format, --to)",
    tuple(
        f"hillflow.networks.formats.{module}"
        for module in (
            "cx2", "graphml", "cyjs", "sif",  # these are recognised by the file's name alone
            "trrust", "dorothea", "scenic_plus", "pyscenic", "genie3", "beeline", "celloracle",
            "collectri", "table", "decoupler",
        )
    ),
)  # fmt: skip


def reader_of(name: str) -> Read:
    """How a format is read; formats that are only written are refused."""
    read = FORMATS[name].read
    if read is None:
        able = [entry.name for entry in FORMATS.values() if entry.read is not None]
        raise InputError(
            f"a format that is read ({listing(able, 20)})", f"{name!r}, which is only written",
            "choose one of these, or 'auto'",
        )  # fmt: skip
    return read


def writer_of(name: str, *, overlay: bool = False) -> Write:
    """How a format is written; with `overlay`, only formats that show a known network beside."""
    entry = FORMATS[name]
    if entry.write is None or (overlay and not entry.overlay):
        able = [
            other.name
            for other in FORMATS.values()
            if other.write is not None and (other.overlay or not overlay)
        ]
        known = "with a known network beside it" if overlay else "that is written"
        raise InputError(
            f"a format {known} ({listing(able, 20)})", repr(name),
            "choose one of these" + (", or leave prior (--prior) out" if overlay else ""),
        )  # fmt: skip
    return entry.write
