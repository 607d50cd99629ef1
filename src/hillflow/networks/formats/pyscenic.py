"""pySCENIC adjacencies (Van de Sande et al. 2020), also GENIE3 and GRNBoost2 in Python.

Importance has no sign; pySCENIC itself finds signs by correlation.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from hillflow.files import check_output_file, replacing
from hillflow.networks.formats.base import FORMATS, NetworkFormat
from hillflow.networks.formats.ranked_table import ranked_table, write_text_table
from hillflow.networks.network import Network
from hillflow.networks.source import NetworkSource


def read_pyscenic(source: NetworkSource) -> pd.DataFrame:
    """Read importance as weight; signs are unknown."""
    columns = source.columns(["tf", "target", "importance"])
    return pd.DataFrame(
        {
            "source": columns["tf"],
            "target": columns["target"],
            "weight": columns["importance"],
            "sign": 0,
        }
    )


def write_pyscenic(network: Network, path: Path) -> tuple[Path, ...]:
    """Write adjacencies (``TF, target, importance``) and the list of TFs, ``NAME.tfs.txt``.

    Importance is |weight|. pySCENIC splits ``.csv`` files at commas and others at TABs.
    """
    commas = path.suffix == ".csv"
    path = check_output_file(path, ".csv" if commas else ".tsv")
    table = ranked_table(network)
    table.columns = pd.Index(["TF", "target", "importance"])
    table["importance"] = table["importance"].abs()
    regulators = path.with_suffix(".tfs.txt")
    with replacing(regulators) as draft:
        names = dict.fromkeys(table["TF"])
        draft.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    return *write_text_table(table, path, "," if commas else "\t"), regulators


FORMATS.add(
    NetworkFormat(
        "pyscenic",
        "pySCENIC, GRNBoost2 and GENIE3 in Python",
        columns="TF, target, importance",
        recognises=lambda source: source.has("tf", "target", "importance"),
        read=read_pyscenic,
        write=write_pyscenic,
        beside=(".tfs.txt",),
    ),
    __name__,
)
