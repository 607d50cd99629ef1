"""``hillflow priors``: which prior networks there are, getting one, and laying it over data."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hillflow.cli.app import JsonOption, app, console, print_result, rich_escape
from hillflow.cli.inputs import read_where

if TYPE_CHECKING:
    from rich.console import RenderableType

    from hillflow.networks import AlignedPrior

MOST_EDGES = 10

priors_app = typer.Typer(no_args_is_help=True, help="Find, fetch and inspect prior networks.")
app.add_typer(priors_app, name="priors")

NameArgument = Annotated[
    str, typer.Argument(help="A name from `hillflow priors list`, as trrust or trrust-mouse.")
]
OrganismOption = Annotated[
    str | None, typer.Option(help="human or mouse; human where the name leaves it open.")
]
UnverifiedOption = Annotated[
    bool,
    typer.Option("--allow-unverified", help="Accept a download that has no known checksum."),
]
ChecksumOption = Annotated[
    str | None, typer.Option("--sha256", help="Checksum to demand of the file.")
]


@priors_app.command("list")
def list_priors(as_json: JsonOption = False) -> None:
    """Show the catalogue: name, organism, pairs, licence, source.

    Example: hillflow priors list
    """
    from rich.table import Table

    from hillflow.networks import catalogue

    entries = list(catalogue().values())
    table = Table("name", "organism", "pairs", "licence", "checksum", "source")
    table.columns[0].no_wrap = True
    for entry in entries:
        pairs = entry.counts.get("pairs")
        known = "included" if entry.included else "known" if entry.sha256 else "not known"
        table.add_row(
            entry.name, entry.organism, f"{pairs:,}" if pairs else "?", entry.licence, known,
            rich_escape(entry.citation.split(",")[0]),
        )  # fmt: skip
    print_result([dataclasses.asdict(entry) for entry in entries], as_json, table)


@priors_app.command("fetch")
def fetch_prior(
    name: NameArgument,
    organism: OrganismOption = None,
    sha256: ChecksumOption = None,
    allow_unverified: UnverifiedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Get the file of a prior network, check it, and say where it is.

    Example: hillflow priors fetch trrust --organism mouse
    """
    import pooch

    from hillflow.networks import fetch, find_entry

    entry = find_entry(name, organism)
    path = fetch(entry, sha256=sha256, allow_unverified=allow_unverified)
    found = {"name": entry.name, "path": path, "sha256": pooch.file_hash(str(path))}
    if not (entry.included or entry.sha256 or sha256):
        console.print(f"Note: nobody has vouched for this file; its sha256 is {found['sha256']}")
    console.print(rich_escape(f"{entry.licence}. Please cite: {entry.citation}"))
    print_result(found | {"licence": entry.licence, "citation": entry.citation}, as_json, str(path))


@priors_app.command("align")
def align_prior(
    name: NameArgument,
    data: Annotated[
        Path, typer.Argument(metavar="DATA.h5ad", help="AnnData file; only its genes are read.")
    ],
    prior_file: Annotated[
        Path | None, typer.Option(help="Your own copy of the network's file: no download.")
    ] = None,
    organism: OrganismOption = None,
    fold_case: Annotated[
        bool, typer.Option("--fold-case", help="Take gata1, Gata1 and GATA1 for one gene.")
    ] = False,
    aliases: Annotated[
        Path | None, typer.Option(help="Table of two columns: prior name, data name.")
    ] = None,
    format: Annotated[
        str, typer.Option(help="Of the network's file, where it is not recognised.")
    ] = "auto",
    where: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN=VALUE", help="Take only these rows; may be repeated."),
    ] = None,
    sha256: ChecksumOption = None,
    allow_unverified: UnverifiedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Report which edges of a prior network fall among the genes of the data.

    NAME may also be the path of a file of edges.

    Example: hillflow priors align trrust cells.h5ad --organism mouse
    """
    from hillflow.data import read_gene_names
    from hillflow.networks import load_prior, named_entry, read_aliases

    genes = read_gene_names(data)
    table = read_aliases(aliases) if aliases else None
    prior = load_prior(
        name,
        organism,
        prior_file=prior_file,
        format=format,
        where=read_where(where or ()),
        sha256=sha256,
        allow_unverified=allow_unverified,
    )
    aligned = prior.align(genes, fold_case=fold_case, aliases=table)
    entry = named_entry(name, organism, prior_file)
    note = f"{entry.name}: {entry.note}" if entry and entry.note else ""
    print_result(_as_data(aligned) | {"note": note}, as_json, _as_report(aligned, note))


def _as_data(aligned: AlignedPrior) -> dict[str, Any]:
    network = aligned.network
    columns = ("source", "target", "sign", "both", "weight", "evidence")
    rows = zip(*(getattr(network, name).tolist() for name in columns), strict=True)
    edges = [dict(zip(columns, row, strict=True)) for row in rows]
    return {**aligned.summary(), "unmatched": list(aligned.match.unmatched), "edges": edges}


def _as_report(aligned: AlignedPrior, note: str) -> RenderableType:
    from rich.console import Group
    from rich.table import Table

    from hillflow.networks.network import INTERACTION

    network = aligned.network
    edges = Table("source", "", "target", "evidence", title="Edges among your genes")
    shown = range(min(MOST_EDGES, len(network)))
    for k in shown:
        verb = "activates or inhibits" if network.both[k] else INTERACTION[int(network.sign[k])]
        row = network.source[k], verb, network.target[k], network.evidence[k]
        edges.add_row(*map(rich_escape, row))
    parts: list[RenderableType] = [
        rich_escape(str(aligned)),
        aligned.match.table(),
        edges,
    ]
    if len(network) > len(shown):
        parts.append(f"… and {len(network) - len(shown):,} more (--json prints all)")
    terms = [f"{network.name}: {network.licence or 'licence not known'}"]
    if network.citation:
        terms.append(f"please cite {network.citation}")
    if note:
        parts.append(rich_escape(f"Note on {note}"))
    return Group(*parts, rich_escape("; ".join(terms)))
