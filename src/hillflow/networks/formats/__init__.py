"""Formats."""

from __future__ import annotations

from hillflow.networks.formats.cx2 import write_cx2
from hillflow.networks.formats.cyjs import write_cyjs
from hillflow.networks.formats.graphml import write_graphml
from hillflow.networks.formats.sif import write_sif
from hillflow.networks.formats.tables import (
    decoupler_network,
    regvelo_skeleton,
    write_beeline,
    write_celloracle,
    write_decoupler,
    write_pyscenic,
)

__all__ = [
    "decoupler_network",
    "regvelo_skeleton",
    "write_beeline",
    "write_celloracle",
    "write_cx2",
    "write_cyjs",
    "write_decoupler",
    "write_graphml",
    "write_pyscenic",
    "write_sif",
]
