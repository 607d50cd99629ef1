"""``hillflow export``: the network, or the laws, in the form that another tool reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hillflow.cli.app import (
    JsonOption,
    OverwriteOption,
    app,
    console,
    print_result,
    rich_escape,
)
from hillflow.cli.outputs import check_new_file
from hillflow.errors import InputError, MissingFileError, did_you_mean
from hillflow.files import absent

if TYPE_CHECKING:
    from hillflow.networks import Network, PriorNetwork

# What a file's name must end in, where the format has only one ending. Each is written by the
# function of hillflow.export called write_ and its name.
NETWORKS = {"graphml": ".graphml", "cx2": ".cx2", "cyjs": ".cyjs", "sif": ".sif"}
TABLES = {"decoupler": ".csv", "pyscenic": "", "celloracle": ".json", "beeline": ""}
ENDINGS = {**NETWORKS, "sbml": "", **TABLES}
FORMATS = tuple(ENDINGS)
STATUSES = ("agreement", "opposite", "novel", "missing")
READABLE = 500  # edges that a picture still shows

SourceArgument = Annotated[
    Path, typer.Argument(metavar="RUN|EDGES.csv", help="A run, or a table of edges of ours.")
]


@app.command()
def export(
    source: SourceArgument,
    to: Annotated[str, typer.Option(metavar="FORMAT", help=f"{', '.join(FORMATS)}.")],
    out: Annotated[Path, typer.Option(help="The file to write.")],
    confidence: Annotated[
        float | None, typer.Option(min=0, max=1, help="Only edges at least so sure.")
    ] = None,
    top: Annotated[int | None, typer.Option(min=1, help="The strongest so many edges.")] = None,
    top_per_target: Annotated[
        int | None, typer.Option(min=1, help="The strongest so many edges into each gene.")
    ] = None,
    gene: Annotated[
        str | None, typer.Option(help="Only the neighbourhood of this gene, after the above.")
    ] = None,
    radius: Annotated[int, typer.Option(min=1, help="Of the neighbourhood, in edges.")] = 1,
    prior: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE",
            help="A known network to lay over: edges say agreement, opposite, novel or missing.",
        ),
    ] = None,
    prior_file: Annotated[
        Path | None, typer.Option(help="Your own copy of the prior's file: no download.")
    ] = None,
    organism: Annotated[str | None, typer.Option(help="Of the prior: human or mouse.")] = None,
    fold_case: Annotated[
        bool, typer.Option("--fold-case", help="Take gata1, Gata1 and GATA1 for one gene.")
    ] = False,
    aliases: Annotated[
        Path | None, typer.Option(help="Table of two columns: prior name, data name.")
    ] = None,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write the network for Cytoscape and other tools, or the laws as SBML.

    Of a run, the network is that of its edges.csv, which `hillflow graph`
    writes, or else is read off the model now. SBML takes its laws.json.

    Example: hillflow export run --to cx2 --out network.cx2 --top 100
    """
    if to not in FORMATS:
        raise InputError(f"--to {', '.join(FORMATS)}", repr(to), did_you_mean(to, FORMATS))
    if not source.exists():
        raise absent(source, "a run directory or a table of edges")
    out = check_new_file(out, ENDINGS[to], overwrite)
    choices = {"--confidence": confidence, "--top": top, "--top-per-target": top_per_target}
    known = {
        "--prior": prior, "--prior-file": prior_file, "--organism": organism,
        "--fold-case": fold_case, "--aliases": aliases,
    }  # fmt: skip
    if to == "sbml":
        _refuse({**choices, "--gene": gene, **known}, "a network", "sbml, which holds laws")
        written = _write_laws(source, out)
        print_result({"written": written}, as_json, rich_escape(_said(written)))
        return
    if to in TABLES:
        _refuse(known, f"--to {', '.join(NETWORKS)}", f"--to {to}")
    elif prior is None:
        _refuse(known, "--prior with its options", "none")

    graph = _graph(source)
    if any(value is not None for value in choices.values()):
        graph = graph.select(confidence=confidence, top=top, top_per_target=top_per_target)
    network = None
    if prior is not None:
        network = _aligned(graph.genes, prior, prior_file, organism, fold_case, aliases)
    if gene is not None:
        from hillflow.networks import neighbourhood

        graph = neighbourhood(graph, gene, radius)
    if to in NETWORKS and len(graph) > READABLE:
        console.print(
            f"[yellow]Note:[/] {len(graph):,} edges are more than a picture shows; --top 100 or "
            "--gene makes it readable."
        )
    from hillflow.networks import formats

    write: Callable[..., tuple[Path, ...]] = getattr(formats, f"write_{to}")
    written = write(graph, out, prior=network) if to in NETWORKS else write(graph, out)
    found: dict[str, Any] = {"written": written, "genes": len(graph.genes), "edges": len(graph)}
    shown = f"{_said(written)}: {len(graph.genes):,} genes, {len(graph):,} edges"
    if network is not None:
        found["prior"] = counts = _against(graph, network)
        shown += "\n" + _in_words(counts, network.name or "the prior")
    print_result(found, as_json, rich_escape(shown))


def _against(graph: Network, prior: PriorNetwork) -> dict[str, int]:
    """How many of the edges written have each status beside the prior."""
    from hillflow.networks import annotated

    marks = annotated(graph, prior).edges(data="status")
    count = Counter(status for *_, status in marks)
    return {status: count[status] for status in STATUSES}


def _in_words(counts: dict[str, int], prior: str) -> str:
    return (
        f"Beside {prior}: {counts['agreement']:,} edges agree, {counts['opposite']:,} have the "
        f"opposite sign, {counts['novel']:,} are novel, and {counts['missing']:,} of the prior "
        "are missing here (added without a weight)"
    )


def _said(written: tuple[Path, ...]) -> str:
    return f"Wrote {', '.join(map(str, written))}"


def _refuse(options: dict[str, Any], expected: str, found: str) -> None:
    """Say which options mean nothing here, rather than passing over them."""
    given = [name for name, value in options.items() if value not in (None, False)]
    if given:
        raise InputError(expected, f"{found}, with {', '.join(given)}", "leave these options out")


def _graph(source: Path) -> Network:
    """The edges of a table or of a run; of a run without a table, what its model says."""
    from hillflow.networks import Network

    if source.is_file():
        return Network.load(source)
    from hillflow.results.run import DATA, Run

    opened = Run.open(source)
    table = source / "edges.csv"
    if table.is_file():
        from hillflow.data import read_gene_names

        return Network.load(table, read_gene_names(source / DATA))
    from hillflow.causal.graph import graph

    told = f"No edges.csv in {source}: reading the network off its model."
    console.print(rich_escape(told))
    return graph(opened)


def _aligned(
    genes: tuple[str, ...],
    name: str,
    file: Path | None,
    organism: str | None,
    fold_case: bool,
    aliases: Path | None,
) -> PriorNetwork:
    from hillflow.networks import load_prior, read_aliases

    table = read_aliases(aliases) if aliases else None
    aligned = load_prior(name, organism, prior_file=file).align(
        genes, fold_case=fold_case, aliases=table
    )
    network = aligned.network
    cite = f"; please cite {network.citation}" if network.citation else ""
    terms = f"{network.licence or 'licence not known'}{cite}"
    console.print(rich_escape(f"Prior {network.name}: {aligned}\n{network.name}: {terms}"))
    return network


def _write_laws(source: Path, out: Path) -> tuple[Path, ...]:
    """The laws of a run, or of the file that `hillflow laws` wrote."""
    path = source if source.is_file() else source / "laws.json"
    if not path.is_file():
        raise MissingFileError(
            "the laws of a run, for SBML", f"no laws.json in {source}",
            f"run `hillflow laws {source}` first",
        )  # fmt: skip
    from hillflow.symbolic import Laws, write_sbml

    return (write_sbml(Laws.load(path), out),)
