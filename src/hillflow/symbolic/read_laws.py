"""The laws of a fit whose field is made of laws: they are read, and nothing is distilled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from hillflow.symbolic.law import Law
from hillflow.symbolic.laws import Laws
from hillflow.symbolic.learned import learned
from hillflow.symbolic.logic_field_laws import floor_of, laws_of_logic, table_parameters
from hillflow.symbolic.member_intervals import member_interval
from hillflow.symbolic.parameter import Parameter
from hillflow.symbolic.soft_table import Array, SoftTable, soft_tables


def has_laws(fitted: Fitted) -> bool:
    """Whether the field of the fit is made of laws, which `read_laws` reads: the field 'logic'."""
    return all(isinstance(member.field, LogicField) for member in members_of(fitted))


def read_laws(fitted: Fitted, data: Cells, genes: Sequence[str] | None = None) -> Laws:
    """Read the laws of a fit whose field is 'logic': the laws are the model.

    They are the laws of the first member, while predictions of the fit are of all members. The
    other members show how well the data determine the laws: intervals are the 2.5 to 97.5 %
    quantiles of a parameter over the members that have it (widened to the value itself where that
    lies outside; the range, of fewer than five), ``law.in_members`` counts the members that have
    each regulator, and ``law.agreement`` is the share of the members whose law has the same
    regulators and signs.

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
        Signs are those of the mean effect over the cells, as in the network of the fit. Parameters
        are those of `laws_of_logic`, and ``effect[A]``, the production with regulator A on minus
        that with A off, mean over the cells; "noise" (ν) and "protein" (γ_p) if the fit has them.
        With the floor of the curves (`Laws.floor`), the noise and the rates of proteins
        (`Laws.noise`, `Laws.proteins`). Cost: one evaluation of each gene's table at the cells for
        each member.

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
    heads = [(learned(member, "noise"), learned(member, "protein")) for member in members]
    rate = f"1/{first.time_unit}" if first.time_unit else ""
    sign = _signs_over_cells(first, states)
    fronts = {}
    for gene in wanted:
        tables = [member[gene] for member in by_member]
        table = tables[0]
        columns = [first.genes.index(parent) for parent in table.regulators]
        levels = _levels(states, table, first.genes, found.floor)
        law = found.best[gene]
        constants = [
            (
                *table_parameters(each, rate),
                *_effects(each, _levels(states, each, first.genes, found.floor), rate),
                *_of_heads(gene, noise, protein, rate),
            )
            for each, (noise, protein) in zip(tables, heads, strict=True)
        ]
        law = _with_members(law, tables, constants, _outside(table, states[:, columns]))
        law = replace(law, signs=tuple(sign[first.genes.index(gene), columns].tolist()))
        if law.rule is not None:
            law = replace(law, rule=with_kept(law.rule, table, levels))
        fronts[gene] = ParetoFront(gene, [law])
    start = first.denoise(first_cells(cells, len(cells.x))).mean(0).tolist()
    return replace(
        found, fronts=fronts, initial=dict(zip(first.genes, start, strict=True)),
        about={"engine": "logic field", "field": "logic", "members": len(members),
               "scale": first.scale},
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
    """The laws of one member, with the floor of its curves, its noise and rates of proteins."""
    field, genes = _logic(member), member.genes
    laws = laws_of_logic(field, member.time_unit)
    return Laws(
        {gene: ParetoFront(gene, [law]) for gene, law in laws.items()}, member.time_unit,
        floor=dict(zip(genes, floor_of(field), strict=True)),
        proteins=learned(member, "protein"), noise=learned(member, "noise"),
    )  # fmt: skip


def _logic(member: Member) -> LogicField:
    field = member.field
    if not isinstance(field, LogicField):
        raise UnsupportedError(
            "a field that is made of laws, 'logic'", f"the {field.name!r} field",
            "distill the fit into laws (hillflow laws RUN, or hillflow.symbolic.distill)",
        )  # fmt: skip
    return field


def _levels(
    states: Array, table: SoftTable, genes: Sequence[str], floor: Mapping[str, float]
) -> Array:
    """Levels of the regulators of a table in the cells, raised to the floor of the curves."""
    columns = [genes.index(parent) for parent in table.regulators]
    least = [floor[parent] for parent in table.regulators]
    return np.maximum(states[:, columns], least).astype(float)


def _effects(table: SoftTable, levels: Array, rate: str) -> list[Parameter]:
    effects = table.effects(levels).tolist()
    return [
        Parameter(f"effect[{gene}]", effect, unit=rate)
        for gene, effect in zip(table.regulators, effects, strict=True)
    ]


def _of_heads(
    gene: str, noise: Mapping[str, float], protein: Mapping[str, float], rate: str
) -> list[Parameter]:
    """ν and γ_p of a gene, where they were learned."""
    known = (("noise", noise, ""), ("protein", protein, rate))
    return [Parameter(name, of[gene], unit=unit) for name, of, unit in known if gene in of]


def _with_members(
    law: Law,
    tables: Sequence[SoftTable],
    constants: Sequence[Sequence[Parameter]],
    flags: Sequence[str],
) -> Law:
    """The law with the constants of the first table, intervals and agreement over all, and flags.

    Parameters
    ----------
    tables, constants
        The table of each member, and its constants by name.
    """
    own = replace(law, parameters=tuple(constants[0]), members=len(tables))
    in_members = tuple(
        sum(parent in table.regulators for table in tables) for parent in law.parents
    )
    own = replace(own, in_members=in_members, flags=tuple(flags))
    if len(tables) == 1:
        return own
    values = [{each.name: each.value for each in member} for member in constants]
    regulations = [set(zip(table.regulators, table.signs(), strict=True)) for table in tables]
    alike = sum(other == regulations[0] for other in regulations)
    rare = [
        f"{parent} regulates it in {count} of {len(tables)} members only"
        for parent, count in zip(law.parents, in_members, strict=True)
        if 2 * count < len(tables)
    ]
    return replace(
        own, parameters=tuple(_interval(each, values) for each in own.parameters),
        agreement=alike / len(tables), flags=(*rare, *flags),
    )  # fmt: skip


def _interval(parameter: Parameter, members: Sequence[dict[str, float]]) -> Parameter:
    """The constant of the first member with its interval over the members that have it."""
    values = [values[parameter.name] for values in members if parameter.name in values]
    limits = member_interval(values)
    return parameter if limits is None else replace(parameter, low=limits[0], high=limits[1])


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
