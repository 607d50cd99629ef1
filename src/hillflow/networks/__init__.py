"""Regulatory networks, known or inferred: read, align, query, annotate and write them."""

from __future__ import annotations

from hillflow.networks.aliases import read_aliases
from hillflow.networks.aligned import AlignedPrior, align
from hillflow.networks.annotated import annotated
from hillflow.networks.as_network import as_network
from hillflow.networks.catalogue import CatalogueEntry, catalogue
from hillflow.networks.cytoscape import push_to_cytoscape
from hillflow.networks.download import fetch
from hillflow.networks.formats.base import FORMATS, NetworkFormat
from hillflow.networks.formats.decoupler import decoupler_network
from hillflow.networks.in_anndata import add_network, add_regvelo_prior, regvelo_skeleton
from hillflow.networks.load import load_prior
from hillflow.networks.mask import EdgeMask
from hillflow.networks.network import Network
from hillflow.networks.network_files import read_network, write_network
from hillflow.networks.paths import SignedPath, ancestors, descendants, feedback_loops, signed_paths
from hillflow.networks.source import NetworkSource

__all__ = [
    "FORMATS",
    "AlignedPrior",
    "CatalogueEntry",
    "EdgeMask",
    "Network",
    "NetworkFormat",
    "NetworkSource",
    "SignedPath",
    "add_network",
    "add_regvelo_prior",
    "align",
    "ancestors",
    "annotated",
    "as_network",
    "catalogue",
    "decoupler_network",
    "descendants",
    "feedback_loops",
    "fetch",
    "load_prior",
    "push_to_cytoscape",
    "read_aliases",
    "read_network",
    "regvelo_skeleton",
    "signed_paths",
    "write_network",
]
