"""From the options of ``hillflow fit`` to checked data, candidate edges and a field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from hillflow.cli.app import console, rich_escape
from hillflow.cli.values import remark_on_values
from hillflow.errors import (
    FileFormatError,
    InputError,
    TimeError,
    UnsupportedError,
    did_you_mean,
    listing,
)

if TYPE_CHECKING:
    from hillflow.data import Snapshots, Trajectories
    from hillflow.fields import CandidateEdges, VectorField
    from hillflow.networks import AlignedPrior
    from hillflow.networks.mask import FreeEdges
    from hillflow.objectives import Method

FREE_EDGES = ("none", "regulators", "all")


@dataclass(frozen=True)
class DataChoice:
    """Which columns, matrix and genes of the file are meant, as the options say."""

    time: str
    perturbation: str | None = None
    control: str = "control"
    series: str | None = None
    layer: str | None = None
    genes: Path | None = None
    normalize: bool = False
    unit: str | None = None


@dataclass(frozen=True)
class PriorChoice:
    """Which prior network, how its names are matched, and what is free beside it."""

    name: str | None = None
    file: Path | None = None
    organism: str | None = None
    fold_case: bool = False
    aliases: Path | None = None
    free_edges: str = "none"
    format: str = "auto"
    where: tuple[str, ...] = ()


def read_where(texts: Sequence[str]) -> dict[str, list[str]]:
    """``COLUMN=VALUE`` as given, by column; a column given twice takes either value."""
    chosen: dict[str, list[str]] = {}
    for text in texts:
        column, equals, value = (part.strip() for part in text.partition("="))
        if not (column and equals):
            raise InputError(
                "a column and a value for --where", repr(text), "write --where COLUMN=VALUE"
            )
        chosen.setdefault(column, []).append(value)
    return chosen


def read_data(path: Path, choice: DataChoice) -> Snapshots | Trajectories:
    """The cells (or, with a series, the courses) that the options describe."""
    if choice.series is not None and choice.normalize:
        raise InputError(
            "--normalize for snapshots",
            "--series, whose rows are not single cells",
            "bring the series to one scale before (scanpy.pp.log1p), and leave --normalize out",
        )
    cells = _read(path, choice)
    remark_on_values(cells)
    return cells


def _read(path: Path, choice: DataChoice) -> Snapshots | Trajectories:
    from hillflow.data import Snapshots, Trajectories

    names = None if choice.genes is None else read_gene_list(choice.genes)
    options: dict[str, Any] = {
        "time": choice.time,
        "perturbation": choice.perturbation or "auto",
        "control": choice.control,
        "layer": choice.layer,
        "unit": choice.unit,
    }
    if choice.series is not None:
        return Trajectories.from_anndata(path, series=choice.series, genes=names, **options)
    if not choice.normalize:
        cells = Snapshots.from_anndata(path, genes=names, **options)
        if cells.scale == "counts":
            console.print(
                "[yellow]Note:[/] every value is a whole number: these look like counts, and are "
                "fitted as they are. --normalize takes log(1 + counts per 10,000) instead."
            )
        return cells
    from hillflow.data import normalize

    # Each cell is scaled by all its counts, so the genes are chosen afterwards.
    cells = Snapshots.from_anndata(path, **options)
    if cells.scale != "counts":
        raise InputError(
            "counts for --normalize",
            f"data of scale {cells.scale!r}",
            "leave --normalize out, or name the layer of counts with --layer",
        )
    cells = normalize(_with_counts(cells))
    return cells if names is None else cells.select_genes(names)


def _with_counts(cells: Snapshots) -> Snapshots:
    """Without the cells that hold no count at all, which no scaling can mend."""
    import numpy as np

    counted = np.flatnonzero(cells.x.sum(axis=1))
    empty = len(cells) - len(counted)
    if not empty or not len(counted):
        return cells
    console.print(f"[yellow]Note:[/] {empty:,} cells without any count are left out.")
    return cells.take(counted)


def with_list(error: InputError, table: str) -> InputError:
    """The same error about a name, and what prints every name."""
    gap = " " if error.fix.endswith("?") else "; "
    fix = f"{error.fix}{gap}`hillflow methods {table}` lists all of them"
    return InputError(error.expected, error.found, fix)


def read_times(text: str, unit: str) -> list[float]:
    """Times with commas between them, as numbers or labels (``12,24`` or ``day 1,day 2``)."""
    from hillflow.data import parse_times

    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise TimeError("times with commas between them", repr(text), "write for example 12,24")
    try:
        read = parse_times(parts, unit or None, "the option")
    except TimeError as error:
        raise TimeError(
            "times as numbers or labels, with commas between them", repr(text),
            "write for example 12,24 or 'day 1,day 2'",
        ) from error  # fmt: skip
    return [float(time) for time in read.values]


def read_gene_list(path: Path) -> tuple[str, ...]:
    """Gene names, one a line; blank lines and those that start with # are passed over."""
    from hillflow.data.checks import check_file
    from hillflow.genes import check_gene_names

    check_file(path, "a list of genes", (".txt", ".csv", ".tsv"))
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise FileFormatError(
            "a list of genes as plain text (UTF-8)",
            f"other bytes in {path}",
            "write one name a line into a .txt file",
        ) from None
    lines = (line.strip() for line in text.splitlines())
    names = [line for line in lines if line and not line.startswith("#")]
    if not names:
        raise InputError(f"gene names in {path}, one a line", "none", "write one name a line")
    doubled = [name for name, count in Counter(names).items() if count > 1]
    if doubled:
        raise InputError(
            f"each gene once in {path}", f"{listing(doubled)} several times",
            "leave each in one line",
        )  # fmt: skip
    return check_gene_names(names, str(path))


def read_edges(choice: PriorChoice, genes: tuple[str, ...]) -> CandidateEdges | None:
    """The candidate edges that the prior and its free neighbours give; None without a prior."""
    if choice.free_edges not in FREE_EDGES:
        raise InputError(
            f"--free-edges {', '.join(FREE_EDGES)}", repr(choice.free_edges),
            did_you_mean(choice.free_edges, FREE_EDGES),
        )  # fmt: skip
    if choice.name is None:
        given = {
            "--prior-file": choice.file, "--organism": choice.organism,
            "--fold-case": choice.fold_case, "--aliases": choice.aliases,
            "--free-edges": choice.free_edges != "none",
            "--prior-format": choice.format != "auto", "--where": choice.where,
        }  # fmt: skip
        idle = [option for option, value in given.items() if value]
        if idle:
            raise InputError(
                f"a prior network for {' and '.join(idle)}", "no --prior",
                "add --prior NAME (`hillflow priors list`), or leave these options out",
            )  # fmt: skip
        return None
    from hillflow.fields import CandidateEdges
    from hillflow.networks import load_prior, named_entry, read_aliases

    aliases = read_aliases(choice.aliases) if choice.aliases else None
    prior = load_prior(
        choice.name, choice.organism, prior_file=choice.file,
        format=choice.format, where=read_where(choice.where),
    )  # fmt: skip
    aligned = prior.align(genes, fold_case=choice.fold_case, aliases=aliases)
    mask = aligned.mask(free=cast("FreeEdges", choice.free_edges))
    _say_what_matched(aligned, len(mask))
    entry = named_entry(choice.name, choice.organism, choice.file)
    if entry and entry.note:
        console.print(rich_escape(f"Note on {entry.name}: {entry.note}"))
    return CandidateEdges(
        mask.source_index, mask.target_index, len(genes), mask.sign, free=mask.free
    )


def build_field(
    name: str, method: Method, genes: tuple[str, ...], edges: CandidateEdges | None, seed: int
) -> tuple[VectorField, Method]:
    """A field by name, and the method with what the prior says, where the field is told so.

    Fields that take a mask get parameters on the candidate edges alone; those that take
    a soft prior are pulled towards it by the method.
    """
    from hillflow.fields import FIELDS, make_field

    check_field(name, with_prior=edges is not None)
    if edges is None:
        return make_field(name, genes, seed=seed), method
    if "mask" in FIELDS[name].prior:
        return make_field(name, genes, edges=edges, seed=seed), method
    return make_field(name, genes, seed=seed), method.with_prior(edges)


def check_field(name: str, *, with_prior: bool) -> None:
    """Refuse a field that is not there, or that cannot use the prior that is to be read."""
    from hillflow.fields import FIELDS

    if name == "auto":
        if with_prior:
            raise InputError(
                "a field by its name beside --prior",
                "--field auto, which chooses among fields without a prior",
                "add --field hill, linear or sparse",
            )
        return
    try:
        entry = FIELDS[name]
    except InputError as error:
        raise with_list(error, "fields") from None
    if with_prior and entry.prior == "none":
        able = [other.name for other in FIELDS.values() if other.prior != "none"]
        raise UnsupportedError(
            "a field that can use a prior network",
            f"the {name!r} field, which cannot",
            f"choose --field among {listing(able, 9)}, or leave --prior out",
        )


def _say_what_matched(aligned: AlignedPrior, candidates: int) -> None:
    network = aligned.network
    console.print(rich_escape(f"Prior {network.name}: {aligned}"))
    if candidates > len(network):
        console.print(f"{candidates - len(network):,} free edges beside it, at a higher cost.")
    terms = network.licence or "licence not known"
    cite = f"; please cite {network.citation}" if network.citation else ""
    console.print(rich_escape(f"{network.name}: {terms}{cite}"))
