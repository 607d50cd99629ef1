"""What other people's tools take from us, under the names that they look for.

Every writer returns what it wrote: paths, or the keys of an AnnData object.
"""

from __future__ import annotations

from hillflow.export.annotated import annotated
from hillflow.export.cx2 import write_cx2
from hillflow.export.cyjs import write_cyjs
from hillflow.export.cytoscape_push import push_to_cytoscape
from hillflow.export.graphml import write_graphml
from hillflow.export.neighbourhood import neighbourhood
from hillflow.export.network_in_anndata import add_network, add_regvelo_prior
from hillflow.export.network_tables import (
    decoupler_network,
    regvelo_skeleton,
    write_beeline,
    write_celloracle,
    write_decoupler,
    write_pyscenic,
)
from hillflow.export.provenance import note_prediction
from hillflow.export.sif import write_sif
from hillflow.export.velocity import add_velocity

__all__ = [
    "add_network",
    "add_regvelo_prior",
    "add_velocity",
    "annotated",
    "decoupler_network",
    "neighbourhood",
    "note_prediction",
    "push_to_cytoscape",
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
