"""Growth genes: the genes with which the growth rate that a fit learned goes up or down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from hillflow.data import Snapshots
from hillflow.errors import UnsupportedError

if TYPE_CHECKING:
    import pandas as pd

    from hillflow.model.member import Member


def growth_genes(members: Sequence[Member], cells: Snapshots) -> pd.DataFrame:
    """Rank genes by how much the learned growth rate g(x, t) depends on them.

    A row has the mean slope E ∂g/∂x over the cells, in units of rate per expression; ``effect``,
    E ∂g/∂x · sd(x), the change of the rate with one standard deviation of the gene, per time unit;
    and ``consistency``, |E ∂g/∂x| / E |∂g/∂x|, which is 1 if the slope has one sign in all cells.
    Slopes are along the basis in which cells were coupled, since g has no other data. With several
    members they are means, and ``same_sign`` is the share of members whose effect has the sign of
    the mean.

    g is correlated with genes, not caused by them: a gene that marks the dividing cells has a slope
    as well as one that makes them divide.

    Source: Sha et al. 2024 (TIGON), "growth genes". Cost: one gradient of g a cell and member.

    Parameters
    ----------
    members
        Members that learned growth.
    cells
        Cells of the fit's genes; each is taken at its own time.

    Returns
    -------
    DataFrame
        ``gene, effect, slope, consistency`` and, of several members, ``same_sign``; the largest
        |effect| first.
    """
    import pandas as pd

    if any(member.heads.growth is None for member in members):
        raise UnsupportedError(
            "a fit that learned growth", f"heads: {', '.join(members[0].heads.names) or 'none'}",
            "fit with method='tigon' or 'wfr-fm'",
        )  # fmt: skip
    slopes = [_slopes(member, cells) for member in members]
    spread = [member.denoise(cells.x).std(axis=0) for member in members]
    mean = np.stack([slope.mean(axis=0) for slope in slopes])
    effects = mean * np.stack(spread)
    size = np.stack([np.abs(slope).mean(axis=0) for slope in slopes])
    consistency = np.abs(mean) / np.where(size > 0, size, 1.0)
    table = pd.DataFrame({
        "gene": members[0].genes, "effect": effects.mean(axis=0), "slope": mean.mean(axis=0),
        "consistency": consistency.mean(axis=0),
    })  # fmt: skip
    if len(members) > 1:
        signs = np.sign(effects) == np.sign(effects.mean(axis=0))
        table["same_sign"] = signs.mean(axis=0)
    order = table["effect"].abs().sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)


def _slopes(member: Member, cells: Snapshots) -> np.ndarray:
    """∂g/∂x of each cell at its time, along the basis, [cells, genes]."""
    x = member._tensor(member.denoise(cells.x)).requires_grad_()
    growth = member.heads.need("growth")(x, member._tensor(cells.time))
    (slope,) = torch.autograd.grad(growth.sum(), x)
    along = member.noise_basis
    if along is not None:
        slope = slope @ along @ along.T
    return np.asarray(slope.double().numpy(force=True))
