"""``simulate``: cells of a regulatory system whose law and network are known."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any

from hillflow.errors import TimeError
from hillflow.progress import ProgressCallback, progress_callback
from hillflow.systems import Measurement
from hillflow.systems.to_file import simulate_named
from hillflow.workflow.files import path_or_none, write_h5ad
from hillflow.workflow.options.simulate import SIMULATE, SimulateOptions
from hillflow.workflow.reading import names
from hillflow.workflow.verb import verb

if TYPE_CHECKING:
    import anndata
    from rich.progress import Progress


@verb(SIMULATE)
def simulate(
    system: str,
    out: str | PathLike[str] | None,
    options: SimulateOptions,
    progress: Progress | ProgressCallback | bool | None = None,
) -> anndata.AnnData:
    """Do what `hillflow.simulate` promises.

    Returns
    -------
    AnnData
        The cells; the truth in ``layers`` and ``uns["hillflow"]``.

    Examples
    --------
    >>> import hillflow as hf
    >>> cells = hf.simulate("toggle", cells=20, times=[0, 1, 2])
    >>> cells.shape
    (60, 2)
    """
    tell = progress_callback(progress)
    simulated = simulate_named(
        system,
        cells=options.cells,
        times=None if options.times is None else _hours(options.times),
        knockouts="all" if options.knockouts in ("all", ["all"]) else names(options.knockouts),
        measurement=Measurement(
            noise=options.noise, dropout=options.dropout, counts=options.counts
        ),
        genes=options.genes,
        seed=options.seed,
        progress=lambda done, total: tell("simulating cells", done, total),
    )
    adata = simulated.to_anndata()
    write_h5ad(adata, path_or_none(out))
    return adata


def _hours(given: Any) -> list[float]:
    try:
        return [float(part) for part in names(given)]
    except ValueError:
        raise TimeError(
            "times as numbers with commas between them",
            repr(given),
            "write times=[0, 1, 2, 4] (--times 0,1,2,4)",
        ) from None
