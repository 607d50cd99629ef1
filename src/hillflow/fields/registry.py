"""The fields by name: one table feeds the command line, the docs and the benchmarks."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hillflow.errors import GeneNameError, InputError, did_you_mean, listing
from hillflow.fields.base import VectorField
from hillflow.fields.options import check_options
from hillflow.genes import check_gene_names

# The modules that register fields; a new field adds its module here.
_MODULES = ("linear", "hill_dense", "hill_sparse", "hill_edges", "locally_linear",
            "path_norm", "gated", "group_lasso", "dense", "second_order", "mlp",
            "potential")  # fmt: skip


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


_ENTRIES: dict[str, FieldEntry] = {}


def register(
    *, name: str, formula: str, source: str, prior: str, cost: str, when_not: str
) -> Callable[[type[VectorField]], type[VectorField]]:
    """Class decorator: give a field its name and its row in the table of fields."""

    def enter(cls: type[VectorField]) -> type[VectorField]:
        cls.name = name
        _ENTRIES[name] = FieldEntry(name, cls, formula, source, prior, cost, when_not)
        return cls

    return enter


def field_entries() -> tuple[FieldEntry, ...]:
    """All fields, baselines first."""
    for module in _MODULES:
        importlib.import_module(f"hillflow.fields.{module}")
    return tuple(_ENTRIES.values())


def field_entry(name: str) -> FieldEntry:
    """The entry of one field, or an error that names the nearest."""
    entries = {entry.name: entry for entry in field_entries()}
    if name not in entries:
        raise InputError("the name of a field", repr(name), did_you_mean(name, tuple(entries)))
    return entries[name]


def make_field(name: str, genes: Sequence[str], **options: Any) -> VectorField:
    """Build a field by its name, untrained; options are those of its class.

    Those that use a prior network take it as ``edges=``: the mask of an aligned prior, or
    `CandidateEdges`.
    """
    entry = field_entry(name)
    if isinstance(genes, str) or not len(genes):
        raise GeneNameError(
            "a list of gene names, one at least", repr(genes), "give the names, such as data.genes"
        )
    if options.get("edges") is not None and entry.prior == "none":
        able = [other.name for other in field_entries() if "mask" in other.prior]
        raise InputError(
            "a field that takes candidate edges", f"edges for {name!r}, which has no use for them",
            f"choose among {listing(able, 9)}, or leave edges out",
        )  # fmt: skip
    check_options(entry.cls, options, f"the {name!r} field")
    return entry.cls(check_gene_names(genes, "the field"), **options)
