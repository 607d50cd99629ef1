"""Several data sets of one process, each in its own basis, brought to the coordinates of one.

    z = (x − mean_k) B_k s_k,   B_k = V_k U,   U = argmin ‖V_k U − V_0‖ over orthogonal U

V_k [genes, d] are the principal components of set k, in its own cells. Components of two sets do
not correspond: their order, signs and mixtures differ. What corresponds are genes, so B_k is the
basis of the plane of set k that lies nearest to the components V_0 of the largest set (orthogonal
Procrustes problem: U = P Qᵀ of the singular value decomposition V_kᵀ V_0 = P Σ Qᵀ). Offset and
scale are those of the populations that both sets measured: mean_k is the mean over their means,
and s_k brings the mean square of z over them to that of the largest set. A set that shares no
time with it has neither, and is refused.

A linear law dz/dt = A z + b of the common coordinates is V_k U A Uᵀ V_kᵀ between the genes of set
k: the bases are per set, the operator is shared. A does not depend on s_k.

The cosines Σ say how much of the planes correspond. The share Σ²/d is 1 for equal planes and
about d/genes for unrelated ones; below one half, sets are refused.

Source: Procrustes by Schönemann (1966). Cell-MNN (von Bassewitz et al. 2025) is trained jointly on
several sets; its released code has no alignment, so that this one is our own.
Cost: principal components of each set. When not: genes of the sets mean different things
(orthologs without a match, proteins beside RNA).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hillflow.data.basis import LinearBasis
from hillflow.data.times import format_time
from hillflow.errors import InputError, UnsupportedError, listing
from hillflow.findings import note, warn

if TYPE_CHECKING:
    from hillflow.data.snapshots import Snapshots

LEAST_SHARE = 0.5  # of two planes in common, below which they do not correspond
_LEAST_COSINE = 0.5  # between two components, below which one is said to have no counterpart


@dataclass(frozen=True, eq=False)
class DataSets:
    """How cells of each data set are brought to the coordinates of the largest, and back.

    Attributes
    ----------
    names
        The sets; the first is the one whose genes the aligned cells have.
    components
        B_k, orthonormal columns, [sets, genes, d].
    mean, target
        What is subtracted from cells of a set, and added in the first, [sets, genes].
    scale
        s_k, [sets]; 1 for the first.
    """

    names: tuple[str, ...]
    components: np.ndarray
    mean: np.ndarray
    target: np.ndarray
    scale: np.ndarray

    @classmethod
    def fit(cls, snapshots: Snapshots, size: int) -> DataSets:
        """Find the bases of the data sets, from cells whose `batch` names their set."""
        names, count = _names(snapshots)
        parts = [snapshots.take(np.asarray(snapshots.batch) == name) for name in names]
        first = parts[0]
        own = [LinearBasis.fit(part.x, size) for part in parts]
        anchor = own[0].components
        mean_0 = first.x.mean(axis=0)
        bases, means, targets, scales = [anchor], [mean_0], [mean_0], [1.0]
        for name, part, fitted in zip(names[1:], parts[1:], own[1:], strict=True):
            times = np.intersect1d(part.times, first.times)
            if not len(times):
                raise InputError(
                    f"data sets that measured a time in common with {names[0]!r}, the largest: "
                    f"{_times(first)}",
                    f"{name!r} at {_times(part)}",
                    "leave that set out: its offset cannot be told from its dynamics",
                )
            basis = _nearest(fitted.components, anchor, name, names[0])
            mean, spread = _moments(part, times, basis)
            mean_of_first, spread_of_first = _moments(first, times, anchor)
            bases.append(basis)
            means.append(mean)
            targets.append(mean_0 + (mean_of_first - mean_0) @ anchor @ anchor.T)
            scales.append(spread_of_first / spread)
        about = ", ".join(
            f"{name} ({cells:,} cells, {basis.explained.sum():.0%} of their variance)"
            for name, cells, basis in zip(names, count, own, strict=True)
        )
        note(
            f"{len(names):,} data sets on {size:,} components: {about}. Levels of all are shown as "
            f"in {names[0]!r}; data.sets.restore(cells) gives those of their own set",
            "data.sets",
        )
        return cls(tuple(names), np.stack(bases), np.stack(means), np.stack(targets),
                   np.array(scales))  # fmt: skip

    def align(self, snapshots: Snapshots) -> Snapshots:
        """Return the cells as they would be in the first set, within its d components."""
        x = np.empty_like(snapshots.x)
        for k, rows in self._rows(snapshots):
            z = (snapshots.x[rows] - self.mean[k]) @ self.components[k] * self.scale[k]
            x[rows] = self.target[k] + z @ self.components[0].T
        return replace(snapshots, x=x, scale="unknown", basis=None, sets=self)

    def restore(self, snapshots: Snapshots) -> Snapshots:
        """Return aligned cells, measured or predicted, in the genes of their own set."""
        x = np.empty_like(snapshots.x)
        for k, rows in self._rows(snapshots):
            z = (snapshots.x[rows] - self.target[k]) @ self.components[0] / self.scale[k]
            x[rows] = self.mean[k] + z @ self.components[k].T
        return replace(snapshots, x=x, basis=None, sets=None)

    def operators(self, operator: np.ndarray) -> np.ndarray:
        """Return an operator between the genes of the first set in those of each, [sets, G, G].

        B_k B_0ᵀ O B_0 B_kᵀ, as [target, source]; the mean over sets is that of all of them.
        """
        latent = self.components[0].T @ operator @ self.components[0]
        return np.stack([b @ latent @ b.T for b in self.components])

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what `from_arrays` reads back, as arrays."""
        return {
            "names": np.array(self.names, dtype=object), "components": self.components,
            "mean": self.mean, "target": self.target, "scale": self.scale,
        }  # fmt: skip

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray], genes: int) -> DataSets | None:
        """Read the arrays that `to_arrays` wrote; None of a selection of the genes."""
        names = tuple(map(str, arrays["names"]))
        parts = {name: np.asarray(arrays[name]) for name in ("components", "mean", "target")}
        if parts["mean"].shape[1] != genes:
            return None
        return cls(names, **parts, scale=np.asarray(arrays["scale"]))

    def _rows(self, snapshots: Snapshots) -> list[tuple[int, np.ndarray]]:
        """The cells of each set that has any."""
        batch = snapshots.batch
        unknown = set(self.names) if batch is None else set(batch.tolist()) - set(self.names)
        if batch is None or unknown:
            raise InputError(
                f"cells of the data sets {listing(self.names)}",
                "cells without a batch" if batch is None else listing(sorted(unknown)),
                "name the set of each cell in its batch",
            )
        return [(k, np.flatnonzero(batch == name)) for k, name in enumerate(self.names)]


def align_data_sets(snapshots: Snapshots, size: int) -> Snapshots:
    """Return the cells of several data sets in `size` common components; see the module.

    Parameters
    ----------
    snapshots
        Unperturbed cells, whose `batch` names their data set.
    size
        Number of components d.

    Returns
    -------
    Snapshots
        The same cells, as they would be in the largest set, with `sets`. Populations are then
        those of a set: cells of two sets are neither coupled nor compared with each other.

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.data import Snapshots, align_data_sets
    >>> random = np.random.default_rng(0)
    >>> x = random.normal(size=(80, 1)) @ [[3.0, 4.0]] + 0.01 * random.normal(size=(80, 2))
    >>> lab = np.tile(["a", "b"], 40)
    >>> x[lab == "b"] = 2 * x[lab == "b"] + 7  # another scale and offset
    >>> cells = Snapshots.from_arrays(x, np.repeat([0, 1], 40), ["GATA1", "SPI1"], batch=lab)
    >>> aligned = align_data_sets(cells, 1)
    >>> bool(abs(aligned.x[lab == "a"].mean() - aligned.x[lab == "b"].mean()) < 1e-5)
    True
    >>> bool(np.allclose(aligned.sets.restore(aligned).x, x, atol=0.1))
    True
    """
    return DataSets.fit(snapshots, size).align(snapshots)


def _names(snapshots: Snapshots) -> tuple[list[str], list[int]]:
    """The sets, the largest first, and their cells; refuse cells that cannot be aligned."""
    if snapshots.batch is None:
        raise InputError(
            "a data set for each cell", "none",
            "name its column with dataset=… (--dataset), or give from_arrays batch=…",
        )  # fmt: skip
    perturbed = [one.name for one in snapshots.conditions if not one.is_control]
    if perturbed or snapshots.velocity is not None:
        raise UnsupportedError(
            "unperturbed cells without a velocity, to align data sets on their components",
            f"cells under {listing(perturbed)}" if perturbed else "a velocity of each gene",
            "keep the control cells alone" if perturbed else "leave the velocity out",
        )
    names, count = np.unique(snapshots.batch, return_counts=True)
    if len(names) < 2:
        raise InputError(
            "two data sets or more", f"{listing(names)} alone", "leave dataset=… (--dataset) out"
        )
    order = np.argsort(-count, kind="stable")
    return names[order].tolist(), count[order].tolist()


def _nearest(components: np.ndarray, anchor: np.ndarray, name: str, first: str) -> np.ndarray:
    """B = V U, nearest to the anchor; refuse planes that have less than half in common."""
    left, cosines, right = np.linalg.svd(components.T.astype(float) @ anchor)
    share, size = float(np.mean(cosines**2)), len(cosines)
    if share < LEAST_SHARE:
        raise InputError(
            f"components of {name!r} that lie in those of {first!r} by {LEAST_SHARE:.0%} or more",
            f"{share:.0%} (unrelated ones: {size / len(components):.0%})",
            "ask for fewer components, or fit each set on its own",
        )
    alone = int((cosines < _LEAST_COSINE).sum())
    if alone:
        warn(
            f"{alone:,} of the {size:,} components of {name!r} have no counterpart in {first!r} "
            f"(cosine below {_LEAST_COSINE:g}): ask for {size - alone:,} components",
            "data.sets-apart",
        )
    return np.asarray((components @ (left @ right)).astype(components.dtype))


def _moments(part: Snapshots, times: np.ndarray, basis: np.ndarray) -> tuple[np.ndarray, float]:
    """Mean over the populations of these times, and the root mean square about it in the basis."""
    cells = [part.x[part.time == time] for time in times]
    mean = np.mean([one.mean(axis=0) for one in cells], axis=0)
    square = np.mean([np.mean(((one - mean) @ basis) ** 2) for one in cells])
    return mean, float(np.sqrt(square))


def _times(part: Snapshots) -> str:
    return ", ".join(format_time(time, part.time_unit) for time in part.times)
