"""SBML-qual: the Boolean reading of logic laws, for GINsim, CellNOpt, AEON and CellCollective.

SBML Level 3 Version 1 with the package qual, Version 1. A gene is a qualitative species with the
levels 0 and 1, and has one transition, whose function is its Boolean rule.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hillflow.files import check_output_file, replacing
from hillflow.symbolic.boolean import BooleanRule
from hillflow.symbolic.expression import symbol
from hillflow.symbolic.formats.registry import LAW_FORMATS, LawFormat
from hillflow.symbolic.formats.remarks import origin, written_by, xhtml_notes
from hillflow.symbolic.formats.sbml import (
    checked_text,
    free_name,
    identifiers,
    sbml_library,
    set_attributes,
)
from hillflow.symbolic.laws import Laws
from hillflow.symbolic.mathml import NAMESPACE, apply, content

_COMPARTMENT = "cell"


def write_sbml_qual(laws: Laws, path: str | Path) -> Path:
    """Write the Boolean rules of logic laws as an SBML file with the package qual.

    A gene starts at level 1 if its mean level at the first time is above that at which it counts as
    on (`BooleanRule.level`). Names are made identifiers as in SBML; ``name`` has the gene's own.

    Parameters
    ----------
    laws
        Logic laws (`read_laws`, or ``hillflow.laws`` of a fit of the field 'logic').
    path
        Name of the file, with the suffix .sbml or .xml.

    Returns
    -------
    Path
        The file, whose content libSBML has checked for consistency.

    Examples
    --------
    >>> from hillflow.fields import make_field
    >>> from hillflow.symbolic import Laws, ParetoFront, laws_of_logic, write_sbml_qual
    >>> laws = laws_of_logic(make_field("logic", ["GATA1", "SPI1"]))
    >>> fronts = {gene: ParetoFront(gene, [law]) for gene, law in laws.items()}
    >>> write_sbml_qual(Laws(fronts), "laws.sbml").name
    'laws.sbml'
    """
    suffix = Path(path).suffix
    path = check_output_file(path, suffix if suffix in (".xml", ".sbml") else ".sbml")
    network = laws.boolean()
    libsbml = sbml_library()
    document = libsbml.SBMLDocument(libsbml.QualPkgNamespaces(3, 1, 1))
    document.setPackageRequired("qual", True)
    model = document.createModel()
    notes = xhtml_notes([written_by(), *origin(laws)])
    set_attributes(model, Id="hillflow", Name="Boolean reading of logic laws", Notes=notes)
    set_attributes(model.createCompartment(), Id=_COMPARTMENT, Constant=True, Size=1.0,
                   SpatialDimensions=3.0, Units="dimensionless")  # fmt: skip
    qual = model.getPlugin("qual")
    sids = identifiers(list(network))
    for gene, rule in network.items():
        set_attributes(
            qual.createQualitativeSpecies(), Id=sids[gene], Name=gene, Compartment=_COMPARTMENT,
            Constant=False, MaxLevel=1, InitialLevel=int(laws.initial.get(gene, 0.0) > rule.level),
        )  # fmt: skip
    for number, (gene, rule) in enumerate(network.items(), 1):
        _write_transition(qual.createTransition(), f"rule_{number}", gene, rule, sids, libsbml)
    with replacing(path) as draft:
        draft.write_text(checked_text(document, libsbml), encoding="utf-8")
    return path


def _write_transition(
    transition: Any, name: str, gene: str, rule: BooleanRule, sids: dict[str, str], libsbml: Any
) -> None:
    set_attributes(transition, Id=free_name(name, sids), Name=f"rule of {gene}")
    for number, source in enumerate(rule.regulators, 1):
        signs = {sign for term in rule.terms for regulator, sign in term if regulator == source}
        kind = {1: libsbml.INPUT_SIGN_POSITIVE, -1: libsbml.INPUT_SIGN_NEGATIVE}
        set_attributes(
            transition.createInput(), Id=free_name(f"{name}_input_{number}", sids),
            QualitativeSpecies=sids[source], TransitionEffect=libsbml.INPUT_TRANSITION_EFFECT_NONE,
            Sign=kind[signs.pop()] if len(signs) == 1 else libsbml.INPUT_SIGN_DUAL,
        )  # fmt: skip
    set_attributes(
        transition.createOutput(), Id=free_name(f"{name}_output", sids),
        QualitativeSpecies=sids[gene],
        TransitionEffect=libsbml.OUTPUT_TRANSITION_EFFECT_ASSIGNMENT_LEVEL,
    )  # fmt: skip
    always = () in rule.terms
    transition.createDefaultTerm().setResultLevel(int(always))
    if rule.terms and not always:
        term = transition.createFunctionTerm()
        text = f'<math xmlns="{NAMESPACE}">{_mathml(rule, sids)}</math>'
        set_attributes(term, ResultLevel=1, Math=libsbml.readMathMLFromString(text))


def _mathml(rule: BooleanRule, sids: dict[str, str]) -> str:
    def joined(operator: str, parts: list[str]) -> str:
        return parts[0] if len(parts) == 1 else apply(operator, *parts)

    return joined(
        "or",
        [
            joined(
                "and",
                [
                    apply("eq", content(symbol(sids[gene])),
                          f'<cn type="integer">{int(sign > 0)}</cn>')
                    for gene, sign in term
                ],
            )
            for term in rule.terms
        ],
    )  # fmt: skip


LAW_FORMATS.add(
    LawFormat(
        "sbml-qual", "Boolean rules of logic laws as SBML-qual (.sbml or .xml), for GINsim, AEON "
        "and CellCollective", "", write_sbml_qual,
    ),
    __name__,
)  # fmt: skip
