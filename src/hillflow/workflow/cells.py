"""Cells, whichever way they are given: a file, an AnnData object, or as hillflow holds them."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from hillflow import keys
from hillflow.data import Cells, Snapshots, Trajectories, normalize, without_batches
from hillflow.data.activated import KIND as ACTIVATION
from hillflow.data.checks import COORDINATES
from hillflow.data.h5ad import open_cells, reading
from hillflow.errors import InputError, UnsupportedError, did_you_mean, listing
from hillflow.files import is_store
from hillflow.findings import note, warn
from hillflow.objectives.measured_velocity import scored_genes
from hillflow.results import Run
from hillflow.workflow.files import cells_at
from hillflow.workflow.options.base import asked, named
from hillflow.workflow.options.data import DataOptions
from hillflow.workflow.reading import gene_list

if TYPE_CHECKING:
    import anndata

KINDS = ("knockout", "cut_outgoing", ACTIVATION)  # of a gene's name alone
SPLICED_OF = {keys.UNSPLICED: keys.SPLICED, keys.UNSPLICED_STATES: keys.STATES}  # its partner
_FEW_GENES = 1000  # of a panel that was chosen before its counts were scaled

CellsLike: TypeAlias = "anndata.AnnData | Snapshots | Trajectories | Run | str | PathLike[str]"


def read_cells(
    given: CellsLike,
    options: DataOptions,
    velocity: str | None = None,
    dataset: str | None = None,
    unspliced: str | None = None,
) -> Cells:
    """Checked cells, with what their values tell (as findings).

    Snapshots, or trajectories where a series is named; cells that hillflow holds already are
    taken as they are. `velocity` is the layer of an RNA velocity, `unspliced` that of unspliced
    mRNA, and `dataset` the column of the data set of each cell, which is then their batch.
    """
    if isinstance(given, str | PathLike) and cells_at(given) == "run":
        given = Run.open(given)
    if isinstance(given, Run):
        given = given.data
    if isinstance(given, Snapshots | Trajectories):
        changed = list(asked(options, "genes"))
        if velocity is not None:
            changed.append("velocity_layer")
        if dataset is not None:
            changed.append("dataset")
        if unspliced is not None:
            changed.append("unspliced_layer")
        if changed:
            raise InputError(
                f"an AnnData object or a file to read with {listing(changed)}",
                f"{type(given).__name__}, which have been read", "leave these options out",
            )  # fmt: skip
        chosen = gene_list(options.genes)
        cells = given if chosen is None else given.select_genes(chosen)
    else:
        cells = _read(_opened(given), options, velocity, dataset, unspliced)
    _remark_on_values(cells)
    if isinstance(cells, Snapshots) and cells.velocity is not None:
        _remark_on_velocity(cells, cells.velocity)
    return cells


def read_adata(given: CellsLike) -> anndata.AnnData:
    """A whole AnnData object, for a verb that adds to it; a copy of one that is given."""
    if isinstance(given, str | PathLike) and cells_at(given) == "run":
        given = Run.open(given)
    if isinstance(given, Run):
        given = given.data
    own: Any = given
    opened: Any = _opened(own)
    if not isinstance(opened, Path):
        return opened.copy() if opened is own else opened
    import anndata

    with open_cells(opened), reading(opened):
        return anndata.read_zarr(opened) if is_store(opened) else anndata.read_h5ad(opened)


def _opened(given: Any) -> Any:
    """An AnnData object, or the path of an .h5ad file or a .zarr store."""
    if not isinstance(given, str | PathLike):
        if hasattr(given, "to_anndata"):  # simulated cells
            return given.to_anndata()
        if not hasattr(given, "obs"):
            raise InputError(
                "an AnnData object, a path, Snapshots, Trajectories or a Run",
                type(given).__name__,
                "write Snapshots.from_arrays(x, time, genes) for arrays",
            )  # fmt: skip
        return given
    cells_at(given)
    return Path(given)


def _read(
    given: Any, options: DataOptions, velocity: str | None, dataset: str | None,
    unspliced: str | None,
) -> Cells:  # fmt: skip
    if unspliced is not None:
        _check_unspliced(options, unspliced)
    if velocity is not None and (options.series is not None or options.normalize):
        raise InputError(
            f"normalised snapshots beside {named('velocity_layer')}",
            named("series" if options.series is not None else "normalize"),
            f"leave it out; scVelo's velocities are of layer='Ms' ({named('layer')})",
        )
    if (options.inputs is None and options.covariates is not None) or (
        options.series is None and options.inputs is not None
    ):
        raise InputError(
            f"{named('series')} and {named('inputs')} beside covariates or doses",
            "one without the others", "name the column of the units, and give the doses",
        )  # fmt: skip
    if options.pseudotime is None and "pseudotime_bins" in asked(options):
        raise InputError(
            f"{named('pseudotime')} beside {named('pseudotime_bins')}", "none",
            "name its column, or leave the bins out",
        )  # fmt: skip
    if options.pseudotime is not None and (options.series or options.time or options.time_unit):
        other = "series" if options.series else "time" if options.time else "time_unit"
        raise InputError(
            f"{named('pseudotime')} in place of a time", f"{named(other)} beside it",
            f"leave one of both out: with {named('time')}, cells of one time are one population",
        )  # fmt: skip
    if options.series is not None and options.batch is not None:
        raise InputError(
            "batch=… (--batch) for snapshots", "series=… (--series)",
            "bring the series to one scale before, and leave batch=… (--batch) out",
        )  # fmt: skip
    if options.obsm is not None:
        _check_coordinates(options, velocity or unspliced, dataset)
    if dataset is not None and (options.series or options.batch):
        other = "series" if options.series else "batch"
        raise InputError(
            f"{named('dataset')} for snapshots, without batches", named(other),
            f"leave one of both out: data sets that are aligned keep nothing of {named('batch')}",
        )  # fmt: skip
    if options.series is not None and options.clone is not None:
        raise InputError(
            "clone=… (--clone) for snapshots, whose cells are coupled", "series=… (--series)",
            "leave clone=… (--clone) out",
        )  # fmt: skip
    if options.series is not None and options.normalize:
        raise InputError(
            "normalize=True (--normalize) for snapshots",
            "series=… (--series), whose rows are not single cells",
            "bring the series to one scale before (scanpy.pp.log1p), and leave "
            "normalize=True (--normalize) out",
        )
    if options.perturbation_kind not in KINDS:
        raise InputError(
            f"perturbation_kind=… (--perturbation-kind) among {', '.join(KINDS)}",
            repr(options.perturbation_kind),
            f"{did_you_mean(str(options.perturbation_kind), KINDS)} Others are written into the "
            "column, such as GATA1=knockdown:0.5",
        )
    if options.perturbation_kind == ACTIVATION and (options.normalize or options.series):
        raise InputError(
            "normalised snapshots for perturbation_kind='activation' (--perturbation-kind)",
            "normalize=True (--normalize)" if options.normalize else "series=… (--series)",
            "scale the counts before (scanpy.pp.normalize_total, scanpy.pp.log1p)"
            if options.normalize else "leave it out",
        )  # fmt: skip
    genes = gene_list(options.genes)
    about: dict[str, Any] = {
        "time": options.time or keys.TIME,
        "perturbation": options.perturbation or "auto",
        "control": options.control,
        "kind": options.perturbation_kind,
        "layer": options.layer,
        "unit": options.time_unit,
    }
    if options.pseudotime is not None:
        about |= {"pseudotime": options.pseudotime, "bins": options.pseudotime_bins}
    if options.obsm is not None:
        about["obsm"] = options.obsm
    if velocity is not None:
        about["velocity"] = velocity
    if unspliced is not None:
        about["unspliced"] = unspliced
        about["layer"] = options.layer or SPLICED_OF.get(unspliced)
    if options.batch is not None or dataset is not None:
        about["batch"] = options.batch or dataset
    if options.clone is not None and options.series is None:
        about["clone"] = options.clone
    if options.series is not None:
        read = Trajectories.from_anndata(given, series=options.series, genes=genes, **about)
        return read if options.inputs is None else _dosed(read, options)
    if not options.normalize:
        cells = Snapshots.from_anndata(given, genes=genes, **about)
        if cells.scale == "counts":
            warn(
                "every value is a whole number: these look like counts, and are fitted as they "
                "are; normalize=True (--normalize) takes log(1 + counts per 10,000) instead",
                "data.counts",
            )
        return _of_one_batch(cells, options, dataset is not None)
    # Each cell is scaled by all its counts, so the genes are chosen afterwards.
    cells = Snapshots.from_anndata(given, **about)
    if len(cells.genes) < _FEW_GENES:
        warn(
            f"counts per 10,000 are taken over these {len(cells.genes):,} genes alone, so that one "
            "gene's rise lowers all others: pass the whole matrix and choose genes with genes=… "
            "(--genes), or normalise before",
            "data.few-genes-normalized",
        )
    if cells.scale != "counts":
        raise InputError(
            "counts for normalize=True (--normalize)", f"data of scale {cells.scale!r}",
            "leave normalize=True (--normalize) out, or name the layer of counts with layer=… "
            "(--layer)",
        )  # fmt: skip
    cells = _of_one_batch(normalize(_counted(cells)), options, dataset is not None)
    return cells if genes is None else cells.select_genes(genes)


def _check_unspliced(options: DataOptions, unspliced: str) -> None:
    """Refuse options with which unspliced and spliced mRNA would not be levels of one unit."""
    if options.layer == unspliced:
        raise InputError(
            "the layer of unspliced mRNA beside that of spliced mRNA", f"{unspliced!r} for both",
            f"name spliced mRNA, {named('layer')}, or leave it out: X, or the partner of the layer",
        )  # fmt: skip
    for name in ("series", "normalize", "batch"):
        if getattr(options, name):
            raise InputError(
                f"snapshots of scaled levels beside {named('unspliced_layer')}", named(name),
                "leave it out; scVelo scales and smooths both layers, as Ms and Mu",
            )  # fmt: skip


def _check_coordinates(options: DataOptions, velocity: str | None, dataset: str | None) -> None:
    """Refuse what is of genes beside coordinates of cells."""
    beside = [one for one in ("layer", "genes", "series", "normalize") if getattr(options, one)]
    beside += ["velocity_layer"] * (velocity is not None) + ["dataset"] * (dataset is not None)
    if beside:
        raise InputError(
            f"{named('obsm')} alone, whose coordinates are no levels of genes",
            f"{named(beside[0])} beside it",
            f"leave it out, or leave {named('obsm')} out to fit genes",
        )


def check_genes_are(what: str, scale: str) -> None:
    """Refuse what needs genes where the states are coordinates; `what` names it."""
    if scale == COORDINATES:
        raise UnsupportedError(
            f"genes, for {what}", "coordinates of an embedding, none of which is a gene",
            f"fit the genes: leave {named('obsm')} out",
        )  # fmt: skip


def _dosed(series: Trajectories, options: DataOptions) -> Trajectories:
    """The series with their doses; says that doses of a state are in its own units."""
    dosed = series.with_doses(options.inputs, options.covariates)
    doses = dosed.doses
    into = {dosed.genes[k] for k in doses.column.tolist()} if doses is not None else set()
    states = sorted(into.intersection(series.genes))
    if states:
        note(
            f"doses are added to {listing(states)} as they are: amounts must be in its units "
            "(of a concentration, the dose divided by the volume)", "data.doses-of-states",
        )  # fmt: skip
    return dosed


def _of_one_batch(cells: Snapshots, options: DataOptions, joint: bool) -> Snapshots:
    """Without the differences between batches, if their column is named."""
    if options.batch is not None:
        return without_batches(cells)
    if not joint and cells.batch is not None and len(np.unique(cells.batch)) > 1:
        note(
            f"cells of {len(np.unique(cells.batch)):,} batches, taken as they are: name the column "
            "with batch=… (--batch) to subtract what differs between them, or couple cells within "
            "batches (within_batches=True, --within-batches)", "data.batches-kept",
        )  # fmt: skip
    return cells


def _counted(cells: Snapshots) -> Snapshots:
    """Without the cells that hold no count at all, which no scaling can mend."""
    counted = np.flatnonzero(cells.x.sum(axis=1))
    empty = len(cells) - len(counted)
    if not empty or not len(counted):
        return cells
    note(f"{empty:,} cells without any count are left out", "data.empty-cells")
    return cells.take(counted)


def _remark_on_velocity(cells: Snapshots, velocity: np.ndarray) -> None:
    """Say which genes have no velocity, and that those of logarithms are seldom what is meant."""
    genes = np.array(cells.genes)
    unknown = genes[~scored_genes(velocity)].tolist()
    if unknown:
        note(
            f"no velocity (NaN, or the same in all cells) of {len(unknown):,} of {len(genes):,} "
            f"genes, {listing(unknown)}: their velocities are not fitted",
            "data.unknown-velocities",
        )
    if cells.scale == "log1p":
        warn(
            "the fitted levels are logarithms, and the velocities must be theirs too: scVelo's and "
            "others' are those of layers['Ms'], which layer='Ms' (--layer Ms) fits",
            "data.velocity-of-logs",
        )


def _remark_on_values(cells: Cells) -> None:
    """Refuse cells that are all alike; say which genes never change, and which go below 0."""
    lowest, highest = cells.x.min(axis=0), cells.x.max(axis=0)
    constant = [gene for gene, same in zip(cells.genes, lowest == highest, strict=True) if same]
    below = [gene for gene, low in zip(cells.genes, lowest < 0, strict=True) if low]
    if len(constant) == len(cells.genes):
        raise InputError(
            "cells that differ", f"{len(cells.x):,} alike",
            "check the matrix, layer=… (--layer), and the genes, genes=… (--genes)",
        )  # fmt: skip
    if constant:
        warn(
            f"the same value in every cell: {listing(constant)}; nothing can be learnt of what "
            "such a gene does, or of what acts on it: name the genes to fit with genes=… (--genes)",
            "data.constant-genes",
        )
    if below and cells.scale != COORDINATES:
        warn(
            f"values down to {lowest.min():.3g}, in {listing(below)}: neither counts nor their "
            "logs go below 0; is it the right layer=… (--layer)?",
            "data.below-zero",
        )
