"""``velocity``: the run's cells with their fitted velocities."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING

from hillflow.model import add_velocity
from hillflow.workflow.files import path_or_none, write_h5ad
from hillflow.workflow.options.velocity import VELOCITY, VelocityOptions
from hillflow.workflow.runs import RunLike, open_run
from hillflow.workflow.verb import verb

if TYPE_CHECKING:
    import anndata


@verb(VELOCITY)
def velocity(
    run: RunLike, out: str | PathLike[str] | None, options: VelocityOptions
) -> anndata.AnnData:
    """Do what `hillflow.velocity` promises.

    Returns
    -------
    AnnData
        With ``layers["velocity"]`` and ``layers["Ms"]``, where those tools look for them.

    Examples
    --------
    >>> import hillflow as hf
    >>> cells = hf.simulate("toggle", cells=30, times=[0, 1, 2])
    >>> adata = hf.velocity(hf.fit(cells, field="linear", effort=0.02))
    >>> "velocity" in adata.layers
    True
    """
    path = path_or_none(out)
    opened = open_run(run)
    adata = opened.data.to_anndata()
    add_velocity(adata, *opened.fit.members)
    write_h5ad(adata, path)
    return adata
