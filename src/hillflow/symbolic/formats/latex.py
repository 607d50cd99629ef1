"""LaTeX: the laws of all genes as one ``align`` environment, for a paper."""

from __future__ import annotations

from pathlib import Path

from hillflow.files import check_output_file, replacing
from hillflow.symbolic.expression import sum_terms, symbol
from hillflow.symbolic.formats.registry import LAW_FORMATS, LawFormat
from hillflow.symbolic.formats.remarks import remarks
from hillflow.symbolic.law import Law
from hillflow.symbolic.laws import Laws
from hillflow.symbolic.printing import latex_name, latex_protein, to_latex

DIGITS = 4
_WIDTH = 160  # letters of LaTeX that one line of a law has at most


def write_latex(laws: Laws, path: str | Path) -> Path:
    """Write all laws as a LaTeX file, to include with ``\\input`` below ``amsmath``.

    Each law is a numbered equation, broken at its terms where it is long. Where regulators act
    through proteins, productions are of p, and the equations of the proteins follow. Comments say
    whose laws they are.

    Parameters
    ----------
    laws
        The laws.
    path
        Name of the file, with the suffix .tex.

    Returns
    -------
    Path
        The file.

    Examples
    --------
    >>> from hillflow.fields import make_field
    >>> from hillflow.symbolic import Laws, ParetoFront, laws_of_logic, write_latex
    >>> laws = laws_of_logic(make_field("logic", ["GATA1", "SPI1"]))
    >>> fronts = {gene: ParetoFront(gene, [law]) for gene, law in laws.items()}
    >>> write_latex(Laws(fronts), "laws.tex").name
    'laws.tex'
    """
    path = check_output_file(path, ".tex")
    equations = [law_lines(law, bool(laws.proteins)) for law in laws.best.values()]
    equations += [[line] for line in protein_lines(laws)]
    # One number for each equation, on its last line.
    rows = [" \\notag \\\\\n".join(lines) for lines in equations]
    comments = ["needs amsmath; \\allowdisplaybreaks lets long systems break over pages"]
    comments += [" ".join(text.split()) for text in remarks(laws)]
    text = "".join(f"% {comment}\n" for comment in comments)
    body = " \\\\\n".join(rows)
    text += f"\\begin{{align}}\n{body}\n\\end{{align}}\n"
    with replacing(path) as draft:
        draft.write_text(text, encoding="utf-8")
    return path


def law_lines(law: Law, proteins: bool) -> list[str]:
    """The lines of a law, aligned at the equals sign; the law in one line if it is short.

    Parameters
    ----------
    law
        The law.
    proteins
        Whether levels in its production are those of proteins.
    """
    terms = [
        (sign, to_latex(term, DIGITS, protein=proteins)) for sign, term in sum_terms(law.production)
    ]
    if law.decay:
        terms.append((-1, to_latex(law.decay * symbol(law.gene), DIGITS)))
    lines = [f"{_rate(latex_name(law.gene))} &= "]
    for place, (sign, term) in enumerate(terms):
        signed = ("- " if sign < 0 else "+ " if place else "") + term
        if place and len(lines[-1]) + len(signed) > _WIDTH:
            lines.append("&\\quad ")
        elif place:
            lines[-1] += " "
        lines[-1] += signed
    return lines


def protein_lines(laws: Laws) -> list[str]:
    """The equations of the proteins of all regulators; none where regulators act directly."""
    regulators = {parent for law in laws.best.values() for parent in law.parents}
    return [
        f"{_rate(latex_protein(gene))} &= {laws.proteins[gene]:.{DIGITS}g} "
        f"\\left({latex_name(gene)} - {latex_protein(gene)}\\right)"
        for gene in laws.proteins
        if gene in regulators
    ]


def _rate(variable: str) -> str:
    return rf"\frac{{d\,{variable}}}{{dt}}"


LAW_FORMATS.add(
    LawFormat(
        "latex", "All laws as LaTeX (.tex), an align environment for papers", ".tex", write_latex
    ),
    __name__,
)
