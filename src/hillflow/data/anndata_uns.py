"""Write entries of hillflow's dictionary in an AnnData object, ``uns["hillflow"]``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hillflow import keys
from hillflow._version import __version__

if TYPE_CHECKING:
    import anndata


def add_entries(adata: anndata.AnnData, entries: Mapping[str, Any]) -> tuple[str, ...]:
    """Add entries and hillflow's version to ``uns["hillflow"]``; return their keys as text."""
    entries = {**entries, keys.VERSION: __version__}
    adata.uns[keys.UNS] = dict(adata.uns.get(keys.UNS, {})) | entries
    return tuple(f"uns[{keys.UNS!r}][{key!r}]" for key in entries)
