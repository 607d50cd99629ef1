"""The licences of all that hillflow needs to run, from what is installed; see docs/licences.md."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageMetadata, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

_PROJECT = Path(__file__).parents[2] / "pyproject.toml"
# What software under the BSD licence may import: permissive licences, and those whose terms stay
# with their own files (MPL) or their own library (LGPL).
COMPATIBLE = frozenset(
    {
        "0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "HPND",
        "ISC", "LGPL", "MIT", "MIT-CMU", "MPL-2.0", "PSF-2.0", "Unlicense", "Zlib",
    }
)  # fmt: skip
# Words of licence texts and classifiers → the short name; the first that is found counts.
_WORDS = {
    r"\b(AGPL|Affero)": "AGPL",
    r"\bLGPL|Lesser General Public": "LGPL",
    r"\bGPL|General Public Licen[sc]e": "GPL",
    r"\bMPL|Mozilla Public": "MPL-2.0",
    r"\bApache": "Apache-2.0",
    r"\bPython Software Foundation|matplotlib versions|\bPSF": "PSF-2.0",
    r"3[- ]clause|Kiwi licensing terms": "BSD-3-Clause",
    r"2[- ]clause": "BSD-2-Clause",
    r"\bISC\b": "ISC",
    r"\bMIT\b": "MIT",
    r"\bBSD\b|Redistribution and use in source and binary forms": "BSD",
}


@dataclass(frozen=True)
class Dependency:
    """A distribution that hillflow needs to run.

    Attributes
    ----------
    name, version
        As installed.
    needs
        Range of versions that hillflow declares, "" if it is needed by another dependency only.
    licence
        An SPDX expression or a short name, "" if its metadata name none that is known.
    """

    name: str
    version: str
    needs: str
    licence: str

    @property
    def compatible(self) -> bool:
        """Whether the licence is known, and compatible with that of hillflow."""
        return bool(self.licence) and allowed(self.licence)


def allowed(expression: str) -> bool:
    """Whether an SPDX expression is compatible: each part of an AND, one part of an OR."""
    plain = re.sub(r"[()]", " ", re.sub(r"\s+WITH\s+\S+", "", expression))
    return all(
        any(part.strip() in COMPATIBLE for part in re.split(r"\s+OR\s+", each))
        for each in re.split(r"\s+AND\s+", plain)
    )


def licence_of(metadata: PackageMetadata) -> str:
    """Return the licence that a distribution's metadata name, "" if none is known.

    The expression comes first, then the classifiers, then the free text.
    """
    if expression := metadata.get("License-Expression"):
        return str(expression)
    text = str(metadata.get("License") or "")
    if re.fullmatch(r"[\w.-]+( (AND|OR|WITH) [\w.-]+)*", text) and allowed(text):
        return text
    classifiers = [c for c in metadata.get_all("Classifier") or [] if c.startswith("License ::")]
    short = [_short(line.rpartition("::")[2]) for line in classifiers]
    found = " AND ".join(dict.fromkeys(filter(None, short)))
    exact = _short(text)
    return exact if not found or (found == "BSD" and exact.startswith("BSD-")) else found


def dependencies() -> list[Dependency]:
    """Return all distributions needed to run, direct and transitive, sorted by name."""
    declared = tomllib.loads(_PROJECT.read_text(encoding="utf-8"))["project"]["dependencies"]
    direct = {_canonical(one.name): one for one in map(Requirement, declared)}
    met: dict[str, set[str]] = {}  # distribution → its extras that are wanted, "" for none
    waiting = list(direct.values())
    while waiting:
        one = waiting.pop()
        name = _canonical(one.name)
        wanted = {"", *one.extras}
        if wanted - met.setdefault(name, set()):
            met[name] |= wanted
            waiting += _needs(name, wanted)
    ranges = {name: str(one.specifier) for name, one in direct.items()}
    return [_describe(name, ranges.get(name, "")) for name in sorted(met)]


def table() -> str:
    """A Markdown table of all of them."""
    lines = ["| package | version needed | licence |", "|---|---|---|"]
    lines += [
        f"| {one.name} | {f'`{one.needs}`' if one.needs else '–'} | {one.licence or 'not known'} |"
        for one in dependencies()
    ]
    return "\n".join(lines) + "\n"


def _describe(name: str, needs: str) -> Dependency:
    found = distribution(name)
    named = str(found.metadata["Name"])
    return Dependency(named, found.version, needs, licence_of(found.metadata))


def _needs(name: str, extras: set[str]) -> Iterator[Requirement]:
    """Requirements of a distribution that hold here, for any of its extras."""
    try:
        lines = distribution(name).requires or []
    except PackageNotFoundError:
        raise SystemExit(f"Expected {name}, which hillflow needs. Fix: make setup.") from None
    for one in map(Requirement, lines):
        if one.marker is None or any(one.marker.evaluate({"extra": e}) for e in extras):
            yield one


def _short(text: str) -> str:
    for pattern, name in _WORDS.items():
        if re.search(pattern, text, re.IGNORECASE):
            return name
    return ""


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
