"""The fields by name: one table feeds the command line, the docs and the benchmarks."""

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
    """What a user needs to know to choose a field.

    Attributes
    ----------
    name, cls
        Key and class.
    formula, source
        The law in one line, and where it was published.
    prior
        What it does with a prior network: "none", "soft" (a target for production), "mask"
        (parameters on candidate edges only), or both, comma-separated.
    cost
        Time and memory of one evaluation in G genes, E edges, H hidden units, per cell.
    when_not
        When to choose another one.
    """

    name: str
    cls: type[VectorField]
    formula: str
    source: str
    prior: str
    cost: str
    when_not: str


FIELDS: Registry[FieldEntry] = Registry(
    "field", "fields", "Which law moves a cell (--field)",
    [f"hillflow.fields.{name}" for name in (
        "linear", "hill_dense", "hill_sparse", "hill_edges", "locally_linear", "path_norm", "gated",
        "group_lasso", "dense", "second_order", "mlp", "potential",
    )],
)  # fmt: skip


def register(
    *, name: str, formula: str, source: str, prior: str, cost: str, when_not: str
) -> Callable[[type[VectorField]], type[VectorField]]:
    """Class decorator: give a field its name and its row in the table of fields."""

    def enter(cls: type[VectorField]) -> type[VectorField]:
        cls.name = name
        FIELDS.add(FieldEntry(name, cls, formula, source, prior, cost, when_not), cls.__module__)
        return cls

    return enter


def make_field(name: str, genes: Sequence[str], **options: Any) -> VectorField:
    """Build a field by its name, untrained; options are those of its class.

    Those that use a prior network take it as ``edges=``: the mask of an aligned prior, or
    `CandidateEdges`.
    """
    entry = FIELDS[name]
    if isinstance(genes, str) or not len(genes):
        raise GeneNameError(
            "a list of gene names, one at least", repr(genes), "give the names, such as data.genes"
        )
    if options.get("edges") is not None and entry.prior == "none":
        able = [other.name for other in FIELDS.values() if "mask" in other.prior]
        raise InputError(
            "a field that takes candidate edges", f"edges for {name!r}, which has no use for them",
            f"choose among {listing(able, 9)}, or leave edges out",
        )  # fmt: skip
    check_options(entry.cls, options, f"the {name!r} field", given=("genes",))
    return entry.cls(check_gene_names(genes, "the field"), **options)
