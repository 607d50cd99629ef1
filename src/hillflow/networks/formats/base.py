"""The registry of network formats: which files can be read and written.

A format is one module here, or one of the user's own (see `hillflow.plugins`), that ends with
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
    """A file format of networks: how to recognise, read and write it.

    Attributes
    ----------
    name
        Its name for ``--prior-format`` and ``--to``.
    description
        One line for help texts.
    columns
        Names of its columns, or other content; "" if it cannot be read.
    suffix
        Ending of written files; "" if any ending is allowed.
    beside
        Endings of the further files that it writes, in place of the first one's.
    recognises
        Function that returns whether a source has this format; None if the user must name it.
    read
        Function that returns the edges of a source: a DataFrame with the columns ``source`` and
        ``target``, and any of ``sign`` (numbers or words), ``both``, ``weight`` and ``evidence``.
        None if it cannot be read.
    write
        Function that writes a `Network` to a path, ``write(network, path)``, and returns the
        files written; with `overlay`, ``write(network, path, *, prior=None)``. None if it cannot
        be written.
    overlay
        Whether a written file can show the comparison with a known network.
    picture
        Whether the file is drawn, so that too many edges make it unreadable.
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
    beside: tuple[str, ...] = ()


FORMATS: Registry[NetworkFormat] = Registry(
    "network format",
    "formats",
    "File formats of networks (--prior-format, --to)",
    tuple(
        f"hillflow.networks.formats.{module}"
        for module in (
            "cx2", "graphml", "cyjs", "sif",  # recognised by the file name
            "trrust", "dorothea", "scenic_plus", "pyscenic", "genie3", "beeline", "celloracle",
            "collectri", "table", "decoupler",
        )
    ),
)  # fmt: skip


def reader_of(name: str) -> Read:
    """Return the reader of a format; formats that can only be written are refused."""
    read = FORMATS[name].read
    if read is None:
        readable = [entry.name for entry in FORMATS.values() if entry.read is not None]
        raise InputError(
            f"a format that can be read ({listing(readable, 20)})",
            f"{name!r}, which is only written", "choose one of these, or 'auto'",
        )  # fmt: skip
    return read


def writer_of(name: str, *, overlay: bool = False) -> Write:
    """Return the writer of a format; with `overlay`, only of those that compare with a prior."""
    entry = FORMATS[name]
    if entry.write is None or (overlay and not entry.overlay):
        writable = [
            other.name
            for other in FORMATS.values()
            if other.write is not None and (other.overlay or not overlay)
        ]
        which = "that shows a prior" if overlay else "that can be written"
        raise InputError(
            f"a format {which} ({listing(writable, 20)})", repr(name),
            "choose one of these" + (", or leave prior (--prior) out" if overlay else ""),
        )  # fmt: skip
    return entry.write
