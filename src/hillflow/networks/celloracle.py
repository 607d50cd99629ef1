"""CellOracle's base networks (Kamimoto et al. 2023): which TFs have a motif near which gene.

They carry no sign, and their licence keeps us from shipping one; we only read them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hillflow.errors import FileFormatError, MissingPackageError, listing
from hillflow.networks.prior_network import PriorNetwork

if TYPE_CHECKING:
    import pandas as pd

_MAGIC = b"PAR1"


def from_tfdict(regulators: Mapping[str, Iterable[str]], **about: str) -> PriorNetwork:
    """Build from CellOracle's TFdict, ``{target: [TF, …]}``; signs are unknown."""
    pairs = [(source, target) for target, sources in regulators.items() for source in sources]
    return PriorNetwork.from_columns([p[0] for p in pairs], [p[1] for p in pairs], **about)


def from_base_grn(frame: pd.DataFrame, **about: str) -> PriorNetwork:
    """Build from a base GRN table: ``peak_id``, ``gene_short_name`` and a 0/1 column a TF.

    A TF regulates a gene if any of the gene's peaks has its motif; the weight is 1 and the
    sign unknown. Cost O(peaks × TFs).
    """
    missing = [name for name in ("peak_id", "gene_short_name") if name not in frame]
    if missing:
        raise FileFormatError(
            "the columns peak_id, gene_short_name and one for each TF",
            listing(frame.columns, 9),
            f"rename the columns: {listing(missing)} missing",
        )
    motifs = frame.drop(columns=["peak_id", "gene_short_name"])
    try:
        values = motifs.to_numpy(dtype=np.float32)
    except (TypeError, ValueError):
        values = np.full((1, 1), np.nan, dtype=np.float32)
    if values.shape[1] == 0 or not np.isin(values, (0, 1)).all():
        raise FileFormatError(
            "a column of 0 and 1 for each TF after peak_id and gene_short_name",
            f"{motifs.shape[1]:,} other columns, not all of 0 and 1: {listing(motifs.columns)}",
            "keep only the 0/1 columns, named by TF",
        )
    peaks, factors = np.nonzero(values)
    targets = np.array([str(name) for name in frame["gene_short_name"]], dtype=object)
    names = np.array([str(name) for name in motifs.columns], dtype=object)
    return PriorNetwork.from_columns(names[factors], targets[peaks], **about)


def read_parquet(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read a parquet file, or say what is missing or damaged."""
    import pandas as pd

    try:
        return pd.read_parquet(path)
    except ImportError:
        raise MissingPackageError(
            "pyarrow, to read parquet", "none installed", "pip install pyarrow"
        ) from None
    except (OSError, ValueError) as error:
        raise FileFormatError(
            "a parquet file", f"{path}: {error}", "copy or download it again"
        ) from None


def is_parquet(path: Path) -> bool:
    """Whether the file begins as parquet does."""
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC
