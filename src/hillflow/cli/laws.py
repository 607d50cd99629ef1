"""``hillflow laws``: each gene's regulation in a run as a formula, written and printed."""

from __future__ import annotations

import math
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hillflow.cli.app import JsonOption, SeedOption, app, console, print_result, rich_escape
from hillflow.cli.runs import RunArgument, open_run
from hillflow.errors import listing
from hillflow.files import check_output_file

if TYPE_CHECKING:
    from hillflow.symbolic import Law, Laws

LAWS = "laws.json"
WIDTH = 80  # columns that a law is broken to
DIGITS = 4
ACTS = {1: "activates", -1: "represses"}


@app.command()
def laws(
    run: RunArgument,
    genes: Annotated[
        str | None, typer.Option(help="Only these genes, as A,B; all by default.")
    ] = None,
    engine: Annotated[str, typer.Option(help="template, operon or pysr.")] = "template",
    out: Annotated[
        Path | None, typer.Option(help="The .json file to write; laws.json in the run by default.")
    ] = None,
    parents: Annotated[int, typer.Option(help="Candidate regulators a gene, by the graph.")] = 4,
    also: Annotated[
        str, typer.Option(help="Genes to let in as regulators beside those, as A,B.")
    ] = "",
    graph: Annotated[
        Path | None,
        typer.Option(help="Edges (.csv) to take regulators from; read off the run by default."),
    ] = None,
    tolerance: Annotated[
        float, typer.Option(help="Leave out terms that mend less than this share of the spread.")
    ] = 0.05,
    members: Annotated[
        int, typer.Option(help="Members of an ensemble to distill by themselves, at most.")
    ] = 5,
    jobs: Annotated[int, typer.Option(help="Processes, for engines that use them.")] = 1,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Distill each gene's law: a formula of its regulators and its decay.

    Errors are shares of the production's spread: on the states fitted, beyond
    the cells (each regulator by itself over 1.5 times its range), and on cells
    held out. Read the flags before you believe a formula.

    Example: hillflow laws run --genes GATA1,SPI1
    """
    opened = open_run(run)
    path = check_output_file(run / LAWS if out is None else out, ".json")

    from hillflow.networks import Network
    from hillflow.symbolic import Laws, Sampling, distill

    # A part of the genes joins the laws that the run already has; it never takes their place.
    before = Laws.load(path) if genes is not None and out is None and path.is_file() else None
    names = opened.models[0].genes
    network = None if graph is None else Network.load(graph, names)
    found = distill(
        opened, network, genes=None if genes is None else _names(genes), engine=engine,
        parents=parents, also=_names(also), sampling=Sampling(tolerance=tolerance, members=members),
        seed=seed, jobs=jobs, progress=_tell,
    )  # fmt: skip
    (found if before is None else before.updated(found)).save(path)
    if as_json:
        print_result({"out": path, **found.to_json()}, as_json=True)
        return
    blocks = ["\n".join(_block(law)) for law in found.best.values()]
    print_result(None, False, rich_escape("\n\n".join(blocks)))
    kept = 0 if before is None else len(set(before) - set(found))
    beside = f", beside {kept} other{'s' * (kept != 1)} that it held" if kept else ""
    wrote = f"Wrote {path}{beside}"
    unlike = [] if before is None else _unlike(before, found)
    for line in [wrote, *unlike, *_notes(found)]:
        console.print(rich_escape(line))


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _tell(what: str, done: int, of: int) -> None:
    if done == of or done % 10 == 0:
        console.print(f"{what}: {done:,} of {of:,}")


def _block(law: Law) -> list[str]:
    """A law as lines: the formula, then what kind it is, how well it holds, and its flags."""
    lines = [*_formula(law), *_filled(_kind(law), "    "), *_filled(_quality(law), "    ")]
    for flag in law.flags:
        lines += _filled(f"Flag: {flag}", "    ")
    return lines


def _formula(law: Law) -> list[str]:
    """In one line, or else a term a line, decay last; within a long term at spaces."""
    from hillflow.symbolic import to_text

    if len(law.text()) <= WIDTH:
        return [law.text()]
    lines: list[str] = []
    for sign, term in law.terms():
        lead = "  " if lines else f"d{law.gene}/dt = "
        mark = "- " if sign < 0 else "+ " if lines else ""
        lines += _filled(to_text(term, DIGITS), lead + mark, " " * 6)
    return lines


def _kind(law: Law) -> str:
    """``additive: GATA1 activates, FLI1 represses``."""
    if not law.parents:
        return f"{law.family}: no regulator"
    if not law.signs:
        return f"{law.family}: regulated by {', '.join(law.parents)}"
    named = zip(law.parents, law.signs, strict=True)
    return f"{law.family}: " + ", ".join(f"{gene} {ACTS[sign]}" for gene, sign in named)


def _quality(law: Law) -> str:
    """Errors as shares of the production's spread, and in how many members it comes out."""
    asked = (
        (law.error, "where fitted"), (law.error_off, "beyond the cells"),
        (law.error_held, "on cells held out"),
    )  # fmt: skip
    shares = [f"{_percent(value)} {where}" for value, where in asked if _is_known(value)]
    parts = [f"error {', '.join(shares)}"] if shares else []
    if law.agreement is not None:
        parts.append(f"the same structure in {_percent(law.agreement)} of the members")
    return "; ".join(parts)


def _is_known(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _percent(share: float | None) -> str:
    percent = 100 * (share or 0.0)
    return f"{percent:.0f} %" if percent >= 99.5 else f"{percent:.2g} %"


def _filled(text: str, lead: str, indent: str | None = None) -> list[str]:
    """Broken at spaces to `WIDTH`; `indent`, else the lead's width, stands before further lines."""
    return textwrap.wrap(
        text, WIDTH, initial_indent=lead,
        subsequent_indent=" " * len(lead) if indent is None else indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _unlike(before: Laws, found: Laws) -> list[str]:
    """One line where laws that the file held were made with other settings than these."""
    now = found.settings(next(iter(found)))
    others: dict[str, list[str]] = {}
    for gene in before:
        if gene in found:
            continue
        then = before.settings(gene)
        # A setting that the file does not tell of cannot be said to differ.
        differ = [key for key in now if then.get(key, now[key]) != now[key]]
        unlike = [f"{key} {_value(then[key])}, not {_value(now[key])}" for key in differ]
        if unlike:
            others.setdefault("; ".join(unlike), []).append(gene)
    if not others:
        return []
    told = (f"{listing(genes)} with {settings}" for settings, genes in others.items())
    return [f"Settings    of the others differ: {'; '.join(told)}"]


def _value(setting: object) -> str:
    return (", ".join(map(str, setting)) or "none") if isinstance(setting, list) else str(setting)


def _notes(found: Laws) -> list[str]:
    """What the laws, simulated together, make of the model."""
    met = found.agreement
    if met is None:
        return []
    lines = []
    if met.trajectory is not None:
        lines.append(
            f"Simulated   the laws together stay {met.trajectory:.2g} standard deviations from "
            "the model (root mean square)"
        )
    if met.knockout_correlation is not None:
        lines.append(
            f"Knockouts   {len(met.knockouts)} of regulators, whose shifts correlate "
            f"{met.knockout_correlation:.2g} with the model's"
        )
    if met.ran_away:
        lines.append(f"Ran away    {', '.join(met.ran_away)}: the laws leave the finite numbers")
    return lines
