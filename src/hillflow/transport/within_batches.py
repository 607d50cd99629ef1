"""Couple the cells of each batch on their own: γ = Σ_b p_b γ_b."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow.errors import InputError, UnsupportedError, listing
from hillflow.findings import warn
from hillflow.transport.coupling import Coupling, Seed, Span
from hillflow.transport.pairs import Pairs

if TYPE_CHECKING:
    from hillflow.data.snapshots import Snapshots


@dataclass(frozen=True)
class WithinBatches(Coupling):
    """A coupling of cells with cells of the same batch alone.

        γ = Σ_b p_b γ_b

    with the plan γ_b of the cells of batch b at both ends of an interval, and p_b the share of the
    batch among the cells at the start. What differs between batches is then never taken for
    motion, without being subtracted. Batches with cells at one end alone are said and not coupled.

    Cost: that of the coupling, on smaller populations. Of an entropic plan, the kept pairs stand
    for it. When not: batches of few cells; or each time is a batch of its own, so that none has
    both ends; or batches that change in their share of the cells, since cells at the end of a
    batch that shrinks weigh more.

    Attributes
    ----------
    coupling
        How cells of a batch are coupled.
    batches
        Digest of the batches of the cells; `bind` and `prepare` set it.

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.data import Snapshots
    >>> from hillflow.transport import ExactOT, WithinBatches, fit_plan
    >>> x = np.random.default_rng(0).random((80, 2))
    >>> batch = np.tile(["a", "b"], 40)
    >>> cells = Snapshots.from_arrays(x, np.repeat([0, 1], 40), ["GATA1", "SPI1"], batch=batch)
    >>> pairs = fit_plan(cells.with_basis(2), WithinBatches(ExactOT()))[0].pairs
    >>> bool((batch[pairs.i] == batch[pairs.j]).all())
    True
    """

    coupling: Coupling
    batches: str = ""

    def __post_init__(self) -> None:
        if not self.coupling.computed:
            raise UnsupportedError(
                "a coupling that is computed, to keep it within batches",
                "a plan, which says itself who becomes whom", "leave within_batches out",
            )  # fmt: skip

    def bind(self, snapshots: Snapshots) -> WithinBatches:
        """Return the coupling with the digest of the batches of these cells."""
        return replace(self, batches=_digest(_batches(snapshots)))

    def check(self, snapshots: Snapshots, spans: Sequence[Span]) -> None:
        """Refuse an interval in which no batch has both ends; say which batches lack one."""
        batch, apart = _batches(snapshots), dict[str, None]()
        for start, end in spans:
            ends = [set(batch[population.rows].tolist()) for population in (start, end)]
            if not ends[0] & ends[1]:
                raise InputError(
                    "a batch with cells at both ends of every interval",
                    f"none from {start.time:g} to {end.time:g} ({end.condition.name})",
                    "leave within_batches out, or leave out these cells",
                )
            apart |= dict.fromkeys(
                f"{name} ({end.condition.name} {start.time:g} to {end.time:g})"
                for name in sorted(ends[0] ^ ends[1])
            )
        if apart:
            warn(
                "batches with cells at one end of an interval alone, which are not coupled in it: "
                f"{listing(apart)}", "plan.batches-apart",
            )  # fmt: skip

    def prepare(self, snapshots: Snapshots, spans: Sequence[Span], memory_mb: int) -> WithinBatches:
        """Return the coupling with settings that depend on the data; refuse unusable data."""
        self.check(snapshots, spans)
        inner = self.coupling.prepare(snapshots, spans, memory_mb)
        return WithinBatches(inner, _digest(_batches(snapshots)))

    def between(
        self, snapshots: Snapshots, rows0: np.ndarray, rows1: np.ndarray, seed: Seed
    ) -> Pairs:
        """Couple two populations of the snapshots, batch by batch."""
        batch, weights = _batches(snapshots), snapshots.weights
        if weights is None:
            weights = np.ones(len(snapshots))
        shared = np.intersect1d(batch[rows0], batch[rows1])
        seeds = seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed)
        parts: list[tuple[Pairs, float]] = []
        for name, child in zip(shared, seeds.spawn(len(shared)), strict=True):
            start, end = (rows[batch[rows] == name] for rows in (rows0, rows1))
            mass = float(weights[start].sum())
            if mass > 0 and weights[end].sum() > 0:  # a bootstrap may draw none of a small batch
                parts.append((self.coupling.between(snapshots, start, end, child), mass))
        if not parts:
            raise InputError(
                "a batch with cells of positive weight at both ends of every interval", "none",
                "leave within_batches out, or fit without resampling (ensemble=1)",
            )  # fmt: skip
        return _joined(parts)

    def _couple(
        self,
        z0: np.ndarray,
        z1: np.ndarray,
        a: np.ndarray,
        b: np.ndarray,
        rng: np.random.Generator,
    ) -> Pairs:
        raise UnsupportedError(
            "cells with batches", "states alone", "call fit_plan(snapshots, within)"
        )

    def options(self) -> dict[str, Any]:
        """Return the settings of the coupling, and the digest of the batches."""
        return {**self.coupling.options(), "within_batches": self.batches}


def _joined(parts: Sequence[tuple[Pairs, float]]) -> Pairs:
    """Pairs of all batches, each of total weight as its share of the cells at the start."""
    total = sum(mass for _, mass in parts)
    shares = [mass / total for _, mass in parts]
    growth = [pairs.growth for pairs, _ in parts if pairs.growth is not None]
    return Pairs(
        np.concatenate([pairs.i for pairs, _ in parts]),
        np.concatenate([pairs.j for pairs, _ in parts]),
        np.concatenate([
            share * pairs.weight / pairs.weight.sum()
            for (pairs, _), share in zip(parts, shares, strict=True)
        ]),
        sum(share * pairs.cost for (pairs, _), share in zip(parts, shares, strict=True)),
        np.concatenate(growth) if growth else None,
    )  # fmt: skip


def _batches(snapshots: Snapshots) -> np.ndarray:
    if snapshots.batch is None:
        raise InputError(
            "a batch for each cell", "none",
            "write it into obs['batch'], or give from_arrays batch=…",
        )  # fmt: skip
    return snapshots.batch


def _digest(batch: np.ndarray) -> str:
    text = "\0".join(batch.tolist())
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
