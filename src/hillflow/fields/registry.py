"""The registry of fields, which the command line, the docs and the benchmarks list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hillflow.errors import GeneNameError, InputError, listing
from hillflow.fields.base import VectorField
from hillflow.genes import check_gene_names
from hillflow.options import check_options
from hillflow.registry import Registry


@dataclass(frozen=True)
class FieldEntry:
    """A registered field, with the information needed to choose one.

    Attributes
    ----------
    name, cls
        Key and class.
    formula, source
        The formula in one line, and its publication.
    prior
        Use of a prior network: "none", "soft" (a target for production), "mask" (parameters on
        candidate edges only), or both, comma-separated.
    cost
        Time and memory per cell of one evaluation, with G genes, E edges, H hidden units.
    when_not
        When to choose another field.
    """

    name: str
    cls: type[VectorField]
    formula: str
    source: str
    prior: str
    cost: str
    when_not: str


FIELDS: Registry[FieldEntry] = Registry(
    "field", "fields", "Vector fields, the right-hand sides of dx/dt (--field)",
    [f"hillflow.fields.{name}" for name in (
        "logic", "linear", "softplus", "hill_dense", "hill_sparse", "hill_edges", "locally_linear",
        "path_norm", "gated", "group_lasso", "dense", "second_order", "mlp", "potential",
    )],
)  # fmt: skip


def register(
    *, name: str, formula: str, source: str, prior: str, cost: str, when_not: str
) -> Callable[[type[VectorField]], type[VectorField]]:
    """Return a class decorator that registers a field under a name.

    Parameters
    ----------
    name, formula, source, prior, cost, when_not
        See `FieldEntry`.

    Returns
    -------
    callable
        It enters the class in `FIELDS`, sets ``cls.name`` and returns the class.

    Examples
    --------
    >>> import torch
    >>> from hillflow.fields import VectorField, make_field, register
    >>> @register(
    ...     name="relaxation", formula="dx/dt = 1 − x", source="example", prior="none",
    ...     cost="O(G)", when_not="genes regulate each other",
    ... )
    ... class Relaxation(VectorField):
    ...     def production(self, x, t=None):
    ...         return torch.ones_like(x)
    ...     def decay(self, x, t=None):
    ...         return x
    >>> make_field("relaxation", ["GATA1"])(0.0, torch.tensor([[0.25]])).tolist()
    [[0.75]]
    """

    def enter(cls: type[VectorField]) -> type[VectorField]:
        cls.name = name
        FIELDS.add(FieldEntry(name, cls, formula, source, prior, cost, when_not), cls.__module__)
        return cls

    return enter


def make_field(name: str, genes: Sequence[str], **options: Any) -> VectorField:
    """Build an untrained field by its name.

    Parameters
    ----------
    name
        A name in `FIELDS`.
    genes
        Names, in the order of the columns of the data.
    options
        Options of its class. Fields that use a prior network accept it as ``edges=``: the mask of
        an aligned prior, or `CandidateEdges`.

    Returns
    -------
    VectorField

    Examples
    --------
    >>> import torch
    >>> from hillflow.fields import make_field
    >>> field = make_field("hill", ["GATA1", "SPI1"], seed=0)
    >>> x = torch.rand(5, 2)
    >>> torch.equal(field(0.0, x), field.production(x) - field.decay(x))
    True
    """
    entry = FIELDS[name]
    if isinstance(genes, str) or not len(genes):
        raise GeneNameError(
            "a list of gene names, at least one", repr(genes), "give the names, such as data.genes"
        )
    if options.get("edges") is not None and entry.prior == "none":
        with_edges = [other.name for other in FIELDS.values() if "mask" in other.prior]
        raise InputError(
            "a field that takes candidate edges", f"edges for {name!r}, which does not use them",
            f"choose among {listing(with_edges, 9)}, or leave edges out",
        )  # fmt: skip
    check_options(entry.cls, options, f"the {name!r} field", given=("genes",))
    return entry.cls(check_gene_names(genes, "the field"), **options)
