"""Read snapshots and trajectories from AnnData and write them, under the names of `keys`."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow import keys
from hillflow.data.activated import KIND as ACTIVATION
from hillflow.data.activated import activated
from hillflow.data.checks import SCALES, detect_scale
from hillflow.data.controls import check_control, check_unperturbed
from hillflow.data.data_sets import DataSets
from hillflow.data.doses import Doses
from hillflow.data.h5ad import read_table
from hillflow.data.pseudotime import UNIT, binned
from hillflow.data.splicing import motion_or_layers
from hillflow.data.times import warn_of_unknown_unit
from hillflow.errors import InputError, TimeError, UnsupportedError, did_you_mean, listing
from hillflow.findings import warn
from hillflow.interventions import Intervention, parse_conditions

if TYPE_CHECKING:
    from collections.abc import Sequence

    import anndata
    import pandas as pd

    from hillflow.data.snapshots import Snapshots
    from hillflow.data.trajectories import Trajectories

# Names of columns that may hold times, so that cells are not taken for cells of one time.
_TIMES = re.compile(r"time|hour|days?\b|week|stage|\bage\b", re.IGNORECASE)
_MANY = 5000  # different values in a column that cannot be perturbations

_COLUMNS = {
    keys.PERTURBATION: "the perturbation of each cell",
    keys.LABEL: "the type of each cell",
    keys.BATCH: "the batch of each cell",
    keys.WEIGHT: "the weight of each cell",
    keys.CLONE: "the clone of each cell",
    keys.GROWTH: "the growth rate of each cell",
}


def snapshots_from_anndata(
    cls: type[Snapshots],
    source: anndata.AnnData | str | Path,
    *,
    time: str = keys.TIME,
    pseudotime: str | None = None,
    bins: int = 10,
    perturbation: str | None = "auto",
    control: str | None = keys.CONTROL,
    kind: str = "knockout",
    layer: str | None = None,
    genes: Sequence[str] | None = None,
    unit: str | None = None,
    scale: str = "auto",
    min_cells: int = 10,
    label: str | None = "auto",
    batch: str | None = "auto",
    weight: str | None = "auto",
    clone: str | None = "auto",
    velocity: str | None = None,
    unspliced: str | None = None,
    growth: str | None = "auto",
    obsm: str | None = None,
    dtype: str = "float32",
) -> Snapshots:
    """Read snapshots from an AnnData object (dense, sparse, backed) or an ``.h5ad`` file.

    Parameters
    ----------
    source
        The object, or the path of the file.
    time
        Column of `obs` with numbers or labels (``day 2``, ``48h``). Without a column of that
        name, perturbed cells are a screen at rest, if no other column looks like times; and so
        all cells are of one time if they have a `velocity` or are `unspliced`.
    pseudotime, bins
        Column with a pseudotime, in place of a time, and into how many populations cells are
        divided along it: see `hillflow.data.pseudotime`.
    perturbation
        Column with the perturbation of each cell: a gene (read as `kind`), several joined by
        ``+``, or the text of an `Intervention`. "auto": the column ``perturbation`` if it
        exists.
    control
        The label of control cells; None if there are none.
    kind
        The kind of perturbation that a gene name alone means; "activation" as in
        `hillflow.data.activated`.
    layer, genes
        Which matrix (None: X) and which genes (None: all).
    unit, scale, min_cells
        See `Snapshots.from_arrays`.
    label, batch, weight, growth
        Columns with cell types, batches, cell weights and growth rates. "auto": the columns
        ``label``, ``batch``, ``weight`` and ``growth_rate`` if they exist.
    clone
        Column with the clone of each cell, from lineage barcodes; "auto": ``clone`` if it exists.
    velocity
        Layer with an RNA velocity, as scVelo and others write it, in the units of the fitted
        matrix; NaN where it is not known.
    unspliced
        Layer with the unspliced mRNA; the fitted matrix is then of spliced mRNA, in the same
        units. Of cells of one time only their velocities are taken (see `hillflow.data.splicing`).
    obsm
        Key of `obsm` with coordinates of the cells, which are then the state in place of genes,
        under the names KEY_1, KEY_2, …; their scale is "coordinates". Without layer, genes and
        velocity. Cells must not be perturbed.
    dtype
        "float32" or "float64".

    Returns
    -------
    Snapshots
    """
    warn_of_unknown_unit(unit)
    if obsm is not None and any(one is not None for one in (layer, genes, velocity, unspliced)):
        raise InputError(
            "obsm alone, whose coordinates are no levels of genes",
            "layer, genes or velocity beside it", "leave these out, or leave obsm out",
        )  # fmt: skip
    table = read_table(source, layer, genes, dtype, obsm)
    obs, notes = table.obs, table.notes
    perturbations = column_or_none(obs, perturbation, keys.PERTURBATION)
    if obsm is not None and perturbations is not None:
        check_unperturbed(perturbations, control or keys.CONTROL)
    if pseudotime is None:
        moving = (velocity or unspliced) is not None
        times = time_or_one(obs, time, perturbations, moving=moving)
    else:
        values = column_of(obs, pseudotime, "the pseudotime of each cell")
        if time in obs.columns and time != pseudotime and obs[time].nunique() > 1:
            warn(
                f"the {obs[time].nunique():,} values of {time!r} are not used, but the pseudotime",
                "data.unused-times",
            )
        times, unit = binned(values, bins, min_cells), UNIT
    motion = None if velocity is None else read_table(source, velocity, genes, dtype).x
    nascent = None if unspliced is None else read_table(source, unspliced, genes, dtype).x
    if nascent is not None:
        motion, nascent = motion_or_layers(table, nascent, motion, one_time=len(set(times)) == 1)
    if perturbation == "auto" and perturbations is None:
        warn_of_unnamed_perturbations(
            obs, {*table.genes, *table.panel}, (time, label, batch, clone)
        )
    labels = column_or_none(obs, label, keys.LABEL)
    batches = column_or_none(obs, batch, keys.BATCH)
    if batches is not None and batch != "auto" and batches.isna().any():
        raise InputError(
            "a batch for each cell", f"{int(batches.isna().sum()):,} cells without, in {batch!r}",
            "name their batch in that column, or leave these cells out",
        )  # fmt: skip
    weights = column_or_none(obs, weight, keys.WEIGHT)
    clones = column_or_none(obs, clone, keys.CLONE)
    rates = column_or_none(obs, growth, keys.GROWTH)
    x, names, conditions = table.x, table.genes, None
    if perturbations is not None and kind == ACTIVATION:
        if motion is not None or nascent is not None:
            raise UnsupportedError(
                "knockouts, or perturbations written in full, beside a velocity or unspliced mRNA",
                f"kind={ACTIVATION!r}, which adds genes that have none",
                "leave that layer out, or write the perturbations in full (GATA1=oe:2)",
            )
        texts = _labels(perturbations, control, {*names, *table.panel})
        check_selected(parse_conditions(texts, control or keys.CONTROL), names, table.panel)
        x, names, conditions = activated(x, names, texts, control or keys.CONTROL)
    elif perturbations is not None:
        conditions = conditions_of(perturbations, names, control, kind, table.panel)
    read = cls.from_arrays(
        x,
        times,
        names,
        conditions,
        unit=unit or notes.get(keys.TIME_UNIT),
        scale=_noted_scale(scale, notes, table.x),
        min_cells=min_cells,
        cells=obs.index.to_numpy(),
        labels=None if labels is None else labels.to_numpy(),
        batch=None if batches is None else batches.to_numpy(),
        weights=None if weights is None else weights.to_numpy(),
        clone=None if clones is None else clones.to_numpy(),
        velocity=motion,
        unspliced=nascent,
        growth=None if rates is None else rates.to_numpy(),
    )
    sets = table.notes.get(keys.SETS)
    return read if sets is None else replace(read, sets=DataSets.from_arrays(sets, x.shape[1]))


def snapshots_to_anndata(snapshots: Snapshots) -> anndata.AnnData:
    """Return snapshots as AnnData, with the basis in ``obsm`` and ``varm``.

    A velocity is the layer ``velocity``, which ``from_anndata(…, velocity="velocity")`` reads back;
    and unspliced mRNA the layer ``unspliced``.
    """
    import anndata

    data = anndata.AnnData(snapshots.x.copy(), obs=_obs(snapshots), var=_var(snapshots.genes))
    data.uns[keys.UNS] = {keys.TIME_UNIT: snapshots.time_unit, keys.SCALE: snapshots.scale}
    if snapshots.velocity is not None:
        data.layers[keys.VELOCITY] = snapshots.velocity.copy()
    if snapshots.sets is not None:
        data.uns[keys.UNS][keys.SETS] = snapshots.sets.to_arrays()
    if snapshots.unspliced is not None:
        data.layers[keys.UNSPLICED] = snapshots.unspliced.copy()
    if snapshots.basis is not None:
        data.obsm[keys.BASIS] = snapshots.states()
        data.varm[keys.BASIS] = snapshots.basis.components
        data.varm[keys.BASIS_MEAN] = snapshots.basis.mean[:, None]
    return data


def trajectories_from_anndata(
    cls: type[Trajectories],
    source: anndata.AnnData | str | Path,
    *,
    time: str = keys.TIME,
    series: str | None = keys.SERIES,
    perturbation: str | None = "auto",
    control: str | None = keys.CONTROL,
    kind: str = "knockout",
    layer: str | None = None,
    genes: Sequence[str] | None = None,
    unit: str | None = None,
    scale: str = "auto",
    dtype: str = "float32",
) -> Trajectories:
    """Read trajectories from AnnData or ``.h5ad``; each row is one observation of one series.

    Parameters
    ----------
    source
        The object, or the path of the file.
    series
        Column of `obs` that names the series of each row. None: all rows are one series,
        such as samples ordered by pseudotime.
    time, perturbation, control, kind, layer, genes, unit, scale, dtype
        As in `Snapshots.from_anndata`.

    Returns
    -------
    Trajectories
    """
    warn_of_unknown_unit(unit)
    table = read_table(source, layer, genes, dtype)
    perturbations = column_or_none(table.obs, perturbation, keys.PERTURBATION)
    noted = table.notes.get(keys.DOSES)
    read = cls.from_rows(
        table.x,
        time_of(table.obs, time),
        table.genes,
        None if series is None else series_of(table.obs, series),
        None
        if perturbations is None
        else conditions_of(perturbations, table.genes, control, kind, table.panel),
        unit=unit or table.notes.get(keys.TIME_UNIT),
        scale=_noted_scale(scale, table.notes, table.x),
    )
    if noted is None or series is None:
        return read
    return replace(read, doses=Doses.from_arrays(noted, read.genes, len(read)))


def trajectories_to_anndata(trajectories: Trajectories) -> anndata.AnnData:
    """Return trajectories as AnnData, with one row per observation."""
    import anndata
    import pandas as pd

    names = np.array(trajectories.names, dtype=object)[trajectories.series]
    position = pd.Series(names).groupby(names).cumcount()
    conditions = [trajectories.conditions[k].name for k in trajectories.series]
    obs = pd.DataFrame(
        {keys.TIME: trajectories.time, keys.SERIES: names, keys.PERTURBATION: conditions},
        index=[f"{name}_t{k}" for name, k in zip(names, position, strict=True)],
    )
    data = anndata.AnnData(trajectories.x.copy(), obs=obs, var=_var(trajectories.genes))
    data.uns[keys.UNS] = {keys.TIME_UNIT: trajectories.time_unit, keys.SCALE: trajectories.scale}
    if trajectories.doses is not None:
        data.uns[keys.UNS][keys.DOSES] = trajectories.doses.to_arrays()
    return data


def conditions_of(
    column: pd.Series,
    genes: Sequence[str],
    control: str | None,
    kind: str,
    panel: Sequence[str] = (),
) -> list[Intervention]:
    """Return the intervention of each row of a column; `genes` were selected from `panel`."""
    labels = _labels(column, control, {*genes, *panel})
    conditions = parse_conditions(labels, control or keys.CONTROL, kind)
    check_selected(conditions, genes, panel)
    for condition in conditions.values():
        condition.check(genes, "the data")
    return [conditions[label] for label in labels]


def _labels(column: pd.Series, control: str | None, genes: set[str]) -> list[str]:
    """Return a column of perturbations as text; refuse missing ones, and a missing control."""
    if column.isna().any():
        raise InputError(
            f"a perturbation for every cell in {column.name!r}",
            f"{int(column.isna().sum()):,} of {len(column):,} missing",
            f"write {control!r} for control cells",
        )
    labels = [str(label) for label in column]
    check_control(list(dict.fromkeys(labels)), control, genes, str(column.name))
    return labels


def check_selected(
    conditions: dict[str, Intervention], genes: Sequence[str], panel: Sequence[str]
) -> None:
    """Refuse a perturbed gene of the panel that is not among the genes that were selected."""
    perturbed = {gene for condition in conditions.values() for gene in condition.genes}
    left_out = sorted(perturbed.intersection(panel).difference(genes))
    if left_out:
        raise InputError(
            "every perturbed gene among genes=[…]",
            f"{listing(left_out)} left out",
            f"add {', '.join(left_out)}, or drop those cells",
        )


def warn_of_unnamed_perturbations(
    obs: pd.DataFrame, genes: set[str], known: Sequence[str | None]
) -> None:
    """Warn of a column that names genes of the data and is not used: knockouts among controls?"""
    for name in obs.columns.difference([column for column in known if column is not None]):
        column = obs[name]
        if column.dtype.kind in "biufc" or len(unique := column.dropna().unique()) > _MANY:
            continue
        found = sorted(genes.intersection(map(str, unique)))
        if found:
            warn(
                f"the column {name!r} names genes of the data ({listing(found, 3)}) and is not "
                f"used: if it says what was perturbed, pass perturbation={str(name)!r}; all cells "
                "count as controls otherwise",
                "data.unused-perturbations",
            )


def series_of(table: pd.DataFrame, name: str) -> list[str]:
    """Return the series that each row belongs to."""
    column = column_of(
        table,
        name,
        "the series of each row",
        "in Python, series=None takes all rows as one series; ",
    )
    if column.isna().any():
        raise InputError(
            f"a series for every row in {name!r}",
            f"{int(column.isna().sum()):,} of {len(column):,} missing",
            "name the series of these rows, or leave them out",
        )
    return [str(series) for series in column]


def column_of(obs: pd.DataFrame, name: str, what: str, fix: str = "") -> pd.Series:
    """Return a column, or raise an error whose fix is `fix`, then the closest column name."""
    if not isinstance(name, str) or name not in obs.columns:
        raise InputError(
            f"a column {name!r} with {what}", "none",
            fix + did_you_mean(str(name), list(map(str, obs))),
        )  # fmt: skip
    return _single(obs, name)


def time_of(obs: pd.DataFrame, name: str) -> pd.Series:
    """Return the time column, or raise an error that suggests the closest name."""
    if not isinstance(name, str) or name not in obs.columns:
        raise TimeError(
            f"a column {name!r} with the time of each cell",
            "none",
            f"name it with time=…; {_likely(str(name), list(map(str, obs)))}",
        )
    return _single(obs, name)


def _likely(name: str, columns: list[str]) -> str:
    """A column that may be meant; no perturbation, and not the only one because it is."""
    others = [one for one in columns if one not in (keys.PERTURBATION, keys.LABEL, keys.BATCH)]
    if not others:
        return "there is no other column"
    return did_you_mean(name, others) if len(others) > 1 else f"did you mean {others[0]!r}?"


def time_or_one(
    obs: pd.DataFrame, name: str, perturbations: pd.Series | None, *, moving: bool = False
) -> pd.Series | np.ndarray:
    """Return the time column; of perturbed or `moving` cells that have none, one time for all.

    A column with nearly as many values as cells, such as a latent time, has no populations.
    """
    told = name != keys.TIME or name in obs.columns
    perturbed = perturbations is not None and perturbations.nunique() > 1
    if told or not (perturbed or moving):
        return time_of(obs, name)
    own = None if perturbations is None else perturbations.name
    likely = [
        str(other) for other in obs.columns
        if other != own and _TIMES.search(str(other)) and 1 < obs[other].nunique() <= len(obs) / 2
    ]  # fmt: skip
    if likely:
        raise TimeError(
            f"a column {name!r} with the time of each cell",
            "none",
            f"name it with time=…; did you mean {likely[0]!r}? Drop that column if all cells are "
            "of one time",
        )
    return np.zeros(len(obs))


def _single(obs: pd.DataFrame, name: str) -> pd.Series:
    """Return a column that there is once."""
    column = obs[name]
    if column.ndim > 1:
        raise InputError(
            f"one column {name!r}", f"{column.shape[1]}",
            "rename the others, or give the columns names of one level",
        )  # fmt: skip
    return column


def column_or_none(obs: pd.DataFrame, name: str | None, default: str) -> pd.Series | None:
    """Return a column by its name; for "auto" the one named `default`, or None without one."""
    if name is None or (name == "auto" and default not in obs.columns):
        return None
    return column_of(obs, default if name == "auto" else name, _COLUMNS[default])


def _noted_scale(scale: str, notes: dict[str, Any], x: np.ndarray) -> str:
    noted = str(notes.get(keys.SCALE, ""))
    if scale != "auto" or noted not in SCALES:
        return scale
    # scanpy records the log of any layer as if X were logged: whole numbers show that X is not
    if noted == "log1p" and detect_scale(x) == "counts":
        return "auto"
    if (
        noted in ("counts", "log1p") and x.size and x.min() < 0
    ):  # scaled after the log, or predicted
        warn(
            f"the data are recorded as {noted}, but have values down to {x.min():.3g}: "
            "their scale is treated as unknown",
            "data.scale-and-values",
        )
        return "unknown"
    return noted


def _obs(snapshots: Snapshots) -> pd.DataFrame:
    import pandas as pd

    names = snapshots.cells
    index = [f"cell{k}" for k in range(len(snapshots))] if names is None else names
    conditions = [snapshots.conditions[k].name for k in snapshots.condition]
    obs = pd.DataFrame({keys.TIME: snapshots.time, keys.PERTURBATION: conditions}, index=index)
    for key, values in (
        (keys.LABEL, snapshots.labels),
        (keys.BATCH, snapshots.batch),
        (keys.WEIGHT, snapshots.weights),
        (keys.CLONE, snapshots.clone),
        (keys.GROWTH, snapshots.growth),
    ):
        if values is not None:
            obs[key] = values
    return obs


def _var(genes: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(index=list(genes))
