"""One way in: a catalogue name or a file becomes a :class:`PriorNetwork`."""

from __future__ import annotations

import os
from pathlib import Path

from hillflow.priors.catalogue import catalogue, find_entry
from hillflow.priors.download import fetch
from hillflow.priors.formats import read_prior
from hillflow.priors.network import PriorNetwork


def load_prior(
    name_or_path: str | os.PathLike[str],
    organism: str | None = None,
    *,
    prior_file: str | os.PathLike[str] | None = None,
    sha256: str | None = None,
    allow_unverified: bool = False,
) -> PriorNetwork:
    """Load a prior network by catalogue name (``"trrust"``) or from a file.

    Parameters
    ----------
    name_or_path
        A name of the catalogue or of a family in it, or the path of a file in any format of
        :func:`read_prior`. A catalogue name goes before a file of the same name.
    organism
        ``"human"`` or ``"mouse"``. Decides between the members of a family (human if not
        given), and labels a file.
    prior_file
        A copy of the named network's file: used as it is, unchecked, instead of a download.
    sha256, allow_unverified
        See :func:`hillflow.priors.fetch`.
    """
    text = os.fspath(name_or_path)
    if prior_file is None and text not in catalogue() and _is_path(text):
        return read_prior(text, organism=organism)
    entry = find_entry(text, organism)
    path = prior_file or fetch(entry, sha256=sha256, allow_unverified=allow_unverified)
    return read_prior(
        path,
        entry.format if prior_file is None else "auto",
        entry.organism,
        name=entry.name,
        licence=entry.licence,
        citation=entry.citation,
    )


def _is_path(text: str) -> bool:
    return Path(text).is_file() or bool(Path(text).suffix) or Path(text).name != text
