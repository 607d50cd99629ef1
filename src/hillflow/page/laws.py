"""The laws, each as mathematics, with what is known about how well it holds."""

from __future__ import annotations

from hillflow.page.contents import Contents
from hillflow.page.parts import (
    Html,
    items,
    missing,
    number,
    paragraph,
    picture,
    section,
    table,
    tag,
)
from hillflow.pl.pareto import plot_fronts
from hillflow.symbolic import Law, ParetoFront, equation

MOST = 150  # genes whose laws the page carries


def laws(contents: Contents) -> Html:
    """The section with a formula a gene; those of the strongest edges first."""
    found = contents.laws
    if found is None:
        return section(
            "laws", "Laws",
            missing("No formula has been distilled.", contents.command("laws")),
        )  # fmt: skip
    genes = list(found)
    if len(genes) > MOST and contents.graph is not None:
        strongest = list(dict.fromkeys(contents.graph.edges["target"]))
        genes = [gene for gene in dict.fromkeys([*strongest, *genes]) if gene in found]
    unit = f" Rates are per {found.time_unit}." if found.time_unit else ""
    hidden = len(genes) - MOST
    more = f" {hidden:,} more are in laws.json." if hidden > 0 else ""
    return section(
        "laws", "Laws",
        paragraph(
            "What each gene’s rate of change is made of: production by its regulators, less its "
            f"decay.{unit} Errors are shares of the spread: 0 is perfect, 1 is what the mean would "
            f"reach. They are measured against the fitted field, not against nature.{more}"
        ),
        *(_law(found[gene], contents.run.members) for gene in genes[:MOST]),
        picture(
            plot_fronts(found),
            "Panels, one a gene: the error falls as formulas grow; the one of least BIC is ringed.",
            "What each further piece of a formula takes off its error. Blue where it was fitted, "
            "orange beyond the measured cells; the formula above is ringed.",
        ),
    )  # fmt: skip


def _law(front: ParetoFront, members: int) -> Html:
    best = front.best
    facts = [f"{best.family} template" if best.engine == "template" else best.engine]
    facts.append(f"error {number(best.error, 2)}")
    if best.error_off is not None:
        facts.append(f"beyond the cells {number(best.error_off, 2)}")
    if best.error_held is not None:
        facts.append(f"held out {number(best.error_held, 2)}")
    if best.agreement is not None and members > 1:
        facts.append(f"same structure in {best.agreement:.0%} of members")
    others = [law for law in front if law is not best]
    return tag(
        "article", tag("h3", front.gene), Html(equation(best)),
        tag("p", " · ".join(facts), class_="facts"),
        items(best.flags, class_="flags") if best.flags else "",
        _more(best, others), class_="law", data_gene=front.gene,
    )  # fmt: skip


def _more(best: Law, others: list[Law]) -> Html:
    inside = [tag("p", tag("code", best.text())), tag("p", tag("code", best.latex()))]
    if best.parameters:
        rows = [
            (one.name, one.value, one.low, one.high, one.unit or "–") for one in best.parameters
        ]
        heads = ("Parameter", "Value", "Low", "High", "Unit")
        inside.append(table(f"Constants of {best.gene} with their 95 % intervals", heads, rows))
    if others:
        inside.append(
            table(
                f"Other laws of {best.gene} on its Pareto front",
                ("Law", "Complexity", "Error", "BIC"),
                [(one.text(3), one.complexity, one.error, one.bic) for one in others],
            )
        )
    return tag("details", tag("summary", "As text, constants, other formulas"), *inside)
