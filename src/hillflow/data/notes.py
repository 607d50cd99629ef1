"""Notes of ours in an AnnData object: entries of ``uns["hillflow"]``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hillflow import keys
from hillflow._version import __version__

if TYPE_CHECKING:
    import anndata


def note(adata: anndata.AnnData, entries: Mapping[str, Any]) -> tuple[str, ...]:
    """Put entries, and our version, beside those in ``uns["hillflow"]``; return their keys."""
    entries = {**entries, keys.VERSION: __version__}
    adata.uns[keys.UNS] = dict(adata.uns.get(keys.UNS, {})) | entries
    return tuple(f"uns[{keys.UNS!r}][{key!r}]" for key in entries)
