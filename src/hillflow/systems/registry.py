"""The registry of systems, which the command line, the docs and the benchmarks list."""

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
from hillflow.systems.splicing import Splicing
from hillflow.systems.system import RegulatorySystem
from hillflow.systems.toggle import Toggle


@dataclass(frozen=True)
class SystemEntry:
    """A system with a name.

    Attributes
    ----------
    name, description, source
        Its name, one line about it, and its publication.
    build
        Function that makes the system from its options.
    times
        Default times of a simulation.
    options
        Options of `build` and their meaning; every system also takes ``noise``.
    """

    name: str
    description: str
    source: str
    build: Callable[..., RegulatorySystem]
    times: tuple[float, ...]
    options: Mapping[str, str] = field(default_factory=dict)


_HILL = {
    "threshold": "K of every repressor", "exponent": "n of every repressor",
    "leak": "basal production",
}  # fmt: skip

SYSTEMS: Registry[SystemEntry] = Registry(
    "system", "systems", "Known systems to simulate cells from (hillflow simulate)"
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
        {
            **_HILL,
            "ring": "number of genes",
            "production": "production without repression",
            "protein_rate": "decay rate of protein over that of mRNA",
        },
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
            "density": "probability of an edge",
            "decay": "decay rates",
            "offset": "constant production",
            "seed": "seed of the network",
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
            "regulators": "number of regulators among them",
            "in_degree": "mean number of regulators of a gene",
            "hub_exponent": "0 for no hubs, up to 1",
            "activating": "share of activating edges",
            "exponent": "Hill exponent",
            "seed": "seed of the network",
        },
    ),
    SystemEntry(
        "six-gene",
        "a toggle switch that controls a three-gene ring and a reporter",
        "hillflow documentation, methods",
        SixGene,
        (0.0, 1.0, 2.0, 4.0, 6.0),
    ),
    SystemEntry(
        "splicing",
        "unspliced and spliced mRNA, transcription as in RegVelo; 6 genes",
        "La Manno et al. 2018, Nature 560:494; Wang et al. 2024",
        Splicing,
        (0.0, 0.5, 1.0, 2.0, 4.0, 6.0),
    ),
):
    SYSTEMS.add(_entry, __name__)


def build_system(name: str, **options: Any) -> RegulatorySystem:
    """Build a system by its name.

    Parameters
    ----------
    name
        A name in `SYSTEMS`.
    options
        Options of the system (see `SYSTEMS`), and ``noise``.

    Returns
    -------
    RegulatorySystem

    Examples
    --------
    >>> from hillflow.systems import build_system
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
