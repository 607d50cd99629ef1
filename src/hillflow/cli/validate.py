"""``hillflow validate``: an inferred network beside a published one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hillflow.cli.app import JsonOption, SeedOption, app, console, print_result, rich_escape
from hillflow.cli.inputs import read_gene_list, read_where
from hillflow.cli.priors import OrganismOption
from hillflow.errors import InputError
from hillflow.files import absent, check_output_file

if TYPE_CHECKING:
    from rich.table import Table

    from hillflow.evaluate import Validation

VALIDATION = "validation.json"
FIGURES = (".png", ".pdf", ".svg")
MOST_EDGES = 5  # of each status on the screen

_REFERENCE = "Reference network"


@app.command()
def validate(
    network: Annotated[
        Path, typer.Argument(metavar="RUN|EDGES", help="A run, or any tool's table of edges.")
    ],
    against: Annotated[
        str,
        typer.Option(
            help="trrust, collectri, another name from `hillflow priors list`, or a file.",
            rich_help_panel=_REFERENCE,
        ),
    ],
    organism: OrganismOption = None,
    prior_file: Annotated[
        Path | None,
        typer.Option(help="Your own copy of the reference's file.", rich_help_panel=_REFERENCE),
    ] = None,
    format: Annotated[
        str,
        typer.Option(help="Of that file, where not recognised.", rich_help_panel=_REFERENCE),
    ] = "auto",
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE", help="Take only these rows.", rich_help_panel=_REFERENCE
        ),
    ] = None,
    fold_case: Annotated[
        bool, typer.Option("--fold-case", help="Take Gata1 and GATA1 for one gene.")
    ] = False,
    aliases: Annotated[
        Path | None, typer.Option(help="Table of two columns: reference name, data name.")
    ] = None,
    universe: Annotated[
        str, typer.Option(help="reference: its regulators × the genes; ordered: all pairs.")
    ] = "reference",
    genes: Annotated[
        Path | None, typer.Option(help="The measured genes, one a line, beside a bare table.")
    ] = None,
    prior: Annotated[
        str | None,
        typer.Option(help="The network that the model was given, where it keeps no copy."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The .json to write; in a run, validation.json by default.")
    ] = None,
    figure: Annotated[
        Path | None, typer.Option(help="Draw the result: a .png, .pdf or .svg file.")
    ] = None,
    shuffles: Annotated[int, typer.Option(help="Of each null.", min=1)] = 199,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Score a network against a published one, beside chance and simple baselines.

    Only pairs are scored that the reference can judge, and that the model was
    not given as a prior. RUN is what `hillflow fit` wrote; EDGES may come from
    GENIE3, GRNBoost2, pySCENIC, SCENIC+, CellOracle, BEELINE or decoupler.

    Example: hillflow validate run --against trrust --organism human
    """
    if not network.exists():
        raise absent(network, "a run, or a file of edges")
    out = network / VALIDATION if out is None and network.is_dir() else out
    if out is not None:
        check_output_file(out, ".json")
    if figure is not None:
        _check_figure(figure)
    from hillflow.evaluate import ValidationSetting
    from hillflow.evaluate import validate as run_validation
    from hillflow.networks import load_prior, read_aliases

    reference = load_prior(
        against, organism, prior_file=prior_file, format=format, where=read_where(where or ())
    )
    names = read_aliases(aliases) if aliases else None
    result = run_validation(
        network, reference, organism,
        genes=None if genes is None else read_gene_list(genes), prior=prior,
        setting=ValidationSetting(universe, fold_case, names, draws=shuffles, seed=seed),
    )  # fmt: skip
    if out is not None:
        result.save(out)
    if figure is not None:
        _draw(result, figure)
    if as_json:
        print_result(result.to_json(), as_json=True)
        return
    print_result(None, False, rich_escape(result.summary()))
    print_result(None, False, _scores_table(result))
    print_result(None, False, _edges_table(result))
    terms = reference.licence or "licence not known"
    cite = f"; please cite {reference.citation}" if reference.citation else ""
    console.print(rich_escape(f"{reference.name}: {terms}{cite}"))
    written = [str(path) for path in (out, figure) if path is not None]
    if written:
        console.print(rich_escape(f"Wrote {', '.join(written)}"))


def _draw(result: Validation, path: Path) -> None:
    from hillflow import pl

    with pl.figure_style(off_screen=True):
        pl.figure_of(pl.validation(result)[0]).savefig(path)


def _check_figure(path: Path) -> None:
    if path.suffix not in FIGURES:
        raise InputError(
            f"a figure's name that ends in {', '.join(FIGURES)}", repr(path.name),
            f"write {path.with_suffix('.png').name}",
        )  # fmt: skip
    check_output_file(path)


def _scores_table(result: Validation) -> Table:
    from rich.table import Table

    table = Table("ranking", title="Rankings of the same pairs")
    for name in ("AP", "AP/base", "AUROC", "early precision", "edges", "pairs"):
        table.add_column(name, justify="right")
    for row in result.table().to_dict("records"):
        table.add_row(
            str(row["ranking"]), f"{row['ap']:.3f}", f"{row['ap_over_base']:.2f}",
            f"{row['auroc']:.3f}", f"{row['early_precision']:.3f}", f"{row['edges']:,}",
            f"{row['pairs']:,}",
        )  # fmt: skip
    return table


def _edges_table(result: Validation) -> Table:
    """The strongest of each status: what is published of an edge, and what the network says."""
    from rich.table import Table

    from hillflow.evaluate.shared_edges import cited
    from hillflow.networks.prior_network import INTERACTION

    table = Table("", "source", "target", "published", "here", "rank", "evidence", title="Edges")
    for status, rows in result.edges.groupby("status", sort=False):
        for row in rows.head(MOST_EDGES).to_dict("records"):
            published = "–" if status == "novel" else INTERACTION[int(row["reference_sign"])]
            here = (row["weight"] > 0) - (row["weight"] < 0)
            cells = (
                str(status), str(row["source"]), str(row["target"]), published,
                INTERACTION[int(here)] if result.signed and here else "–",
                f"{row['rank']:,.0f}" if row["rank"] == row["rank"] else "–",
                cited(str(row["evidence"])),
            )  # fmt: skip
            table.add_row(*map(rich_escape, cells))
    table.caption = (
        f"The first {MOST_EDGES} of each kind; the .json has all. regulates: sign not known"
    )
    return table
