"""The systems by name: what the command line, the docs and the benchmarks list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hillflow.errors import InputError, listing
from hillflow.registry import Registry
from hillflow.systems.hematopoiesis import Hematopoiesis
from hillflow.systems.linear import Linear
from hillflow.systems.repressilator import Repressilator
from hillflow.systems.scale_free import ScaleFree
from hillflow.systems.six_gene import SixGene
from hillflow.systems.system import RegulatorySystem
from hillflow.systems.toggle import Toggle


@dataclass(frozen=True)
class SystemEntry:
    """One system that can be asked for by name.

    Attributes
    ----------
    name, description, source
        What to type, one line on what it is, and who described it.
    build
        Makes the system from its options.
    times
        Times that show what it does.
    options
        Options of `build` and what they mean; every system also takes ``noise``.
    """

    name: str
    description: str
    source: str
    build: Callable[..., RegulatorySystem]
    times: tuple[float, ...]
    options: Mapping[str, str] = field(default_factory=dict)


_HILL = {"threshold": "K of every repressor", "exponent": "n of every repressor", "leak": "basal"}

SYSTEMS: Registry[SystemEntry] = Registry(
    "system", "systems", "Which known system cells are drawn from (hillflow simulate)"
)
for _entry in (
    SystemEntry(
        "hematopoiesis",
        "myeloid progenitor to four blood fates; 11 genes, mRNA and protein",
        "Krumsiek et al. 2011, PLoS ONE 6:e22649",
        Hematopoiesis,
        (0.0, 6.0, 12.0, 24.0, 48.0),
    ),
    SystemEntry(
        "toggle",
        "two genes that repress each other; two stable states",
        "Gardner, Cantor, Collins 2000, Nature 403:339",
        Toggle,
        (0.0, 1.0, 2.0, 4.0, 8.0),
        _HILL,
    ),
    SystemEntry(
        "repressilator",
        "ring of repressors that oscillates; 3 genes, mRNA and protein",
        "Elowitz, Leibler 2000, Nature 403:335",
        Repressilator,
        (0.0, 2.0, 4.0, 6.0, 8.0, 10.0),
        {**_HILL, "ring": "genes", "production": "full", "protein_rate": "decay of protein"},
    ),
    SystemEntry(
        "linear",
        "stable linear system with exact moments; levels may be negative",
        "Ornstein–Uhlenbeck; Gardiner 2009, section 4.5.6",
        Linear,
        (0.0, 0.5, 1.0, 2.0, 4.0),
        {
            "weights": "matrix [target, source] instead of a random one",
            "genes": "number of genes",
            "density": "chance of an edge",
            "decay": "rates",
            "offset": "constant production",
            "seed": "of the network",
        },
    ),
    SystemEntry(
        "scale-free",
        "random signed Hill network with hubs, of any size",
        "Goh, Kahng, Kim 2001, Phys. Rev. Lett. 87:278701",
        ScaleFree,
        (0.0, 0.5, 1.0, 2.0, 4.0),
        {
            "genes": "number of genes",
            "regulators": "how many of them regulate",
            "in_degree": "mean regulators of a gene",
            "hub_exponent": "0 for no hubs, up to 1",
            "activating": "share of activating edges",
            "exponent": "Hill exponent",
            "seed": "of the network",
        },
    ),
    SystemEntry(
        "six-gene",
        "a toggle that steers a three-gene ring and a reporter",
        "hillflow documentation, methods",
        SixGene,
        (0.0, 1.0, 2.0, 4.0, 6.0),
    ),
):
    SYSTEMS.add(_entry, __name__)


def build_system(name: str, **options: Any) -> RegulatorySystem:
    """Make a system by name.

    >>> build_system("scale-free", genes=20, seed=1).genes[:2]
    ('G1', 'G2')
    """
    entry = SYSTEMS[name]
    unknown = sorted(set(options) - set(entry.options) - {"noise"})
    if unknown:
        known = ["noise", *entry.options]
        raise InputError(
            f"options of {name!r} among {', '.join(known)}", listing(unknown), "leave them out"
        )
    return entry.build(**options)
