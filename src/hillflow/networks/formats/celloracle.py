"""CellOracle (Kamimoto et al. 2023): base networks, the dictionary of TFs, and fitted links.

============  ===============================================================================
base network  parquet or text: ``peak_id``, ``gene_short_name`` and a 0/1 column for each TF.
              A TF regulates a gene if any of the gene's peaks has its motif; signs are
              unknown. Its licence does not allow hillflow to include one.
TFdict        JSON or a dictionary, ``{target: [TF, …]}``; signs are unknown
links         ``source, target, coef_mean``; ``where={"cluster": …}`` selects one cluster
============  ===============================================================================
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from hillflow.errors import FileFormatError, listing
from hillflow.files import replacing
from hillflow.networks.formats.base import FORMATS, NetworkFormat
from hillflow.networks.formats.ranked_table import ranked_table
from hillflow.networks.network import Network
from hillflow.networks.source import NetworkSource

_PEAK = ("peak_id", "gene_short_name")
_LINK = ("source", "target", "coef_mean")
_LINK_STATISTICS = ("coef_abs", "p", "-logp")


def looks_like_celloracle(source: NetworkSource) -> bool:
    """Return whether the source is a dictionary, links, or a base network."""
    return source.is_json or source.has(*_PEAK) or source.has(*_LINK)


def read_celloracle(source: NetworkSource) -> pd.DataFrame:
    """Read a dictionary, links, or a base network."""
    if source.is_json:
        return _of_dictionary(source)
    if source.has("coef_mean"):
        columns = source.columns(_LINK, ignore=_LINK_STATISTICS)
        return pd.DataFrame(columns).rename(columns={"coef_mean": "weight"})
    return _of_base_network(source)


def _of_dictionary(source: NetworkSource) -> pd.DataFrame:
    regulators = source.json
    if not isinstance(regulators, Mapping):
        raise FileFormatError(
            f"a JSON object {{target: [regulators]}} in {source.name}", type(regulators).__name__,
            "write it as json.dump({target: list(regulators), …})",
        )  # fmt: skip
    pairs = []
    for target, sources in regulators.items():
        if isinstance(sources, str) or not isinstance(sources, Sequence | set | frozenset):
            raise FileFormatError(
                f"a list of regulators for every target in {source.name}",
                f"{type(sources).__name__} for {target!r}",
                "write {target: [regulator, …]}",
            )
        pairs += [(str(name), str(target)) for name in dict.fromkeys(sources)]
    return pd.DataFrame(pairs, columns=["source", "target"])


def _of_base_network(source: NetworkSource) -> pd.DataFrame:
    """Return the pairs of TF and gene. Cost O(peaks × TFs)."""
    if source.frame is not None:
        if source.where:
            raise FileFormatError(
                "a text table to select rows of",
                f"a base network in {source.name}",
                "select its rows with pandas and give the DataFrame, or leave where (--where) out",
            )
        frame = source.frame
    else:
        table = source.table
        table.require_width(len(table.header))
        frame = pd.DataFrame(table.rows[1:], columns=table.rows[0])
        frame = frame.drop(columns="", errors="ignore")
    missing = [name for name in _PEAK if name not in frame]
    if missing:
        raise FileFormatError(
            "the columns peak_id, gene_short_name and one for each TF",
            listing(frame.columns, 9),
            f"rename the columns: {listing(missing)} missing",
        )
    motifs = frame.drop(columns=list(_PEAK))
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
    pairs = pd.DataFrame({"source": names[factors], "target": targets[peaks]})
    return pairs.drop_duplicates()


def write_celloracle(network: Network, path: Path) -> tuple[Path, ...]:
    """Write CellOracle's ``TFdict``, target → its regulators, strongest first, as JSON.

    CellOracle reads it by ``oracle.addTFinfo_dictionary(json.load(open(path)))``.
    """
    regulators: dict[str, list[str]] = {}
    table = ranked_table(network)
    for source, target in zip(table["source"], table["target"], strict=True):
        regulators.setdefault(str(target), []).append(str(source))
    with replacing(path) as draft:
        text = json.dumps(regulators, ensure_ascii=False, indent=1)
        draft.write_text(text + "\n", encoding="utf-8")
    return (path,)


FORMATS.add(
    NetworkFormat(
        "celloracle",
        "CellOracle: base networks, TFdict, links",
        columns="peak_id, gene_short_name, a 0/1 column for each TF; source, target, coef_mean; "
        "or JSON {target: [TF, …]}",
        suffix=".json",
        recognises=looks_like_celloracle,
        read=read_celloracle,
        write=write_celloracle,
    ),
    __name__,
)
