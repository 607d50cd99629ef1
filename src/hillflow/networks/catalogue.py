"""The catalogue of prior networks: one TOML file each, beside the few we may ship ourselves."""

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
    """What is known about one prior network, and where it is.

    Attributes
    ----------
    name, organism, format, licence, citation
        ``format`` is one of :data:`hillflow.networks.FORMATS`.
    url, sha256
        Where to download it, and the checksum of the very file the counts were made on.
        Without a checksum a download needs the user's word (see :func:`fetch`).
    files
        File names to look for in the folder that HILLFLOW_DATA names; the first is also the
        name in the cache.
    included
        Name of the file that comes with hillflow, "" if it is to be downloaded.
    counts
        Rows, pairs, regulators, … of the file, where they are known.
    note
        What a user should know before using it.
    """

    name: str
    organism: str
    format: str
    licence: str
    citation: str
    url: str = ""
    sha256: str = ""
    files: tuple[str, ...] = ()
    included: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    note: str = ""

    @property
    def about(self) -> dict[str, str]:
        """Name, organism, licence and citation."""
        return {key: getattr(self, key) for key in ("name", "organism", "licence", "citation")}


def catalogue_folder() -> Path:
    """Find ``grn_priors``: inside an installed package, or at the top of a checkout."""
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
    """Return all entries by name, sorted."""
    paths = sorted((folder or catalogue_folder()).glob("*.toml"))
    return {path.stem: _read_entry(path) for path in paths}


def find_entry(
    name: str,
    organism: str | None = None,
    entries: Mapping[str, CatalogueEntry] | None = None,
) -> CatalogueEntry:
    """Find an entry by its name, or by its family: ``trrust`` is ``trrust-human`` or -mouse.

    Without an organism a family means its human network.
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
        f"{did_you_mean(name, _spoken_names(entries))} (`hillflow priors list` shows all)",
    )


def networks_of(
    organism: str | None, entries: Mapping[str, CatalogueEntry] | None = None
) -> list[str]:
    """Names of the networks of an organism."""
    entries = catalogue() if entries is None else entries
    return [entry.name for entry in entries.values() if entry.organism == organism]


def _spoken_names(entries: Mapping[str, CatalogueEntry]) -> tuple[str, ...]:
    families = (entry.name.removesuffix(f"-{entry.organism}") for entry in entries.values())
    return tuple(dict.fromkeys([*families, *entries]))


def _offer(organism: str | None, entries: Mapping[str, CatalogueEntry]) -> str:
    fitting = networks_of(organism, entries)
    if fitting:
        return f"use {' or '.join(fitting)}"
    return "give a file of edges instead (--prior-file PATH, or its path as the name)"


def _read_entry(path: Path) -> CatalogueEntry:
    try:
        fields = tomllib.loads(path.read_text(encoding="utf-8"))
        entry = CatalogueEntry(**fields | {"files": tuple(fields.get("files", ()))})
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
