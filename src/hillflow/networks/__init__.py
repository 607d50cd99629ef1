"""Networks of regulation: known, inferred or drawn; reading, aligning and writing them."""

from __future__ import annotations

from hillflow.networks.aliases import read_aliases
from hillflow.networks.aligned import AlignedPrior, align
from hillflow.networks.annotated import annotated
from hillflow.networks.catalogue import CatalogueEntry, catalogue, find_entry
from hillflow.networks.celloracle import from_base_grn, from_tfdict
from hillflow.networks.cytoscape import push_to_cytoscape
from hillflow.networks.download import at_hand, fetch
from hillflow.networks.in_anndata import add_network, add_regvelo_prior
from hillflow.networks.load import load_prior, named_entry
from hillflow.networks.mask import EdgeMask
from hillflow.networks.neighbourhood import neighbourhood
from hillflow.networks.network import Network
from hillflow.networks.paths import SignedPath, ancestors, descendants, feedback_loops, signed_paths
from hillflow.networks.prior_network import PriorNetwork
from hillflow.networks.read_edges import EDGE_FORMATS, read_edges
from hillflow.networks.read_prior import FORMATS, read_prior

__all__ = [
    "EDGE_FORMATS",
    "FORMATS",
    "AlignedPrior",
    "CatalogueEntry",
    "EdgeMask",
    "Network",
    "PriorNetwork",
    "SignedPath",
    "add_network",
    "add_regvelo_prior",
    "align",
    "ancestors",
    "annotated",
    "at_hand",
    "catalogue",
    "descendants",
    "feedback_loops",
    "fetch",
    "find_entry",
    "from_base_grn",
    "from_tfdict",
    "load_prior",
    "named_entry",
    "neighbourhood",
    "push_to_cytoscape",
    "read_aliases",
    "read_edges",
    "read_prior",
    "signed_paths",
]
