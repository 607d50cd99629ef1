"""Plans as transport maps that Waddington-OT and CellRank read.

A map is AnnData [cells at the start, cells at the end] with the names of both: obs are all cells of
the earlier time, var all of the later one, in the order of the data, and X (sparse by rows, CSR) is
the mass that moves, with sum 1 over an interval whose mass is conserved. A file of a map is
``PREFIX_START_END.h5ad`` with the times as plain numbers: the layout of Waddington-OT, which
`wot.tmap.TransportMapModel.from_directory` and CellRank's `RealTimeKernel.from_wot` read. In
Python, `RealTimeKernel(adata, time_key, couplings=transport_maps(…))` takes maps without files.

Of an entropic plan, the kept pairs are written.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hillflow.errors import InputError, listing
from hillflow.files import replacing
from hillflow.findings import note, warn
from hillflow.interventions import Intervention
from hillflow.transport.plan import Plan

if TYPE_CHECKING:
    import anndata

    from hillflow.data.snapshots import Snapshots

_INDEX = "index"  # Waddington-OT reads names from obs/index and var/index of the file


def transport_maps(
    plan: Plan, snapshots: Snapshots, *, condition: Intervention | str = "control"
) -> dict[tuple[float, float], anndata.AnnData]:
    """Return the plan of a condition as one map per interval, by its two times.

    Parameters
    ----------
    plan
        Of `fit_plan`, for these snapshots.
    snapshots
        The cells, with names.
    condition
        Whose intervals. A perturbation that starts from control cells has those as sources.

    Returns
    -------
    dict
        ``{(start, end): AnnData}``. CellRank wants these times as categories of its time column.

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow.transport import fit_plan, transport_maps
    >>> cells = hf.Snapshots.from_anndata(hf.simulate("toggle", cells=20, times=[0, 1, 2]))
    >>> maps = transport_maps(fit_plan(cells.with_basis(2)), cells)
    >>> [(times, one.shape) for times, one in maps.items()]
    [((0.0, 1.0), (20, 20)), ((1.0, 2.0), (20, 20))]
    """
    import anndata
    import pandas as pd

    names, intervals = snapshots.cells, plan.chain(snapshots, condition)
    if names is None:
        raise InputError(
            "cells with names", "none", "read them from AnnData, or give from_arrays cells=…"
        )
    others = {one.condition.name for one in plan.intervals} - {intervals[0].condition.name}
    if others:
        note(
            f"the maps are those of {intervals[0].condition.name!r}; the plan also couples "
            f"{listing(sorted(others))}, which condition=… names", "plan.other-conditions",
        )  # fmt: skip
    maps, empty = {}, 0
    for interval in intervals:
        rows0, rows1 = interval.start.rows, interval.end.rows
        matrix = interval.pairs.arriving(len(names), len(names))[rows0][:, rows1]
        empty += int((np.diff(matrix.indptr) == 0).sum())
        obs, var = (pd.DataFrame(index=pd.Index(names[r], name=_INDEX)) for r in (rows0, rows1))
        maps[interval.start.time, interval.end.time] = anndata.AnnData(matrix, obs=obs, var=var)
    if empty:
        warn(
            f"cells without descendants in the plan, whose rows are empty: {empty:,}; CellRank "
            "gives them uniform ones", "plan.empty-rows",
        )  # fmt: skip
    return maps


def write_transport_maps(
    plan: Plan,
    snapshots: Snapshots,
    folder: str | PathLike[str],
    *,
    prefix: str = "tmaps",
    condition: Intervention | str = "control",
) -> list[Path]:
    """Write one ``.h5ad`` per interval into a folder, as Waddington-OT does.

    Parameters
    ----------
    plan, snapshots, condition
        As in `transport_maps`.
    folder
        A folder for these maps alone, since CellRank reads every ``.h5ad`` in it. It is made if
        it is not there; files of the same name are replaced.
    prefix
        The beginning of the files' names.

    Returns
    -------
    list of pathlib.Path
        The files, by time. `hillflow fit --coupling FOLDER` reads them too.

    Examples
    --------
    >>> import tempfile
    >>> import hillflow as hf
    >>> from hillflow.transport import fit_plan, write_transport_maps
    >>> cells = hf.Snapshots.from_anndata(hf.simulate("toggle", cells=20, times=[0, 1, 2]))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     files = write_transport_maps(fit_plan(cells.with_basis(2)), cells, folder)
    >>> [file.name for file in files]
    ['tmaps_0_1.h5ad', 'tmaps_1_2.h5ad']
    """
    folder, files = Path(folder), []
    maps = transport_maps(plan, snapshots, condition=condition)
    folder.mkdir(parents=True, exist_ok=True)
    for times, one in maps.items():
        start, end = (np.format_float_positional(time, trim="-") for time in times)
        files.append(folder / f"{prefix}_{start}_{end}.h5ad")
        with replacing(files[-1]) as draft:
            one.write_h5ad(draft)
    return files
