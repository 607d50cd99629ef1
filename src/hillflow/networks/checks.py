"""What must hold of a network before it is written, whatever the format."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import numpy as np
import pandas as pd

from hillflow.errors import GeneNameError, InputError, listing
from hillflow.networks.edges import refuse_repeated

# Line and paragraph ends, control characters, halves of surrogate pairs: tables break at the
# first, XML has no way to write the others.
_UNWRITABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
_NOT_IN_XML = "\ufffe\uffff"


def check_writable(genes: Iterable[str], edges: pd.DataFrame) -> None:
    """Refuse pairs with several rows, weights that are not finite, names that files change."""
    check_names(genes)
    refuse_repeated(edges)
    refuse_infinite(edges)


def refuse_infinite(edges: pd.DataFrame) -> None:
    """Stop at an edge whose weight is missing or not finite."""
    weightless = edges[~np.isfinite(edges["weight"].to_numpy(dtype=float))]
    if len(weightless):
        first = weightless.iloc[0]
        raise InputError(
            "a finite weight for every edge",
            f"{len(weightless):,} without, the first {first['source']} → {first['target']}",
            "write 0 for a pair without support, or leave its row out",
        )


def check_names(names: Iterable[str]) -> None:
    """Refuse names that some of the formats would change or cannot write."""
    names = list(names)
    odd = [name for name in names if not name or name != name.strip() or name != writable(name)]
    if odd:
        raise GeneNameError(
            "gene names without tabs, line breaks, control characters or spaces around them",
            f"{len(odd):,} others: {listing(odd)}",
            "rename these genes",
        )


def writable(text: str) -> str:
    """The text with a space for each character that some format cannot hold."""
    return "".join(" " if _unwritable(character) else character for character in text)


def _unwritable(character: str) -> bool:
    return unicodedata.category(character) in _UNWRITABLE or character in _NOT_IN_XML
