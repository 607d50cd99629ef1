"""Checks that a network passes before it is written in any format."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import numpy as np
import pandas as pd

from hillflow.errors import GeneNameError, InputError, listing
from hillflow.networks.edges import refuse_repeated

# Line and paragraph ends, control characters, halves of surrogate pairs: the first break tables,
# the others cannot be written in XML.
_UNWRITABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
_NOT_IN_XML = "\ufffe\uffff"


def check_writable(genes: Iterable[str], edges: pd.DataFrame) -> None:
    """Refuse repeated pairs, weights that are not finite, and names that files cannot hold."""
    check_names(genes)
    refuse_repeated(edges)
    refuse_infinite(edges)


def refuse_infinite(edges: pd.DataFrame) -> None:
    """Refuse edges whose weight is missing or not finite."""
    weightless = edges[~np.isfinite(edges["weight"].to_numpy(dtype=float))]
    if len(weightless):
        first = weightless.iloc[0]
        raise InputError(
            "a finite weight for every edge",
            f"{len(weightless):,} edges without one, the first {first['source']} → "
            f"{first['target']}",
            "write 0 for a pair without support, or leave its row out",
        )


def check_names(names: Iterable[str]) -> None:
    """Refuse names that some format would change or cannot write."""
    names = list(names)
    odd = [name for name in names if not name or name != name.strip() or name != writable(name)]
    if odd:
        raise GeneNameError(
            "gene names without tabs, line breaks, control characters or spaces around them",
            f"{len(odd):,} others: {listing(odd)}",
            "rename these genes",
        )


def writable(text: str) -> str:
    """Replace each character that some format cannot hold by a space."""
    return "".join(" " if _unwritable(character) else character for character in text)


def _unwritable(character: str) -> bool:
    return unicodedata.category(character) in _UNWRITABLE or character in _NOT_IN_XML
