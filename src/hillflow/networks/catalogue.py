"""The catalogue of prior networks: one TOML file each, and the networks included in the package."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from hillflow.errors import FileFormatError, InputError, MissingFileError, did_you_mean, listing

DEFAULT_ORGANISM = "human"


@dataclass(frozen=True)
class CatalogueEntry:
    """Description and location of one prior network.

    Attributes
    ----------
    name, organism, format, licence, citation
        ``format`` is one of :data:`hillflow.networks.FORMATS`.
    url, sha256
        Where to download it, and the checksum of the file from which the counts were made.
        Without a checksum a download must be confirmed by the user (see :func:`fetch`).
    files
        File names to look for in the folder given by HILLFLOW_DATA; the first is also the
        name in the cache.
    copies
        Names of other forms of the file (another release, fewer columns) to look for there if
        none of `files` is found. They have no checksum; their network is named after them.
    included
        Name of the file in the package, "" if it must be downloaded.
    counts
        Numbers of rows, pairs, regulators, … of the file, if known.
    note
        A caveat for users.
    """

    name: str
    organism: str
    format: str
    licence: str
    citation: str
    url: str = ""
    sha256: str = ""
    files: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    included: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    note: str = ""

    @property
    def about(self) -> dict[str, str]:
        """Name, organism, licence and citation."""
        return {key: getattr(self, key) for key in ("name", "organism", "licence", "citation")}


def catalogue_folder() -> Path:
    """Return the folder ``grn_priors``: in the installed package, or at the top of a checkout."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "grn_priors", package.parents[1] / "grn_priors"):
        if folder.is_dir():
            return folder
    raise MissingFileError(
        "the catalogue grn_priors",
        f"none in {package} or at the top of a checkout",
        "install hillflow again",
    )


@cache
def catalogue(folder: Path | None = None) -> dict[str, CatalogueEntry]:
    """Return all entries of the catalogue.

    Parameters
    ----------
    folder
        Folder of TOML files; by default that of hillflow.

    Returns
    -------
    dict
        Name → `CatalogueEntry`, sorted by name.

    Examples
    --------
    >>> from hillflow.networks import catalogue
    >>> catalogue()["trrust-mouse"].organism
    'mouse'
    """
    paths = sorted((folder or catalogue_folder()).glob("*.toml"))
    return {path.stem: _read_entry(path) for path in paths}


def find_entry(
    name: str,
    organism: str | None = None,
    entries: Mapping[str, CatalogueEntry] | None = None,
) -> CatalogueEntry:
    """Return an entry by its name, or by its family: ``trrust`` is ``trrust-human`` or -mouse.

    Without an organism, a family means its human network.
    """
    entries = catalogue() if entries is None else entries
    if name in entries:
        entry = entries[name]
        if organism not in (None, entry.organism):
            raise InputError(
                f"a prior network of {organism}",
                f"{name!r}, which is of {entry.organism}",
                _offer(organism, entries),
            )
        return entry
    family = f"{name}-{organism or DEFAULT_ORGANISM}"
    if family in entries:
        return entries[family]
    relatives = [other for other in entries if other.startswith(f"{name}-")]
    if relatives:
        raise InputError(
            f"a {name} network of {organism or DEFAULT_ORGANISM}",
            f"only {listing(relatives)}",
            _offer(organism, entries),
        )
    raise InputError(
        "the name of a prior network or a file of edges",
        repr(name),
        f"{did_you_mean(name, _names_and_families(entries))} (`hillflow priors list` shows all)",
    )


def networks_of(
    organism: str | None, entries: Mapping[str, CatalogueEntry] | None = None
) -> list[str]:
    """Return the names of the networks of an organism."""
    entries = catalogue() if entries is None else entries
    return [entry.name for entry in entries.values() if entry.organism == organism]


def _names_and_families(entries: Mapping[str, CatalogueEntry]) -> tuple[str, ...]:
    families = (entry.name.removesuffix(f"-{entry.organism}") for entry in entries.values())
    return tuple(dict.fromkeys([*families, *entries]))


def _offer(organism: str | None, entries: Mapping[str, CatalogueEntry]) -> str:
    networks = networks_of(organism, entries)
    if networks:
        return f"use {' or '.join(networks)}"
    return "give a file of edges instead (--prior-file PATH, or its path as the name)"


def _read_entry(path: Path) -> CatalogueEntry:
    try:
        fields = tomllib.loads(path.read_text(encoding="utf-8"))
        names = {key: tuple(fields.get(key, ())) for key in ("files", "copies")}
        entry = CatalogueEntry(**fields | names)
    except (tomllib.TOMLDecodeError, TypeError) as error:
        raise FileFormatError(
            "a catalogue entry with name, organism, format, licence and citation",
            f"{path.name}: {error}",
            "write it like the others in grn_priors, or install hillflow again",
        ) from None
    if entry.name != path.stem or not (entry.url or entry.included):
        raise FileFormatError(
            "a catalogue entry named like its file, with a url or an included file",
            f"{path.name} with the name {entry.name!r}",
            f"name it {path.stem!r}, and give it a url or an included file",
        )
    return entry
