"""Prior networks: what is already published about who regulates whom.

:func:`load_prior` takes a catalogue name or a file, :meth:`PriorNetwork.align` restricts the
network to the genes of the data and reports what was matched, and :meth:`AlignedPrior.mask`
gives the candidate edges as arrays that a vector field can use. Nothing here needs torch.
"""

from __future__ import annotations

from hillflow.priors.aliases import read_aliases
from hillflow.priors.aligned import AlignedPrior, align
from hillflow.priors.catalogue import CatalogueEntry, catalogue, find_entry
from hillflow.priors.celloracle import from_base_grn, from_tfdict
from hillflow.priors.download import at_hand, fetch
from hillflow.priors.formats import FORMATS, read_prior
from hillflow.priors.load import load_prior, named_entry
from hillflow.priors.mask import EdgeMask
from hillflow.priors.network import PriorNetwork

__all__ = [
    "FORMATS",
    "AlignedPrior",
    "CatalogueEntry",
    "EdgeMask",
    "PriorNetwork",
    "align",
    "at_hand",
    "catalogue",
    "fetch",
    "find_entry",
    "from_base_grn",
    "from_tfdict",
    "load_prior",
    "named_entry",
    "read_aliases",
    "read_prior",
]
