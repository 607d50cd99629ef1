"""SBML: laws as a model that COPASI, Tellurium, libRoadRunner and other tools simulate.

Level 3 Version 1 core. Each gene is a species in one compartment with a rate rule

    dx_i/dt = production_i(x) − γ_i x_i,

where γ_i is a parameter of the model. Where regulators act through proteins, each regulator has a
second species with dp_i/dt = γ_p (x_i − p_i), and p takes the place of x in productions. Expression
is written as dimensionless; time has the unit of the data. SBML identifiers consist of letters,
digits and underscores, so each gene gets an identifier made from its name; the attribute `name` has
the original name. The notes of the model say whose laws they are, that noise is left out, and the
units.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from sympy import Expr

from hillflow.errors import InputError, MissingPackageError, UnsupportedError, listing
from hillflow.fields import VectorField
from hillflow.fields.hill_edges import HillField
from hillflow.fields.logic import LogicField
from hillflow.files import check_output_file, replacing
from hillflow.model import Member
from hillflow.symbolic.expression import replaced, symbol
from hillflow.symbolic.field import SymbolicField
from hillflow.symbolic.formats.names import safe_names
from hillflow.symbolic.formats.registry import LAW_FORMATS, LawFormat
from hillflow.symbolic.formats.remarks import (
    WITHOUT_NOISE,
    remarks,
    units,
    written_by,
    xhtml_notes,
)
from hillflow.symbolic.hill_field_laws import laws_of_hill
from hillflow.symbolic.law import Law
from hillflow.symbolic.laws import Laws
from hillflow.symbolic.logic_field_laws import floor_of, laws_of_logic
from hillflow.symbolic.mathml import NAMESPACE, apply, content, real

Source: TypeAlias = Laws | Member | VectorField
SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "week": 604800.0}
_COMPARTMENT, _TIME_UNIT, _RATE_UNIT = "cell", "time_unit", "per_time_unit"
_ONE = "dimensionless"


def write_sbml(
    source: Source,
    path: str | Path,
    *,
    initial: Mapping[str, float] | Sequence[float] | np.ndarray | None = None,
    time_unit: str | None = None,
    name: str = "hillflow",
) -> Path:
    """Write laws, or a fitted 'hill' or 'logic' field, as an SBML file.

    Parameters
    ----------
    source
        `Laws`, a `SymbolicField`, a 'hill' or 'logic' field, or a member of a fit with one of these
        fields, whose proteins are written too.
    path
        Name of the file, with the suffix .xml or .sbml.
    initial
        Levels at time 0, by gene or in the order of the genes; by default ``laws.initial``, or 0
        for a field.
    time_unit
        s, min, h, d or week; other units are written without their length. By default the unit of
        `source`.
    name
        Name of the SBML model.

    Returns
    -------
    Path
        The file, whose content libSBML has checked for consistency.

    Examples
    --------
    >>> from hillflow.fields import make_field
    >>> from hillflow.symbolic import write_sbml
    >>> write_sbml(make_field("hill", ["GATA1", "SPI1"]), "laws.xml", time_unit="h").name
    'laws.xml'
    """
    suffix = Path(path).suffix
    path = check_output_file(path, suffix if suffix in (".xml", ".sbml") else ".xml")
    system = _system(source)
    levels = _levels(system.genes, system.initial if initial is None else initial)
    unit = system.time_unit if time_unit is None else time_unit
    text = _document(system, levels, unit, name, _notes(source, unit))
    with replacing(path) as draft:
        draft.write_text(text, encoding="utf-8")
    return path


def identifiers(genes: Sequence[str]) -> dict[str, str]:
    """A valid, unique SBML identifier for each gene: its name, if that is an identifier."""
    libsbml = sbml_library()
    reserved = (_COMPARTMENT, _TIME_UNIT, _RATE_UNIT)
    return safe_names(genes, lambda name: _is_identifier(name, libsbml), reserved)


def _is_identifier(text: str, libsbml: Any) -> bool:
    """Whether the text is an SBML identifier, and a name in SBML formulas (unlike pi and time)."""
    if not re.fullmatch(r"[A-Za-z_]\w*", text, flags=re.ASCII) or text in ("exp", "log"):
        return False
    node = libsbml.parseL3Formula(text)
    return node is not None and node.getType() == libsbml.AST_NAME


@dataclass(frozen=True)
class _System:
    """The laws to write, and the bounds of levels and productions.

    `floor` is the lowest level of each gene that its targets see; `proteins` are the rates of
    proteins, if regulators act through them; `clipped` are the genes whose production is clipped at
    0.
    """

    laws: Mapping[str, Law]
    time_unit: str = ""
    initial: Mapping[str, float] | None = None
    clipped: frozenset[str] = frozenset()
    floor: Mapping[str, float] = field(default_factory=dict)
    proteins: Mapping[str, float] = field(default_factory=dict)

    @property
    def genes(self) -> tuple[str, ...]:
        return tuple(self.laws)


def _system(source: Source) -> _System:
    if isinstance(source, Laws):
        return _of_laws(source)
    unit = source.time_unit if isinstance(source, Member) else ""
    inner: object = source.field if isinstance(source, Member) else source
    head = source.heads.protein if isinstance(source, Member) else None
    rates = {} if head is None else dict(zip(source.genes, head().tolist(), strict=True))
    if isinstance(inner, SymbolicField):
        return _System(inner.laws, unit, None, inner.clipped, inner.floor, rates)
    if isinstance(inner, HillField):
        floor = dict.fromkeys(inner.genes, float(inner.floor))
        return _System(laws_of_hill(inner, unit), unit, floor=floor, proteins=rates)
    if isinstance(inner, LogicField):
        floor = dict(zip(inner.genes, floor_of(inner), strict=True))
        return _System(laws_of_logic(inner, unit), unit, floor=floor, proteins=rates)
    raise UnsupportedError(
        "Laws, a SymbolicField or a fitted 'hill' or 'logic' field",
        repr(inner) if isinstance(inner, VectorField) else type(inner).__name__,
        "distill the fit into laws first (hillflow laws RUN, or hillflow.symbolic.distill)",
    )


def _of_laws(laws: Laws) -> _System:
    system = laws.field()
    known = {gene: level for gene, level in laws.initial.items() if gene in system.laws}
    return _System(
        system.laws, laws.time_unit, known or None, system.clipped, system.floor, laws.proteins
    )


def _levels(genes: Sequence[str], initial: Any) -> dict[str, float]:
    if initial is None:
        return dict.fromkeys(genes, 0.0)
    if isinstance(initial, Mapping):
        unknown = [gene for gene in initial if gene not in genes]
        if unknown:
            raise InputError(
                "initial levels of the genes of the model", listing(unknown), "leave them out"
            )
        levels = {gene: float(initial.get(gene, 0.0)) for gene in genes}
    else:
        values = np.asarray(initial, dtype=float)
        if values.shape != (len(genes),):
            raise InputError(
                f"{len(genes)} initial levels, one per gene", f"shape {values.shape}",
                "give one state, such as the mean of the first cells, or a dictionary by gene",
            )  # fmt: skip
        levels = dict(zip(genes, values.tolist(), strict=True))
    wrong = [gene for gene, level in levels.items() if not (np.isfinite(level) and level >= 0)]
    if wrong:
        raise InputError("finite initial levels of 0 or more", f"other levels of {listing(wrong)}",
                         "give expression levels")  # fmt: skip
    return levels


def _notes(source: Source, unit: str) -> list[str]:
    """What the notes of the model say, in sentences."""
    if isinstance(source, Laws):
        return remarks(source, unit)
    if isinstance(source, Member):
        origin = f"The equations are the field {source.field.name} of one member of a fit."
        return [written_by(), origin, WITHOUT_NOISE, units(unit, source.scale)]
    origin = f"The equations are the field {source.name}."
    return [written_by(), origin, WITHOUT_NOISE, units(unit, "unknown")]


def _document(
    system: _System, levels: dict[str, float], unit: str, name: str, notes: list[str]
) -> str:
    libsbml = sbml_library()
    document = libsbml.SBMLDocument(3, 1)
    model = document.createModel()
    set_attributes(model, Id="hillflow", Name=name, Notes=xhtml_notes(notes))
    _write_units(model, unit, libsbml)
    set_attributes(model.createCompartment(), Id=_COMPARTMENT, Constant=True, Size=1.0,
         SpatialDimensions=3.0, Units=_ONE)  # fmt: skip
    sids = identifiers(system.genes)
    for gene, sid in sids.items():
        _species(model, sid, gene, levels[gene])
    _write_rules(model, system, sids, libsbml)
    return checked_text(document, libsbml)


def checked_text(document: Any, libsbml: Any) -> str:
    """The document as XML, which libSBML has checked for consistency."""
    errors = map(document.getError, range(document.checkConsistency()))
    severe = [error for error in errors if error.getSeverity() >= libsbml.LIBSBML_SEV_ERROR]
    if severe:
        raise ValueError(f"the SBML written is not valid: {severe[0].getMessage()}")
    return str(libsbml.writeSBMLToString(document))


def _write_units(model: Any, unit: str, libsbml: Any) -> None:
    """Time in the unit of the data, everything else dimensionless."""
    known = unit in SECONDS
    for unit_id, exponent in ((_TIME_UNIT, 1), (_RATE_UNIT, -1)):
        definition = model.createUnitDefinition()
        set_attributes(definition, Id=unit_id, Name=unit or "time of the data")
        kind = libsbml.UNIT_KIND_SECOND if known else libsbml.UNIT_KIND_DIMENSIONLESS
        set_attributes(definition.createUnit(), Kind=kind, Exponent=exponent, Scale=0,
                       Multiplier=SECONDS.get(unit, 1.0))  # fmt: skip
    set_attributes(
        model, TimeUnits=_TIME_UNIT if known else _ONE, SubstanceUnits=_ONE, VolumeUnits=_ONE,
        ExtentUnits=_ONE,
    )  # fmt: skip


def _write_rules(model: Any, system: _System, sids: dict[str, str], libsbml: Any) -> None:
    seen = _seen(model, system, sids, libsbml)
    for gene, law in system.laws.items():
        rate = _renamed(law.production, seen)
        if gene in system.clipped:
            rate = _at_least(0.0, rate)
        if law.decay is not None:
            gamma = free_name(f"gamma_{sids[gene]}", sids)
            _parameter(model, gamma, float(law.decay), _RATE_UNIT, f"decay rate of {gene}")
            decay = apply("times", content(symbol(gamma)), content(symbol(sids[gene])))
            rate = apply("minus", rate, decay)
        _assign(model.createRateRule(), sids[gene], rate, libsbml)


def _seen(model: Any, system: _System, sids: dict[str, str], libsbml: Any) -> dict[str, str]:
    """Identifier of what targets see of each gene: its level or protein, raised to the floor."""
    seen = dict(sids)
    used = {parent for law in system.laws.values() for parent in law.parents}
    for gene in (gene for gene in system.genes if gene in used):
        if gene in system.proteins:
            protein, rate = (
                free_name(f"protein_{sids[gene]}", sids),
                free_name(f"turnover_{sids[gene]}", sids),
            )
            start = model.getSpecies(sids[gene]).getInitialConcentration()
            _species(model, protein, f"{gene} protein", start)
            _parameter(model, rate, float(system.proteins[gene]), _RATE_UNIT,
                       f"rate of the protein of {gene}")  # fmt: skip
            behind = apply("minus", content(symbol(sids[gene])), content(symbol(protein)))
            change = apply("times", content(symbol(rate)), behind)
            _assign(model.createRateRule(), protein, change, libsbml)
            seen[gene] = protein
        if gene in system.floor:
            raised = free_name(f"seen_{sids[gene]}", sids)
            _parameter(model, raised, None, _ONE, f"{gene} as seen by its targets")
            level = _at_least(system.floor[gene], content(symbol(seen[gene])))
            _assign(model.createAssignmentRule(), raised, level, libsbml)
            seen[gene] = raised
    return seen


def _assign(rule: Any, variable: str, formula: str, libsbml: Any) -> None:
    text = f'<math xmlns="{NAMESPACE}">{formula}</math>'
    set_attributes(rule, Variable=variable, Math=libsbml.readMathMLFromString(text))


def _species(model: Any, sid: str, name: str, level: float) -> None:
    set_attributes(
        model.createSpecies(), Id=sid, Name=name, Compartment=_COMPARTMENT,
        InitialConcentration=level, SubstanceUnits=_ONE, HasOnlySubstanceUnits=False,
        BoundaryCondition=False, Constant=False,
    )  # fmt: skip


def _renamed(production: Expr, sids: Mapping[str, str]) -> str:
    """A formula as content MathML, with identifiers in place of gene names."""
    levels = production.free_symbols
    return content(replaced(production, {level: symbol(sids[level.name]) for level in levels}))


def _at_least(least: float, value: str) -> str:
    """max(least, value) as a piecewise function, since SBML Level 3 Version 1 has no max."""
    bound = real(least)
    piece = f"<piece>{bound}{apply('lt', value, bound)}</piece>"
    return f"<piecewise>{piece}<otherwise>{value}</otherwise></piecewise>"


def _parameter(model: Any, sid: str, value: float | None, units: str, name: str) -> None:
    parameter = model.createParameter()
    set_attributes(parameter, Id=sid, Name=name, Constant=value is not None, Units=units)
    if value is not None:
        parameter.setValue(value)


def set_attributes(element: Any, **attributes: Any) -> None:
    """Set attributes of a libSBML element, which has a method for each."""
    for name, value in attributes.items():
        getattr(element, f"set{name}")(value)


def free_name(wanted: str, sids: Mapping[str, str]) -> str:
    """The wanted identifier, with underscores appended while a gene has the same one."""
    while wanted in sids.values():
        wanted += "_"
    return wanted


def sbml_library() -> Any:
    """The module libsbml; raises an error if it is not installed."""
    try:
        import libsbml
    except ImportError:
        raise MissingPackageError(
            "the package python-libsbml, which writes SBML", "none",
            "pip install python-libsbml",
        ) from None  # fmt: skip
    return libsbml


LAW_FORMATS.add(
    LawFormat(
        "sbml", "SBML Level 3 (.xml or .sbml), rate rules for COPASI, Tellurium and libRoadRunner",
        "", write_sbml,
    ),
    __name__,
)  # fmt: skip
