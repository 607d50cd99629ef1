"""Load a known network by its name in the catalogue, or from a file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from hillflow.files import absent
from hillflow.networks.catalogue import CatalogueEntry, catalogue, find_entry
from hillflow.networks.download import fetch, file_sum, verified
from hillflow.networks.network import Network


def load_prior(
    name_or_path: str | os.PathLike[str],
    organism: str | None = None,
    *,
    prior_file: str | os.PathLike[str] | None = None,
    format: str = "auto",
    where: Mapping[str, object] | None = None,
    sha256: str | None = None,
    allow_unverified: bool = False,
) -> Network:
    """Load a prior network by catalogue name (``"trrust"``) or from a file.

    Parameters
    ----------
    name_or_path
        A name of the catalogue or of a family in it, or the path of a file in any format of
        :func:`read_network`. A catalogue name takes precedence over a file of the same name.
    organism
        ``"human"`` or ``"mouse"``. Selects the member of a family (by default human), or
        labels a file.
    prior_file
        A file to use instead of a download. Unless its checksum is that of the catalogue, the
        network is named after it: ``copy.tsv, given as trrust-human``. So is one of a copy in
        HILLFLOW_DATA that the catalogue knows to be in another form.
    format, where
        See :func:`read_network`; a download has the format given in the catalogue.
    sha256
        A checksum to require of the file, wherever it comes from.
    allow_unverified
        See :func:`hillflow.networks.fetch`.

    Returns
    -------
    Network
        Signed edges with evidence, and name, organism, licence and citation.

    Examples
    --------
    >>> from hillflow.networks import load_prior
    >>> prior = load_prior("hematopoiesis")
    >>> prior.organism
    'human'
    """
    entry = named_entry(name_or_path, organism, prior_file)
    if entry is not None and prior_file is None:
        path = fetch(entry, sha256=sha256, allow_unverified=allow_unverified)
        return Network.read(
            path,
            entry.format if format == "auto" else format,
            where=where,
            inferred=False,
            **_about(entry, path, path.name in entry.copies),
        )
    path = Path(name_or_path if prior_file is None else prior_file)
    if not path.is_file():
        raise absent(path, "a file of edges")
    verified(path, (sha256 or "").lower(), "give the checksum of this file, or the right file")
    if entry is None:
        return Network.read(path, format, organism=organism, where=where)
    about = _about(entry, path, file_sum(path) != entry.sha256)
    return Network.read(path, format, where=where, inferred=False, **about)


def named_entry(
    name_or_path: str | os.PathLike[str],
    organism: str | None = None,
    prior_file: str | os.PathLike[str] | None = None,
) -> CatalogueEntry | None:
    """Return the catalogue entry of a name; None if it is the path of a file."""
    text = os.fspath(name_or_path)
    if prior_file is None and text not in catalogue() and _is_path(text):
        return None
    return find_entry(text, organism)


def _about(entry: CatalogueEntry, path: Path, another: bool) -> dict[str, str]:
    """Return what is known of the entry, named after its file if that is another than published."""
    return entry.about | ({"name": f"{path.name}, given as {entry.name}"} if another else {})


def _is_path(text: str) -> bool:
    return Path(text).is_file() or bool(Path(text).suffix) or Path(text).name != text
