"""The laws of a fit whose field is made of laws: they are read, and nothing is distilled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from hillflow.causal.checked_cells import checked_cells
from hillflow.data import Cells
from hillflow.errors import UnsupportedError
from hillflow.fields.logic import LogicField
from hillflow.model import Member
from hillflow.model.fit import Fitted, members_of
from hillflow.symbolic.agreement import first_cells
from hillflow.symbolic.boolean import with_kept
from hillflow.symbolic.candidates import wanted_genes
from hillflow.symbolic.front import ParetoFront
from hillflow.symbolic.law import Law, Parameter
from hillflow.symbolic.laws import Laws
from hillflow.symbolic.logic_field_laws import floor_of, laws_of_logic, table_parameters
from hillflow.symbolic.soft_table import Array, SoftTable, soft_tables


def has_laws(fitted: Fitted) -> bool:
    """Whether the field of the fit is made of laws, which `read_laws` reads: the field 'logic'."""
    return all(isinstance(member.field, LogicField) for member in members_of(fitted))


def read_laws(fitted: Fitted, data: Cells, genes: Sequence[str] | None = None) -> Laws:
    """Read the laws of a fit whose field is 'logic': the laws are the model.

    They are the laws of the first member. The other members show how well the data determine them:
    intervals are the 2.5 to 97.5 % quantiles of a parameter over the members that have it (widened
    to the value itself where that lies outside), and
    ``law.agreement`` is the share of the members whose law has the same regulators and signs.

    Parameters
    ----------
    fitted
        The fit, or one of its members.
    data
        The cells, for the range of each regulator and for what each Boolean rule keeps.
    genes
        Genes whose laws are read; by default all.

    Returns
    -------
    Laws
        Signs are those of the mean effect over the cells, as in the network of the fit. With the
        floor of the curves (`Laws.floor`) and the rates of proteins, if the fit has them
        (`Laws.proteins`). Cost: one evaluation of each gene's table at the cells.

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow.symbolic import read_laws
    >>> adata = hf.simulate("toggle", cells=20, times=[0, 1, 2])
    >>> run = hf.fit(adata, field="logic", method="ot-cfm", effort=0.02)
    >>> laws = read_laws(run.fit, run.data)
    >>> laws["A"].best.error, laws["A"].best.engine
    (0.0, 'logic field')
    """
    members = members_of(fitted)
    first = members[0]
    found = laws_of_member(first)
    wanted = wanted_genes(first.genes, genes, "model")
    cells = checked_cells(fitted, data)
    states = first.denoise(cells.x)
    by_member = [soft_tables(_logic(member)) for member in members]
    sign = _signs_over_cells(first, states)
    fronts = {}
    for gene in wanted:
        tables = [member[gene] for member in by_member]
        table = tables[0]
        columns = [first.genes.index(parent) for parent in table.regulators]
        levels = np.maximum(states[:, columns], [found.floor[g] for g in table.regulators])
        law = _with_members(found.best[gene], tables, _outside(table, states[:, columns]))
        law = replace(law, signs=tuple(sign[first.genes.index(gene), columns].tolist()))
        if law.rule is not None:
            law = replace(law, rule=with_kept(law.rule, table, levels.astype(float)))
        fronts[gene] = ParetoFront(gene, [law])
    start = first.denoise(first_cells(cells, len(cells.x))).mean(0).tolist()
    return replace(
        found, fronts=fronts, initial=dict(zip(first.genes, start, strict=True)),
        about={"engine": "logic field", "field": "logic", "members": len(members)},
    )  # fmt: skip


def _signs_over_cells(member: Member, states: Array) -> Array:
    """Sign of the mean effect over the cells, [target, source], as in the network of the fit.

    Where it is 0, in none of the cells, that over the rows of the table.
    """
    field = _logic(member)
    with torch.no_grad():
        like = field.scale()
        over_cells = field.mean_edge_weights(torch.as_tensor(states, dtype=like.dtype))
        sign = torch.where(over_cells != 0, over_cells, field.edge_weights()).sign()
    return np.where(sign.numpy() >= 0, 1, -1)


def laws_of_member(member: Member) -> Laws:
    """The laws of one member, with the floor of its curves and the rates of its proteins."""
    field, genes = _logic(member), member.genes
    laws = laws_of_logic(field, member.time_unit)
    protein = member.heads.protein
    rates = [] if protein is None else protein().detach().double().tolist()
    return Laws(
        {gene: ParetoFront(gene, [law]) for gene, law in laws.items()}, member.time_unit,
        floor=dict(zip(genes, floor_of(field), strict=True)),
        proteins=dict(zip(genes, rates, strict=False)),
    )  # fmt: skip


def _logic(member: Member) -> LogicField:
    field = member.field
    if not isinstance(field, LogicField):
        raise UnsupportedError(
            "a field that is made of laws, 'logic'", f"the {field.name!r} field",
            "distill the fit into laws (hillflow laws RUN, or hillflow.symbolic.distill)",
        )  # fmt: skip
    return field


def _with_members(law: Law, tables: Sequence[SoftTable], flags: Sequence[str]) -> Law:
    """The law of the first table, with intervals and agreement over all, and flags."""
    if len(tables) == 1:
        return replace(law, flags=tuple(flags))
    values = [{each.name: each.value for each in table_parameters(table, "")} for table in tables]
    regulations = [set(zip(table.regulators, table.signs(), strict=True)) for table in tables]
    alike = sum(other == regulations[0] for other in regulations)
    rare = [
        f"{parent} regulates it in {count} of {len(tables)} members only"
        for parent in law.parents
        if 2 * (count := sum(parent in table.regulators for table in tables)) < len(tables)
    ]
    return replace(
        law, parameters=tuple(_interval(each, values) for each in law.parameters),
        agreement=alike / len(tables), flags=(*rare, *flags),
    )  # fmt: skip


def _interval(parameter: Parameter, members: Sequence[dict[str, float]]) -> Parameter:
    values = [values[parameter.name] for values in members if parameter.name in values]
    if len(values) < 2:
        return parameter
    low, high = np.quantile(values, [0.025, 0.975]).tolist()
    # The law of the first member is quoted, so its value is always inside.
    return replace(parameter, low=min(low, parameter.value), high=max(high, parameter.value))


def _outside(table: SoftTable, levels: Array) -> list[str]:
    """A flag for each regulator whose cells are all on one side of its threshold."""
    flags = []
    for k, gene in enumerate(table.regulators):
        threshold = float(table.threshold[k])
        low, high = float(levels[:, k].min()), float(levels[:, k].max())
        if threshold >= high:
            flags.append(f"K[{gene}] = {threshold:.3g} is above all levels of {gene} ({high:.3g})")
        elif threshold <= low:
            flags.append(f"K[{gene}] = {threshold:.3g} is below all levels of {gene} ({low:.3g})")
    return flags
