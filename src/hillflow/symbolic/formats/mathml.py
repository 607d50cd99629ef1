"""MathML: the laws of all genes as one XHTML file, for browsers and other programs."""

from __future__ import annotations

from pathlib import Path

from hillflow.files import check_output_file, replacing
from hillflow.symbolic.formats.registry import LAW_FORMATS, LawFormat
from hillflow.symbolic.formats.remarks import remarks
from hillflow.symbolic.laws import Laws
from hillflow.symbolic.mathml import xml_text
from hillflow.symbolic.presentation import equation, protein_equation

_STYLE = ".equation { margin: 0.8em 0; }"


def write_mathml(laws: Laws, path: str | Path) -> Path:
    """Write all laws as presentation MathML in an XHTML file, a heading for each gene.

    Parameters
    ----------
    laws
        The laws.
    path
        Name of the file, with the suffix .xhtml.

    Returns
    -------
    Path
        The file.

    Examples
    --------
    >>> from hillflow.fields import make_field
    >>> from hillflow.symbolic import Laws, ParetoFront, laws_of_logic, write_mathml
    >>> laws = laws_of_logic(make_field("logic", ["GATA1", "SPI1"]))
    >>> fronts = {gene: ParetoFront(gene, [law]) for gene, law in laws.items()}
    >>> write_mathml(Laws(fronts), "laws.xhtml").name
    'laws.xhtml'
    """
    path = check_output_file(path, ".xhtml")
    parts = [f"<p>{xml_text(text)}</p>" for text in remarks(laws)]
    for gene, law in laws.best.items():
        formula = equation(law, proteins=bool(laws.proteins), xmlns=True)
        parts += [f"<h2>{xml_text(gene)}</h2>", formula]
    regulators = {parent for law in laws.best.values() for parent in law.parents}
    proteins = [
        protein_equation(gene, rate, xmlns=True)
        for gene, rate in laws.proteins.items()
        if gene in regulators
    ]
    parts += ["<h2>Proteins</h2>", *proteins] if proteins else []
    page = [
        '<?xml version="1.0" encoding="UTF-8"?>', "<!DOCTYPE html>",
        '<html xmlns="http://www.w3.org/1999/xhtml" lang="en">',
        f"<head><title>Laws</title><style>{_STYLE}</style></head>",
        "<body>", "<h1>Laws</h1>", *parts, "</body>", "</html>",
    ]  # fmt: skip
    with replacing(path) as draft:
        draft.write_text("\n".join(page) + "\n", encoding="utf-8")
    return path


LAW_FORMATS.add(
    LawFormat(
        "mathml", "All laws as presentation MathML in an XHTML page (.xhtml)", ".xhtml",
        write_mathml,
    ),
    __name__,
)  # fmt: skip
