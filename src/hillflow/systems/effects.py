"""Interventions as arrays of factors and rates that broadcast over cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hillflow.interventions import Intervention
from hillflow.systems.hill import Array


@dataclass(frozen=True, eq=False)
class Effects:
    """The effects of interventions on one system. Every array is [1, genes] or [cells, genes].

    With one row all cells share one intervention; with one row per cell, many conditions are
    integrated together.

    Attributes
    ----------
    production_factor
        Factor on each gene's production.
    extra_decay
        Degradation rate added to each gene.
    visible
        Share of a gene's level that other genes see: 1 − fraction for cut_outgoing, else 1.
    free
        0 for a clamped gene, else 1.
    level
        Level of the clamped genes, 0 for others.
    edges
        Targets of cut edges, each with the share of every gene's level that remains visible to its
        production, [rows, genes].
    """

    production_factor: Array
    extra_decay: Array
    visible: Array
    free: Array
    level: Array
    edges: tuple[tuple[int, Array], ...] = ()

    @classmethod
    def of(cls, interventions: Sequence[Intervention], genes: Sequence[str]) -> Effects:
        """Return one row per intervention; refuse genes that are not in the system."""
        index = {gene: i for i, gene in enumerate(genes)}
        shape = (len(interventions), len(genes))
        factor, visible, free = np.ones(shape), np.ones(shape), np.ones(shape)
        extra, level = np.zeros(shape), np.zeros(shape)
        edges: dict[int, Array] = {}
        for row, intervention in enumerate(interventions):
            for action in intervention.check(genes, "the system"):
                at = row, index[action.gene]
                factor[at] = action.production_factor
                value = 0.0 if action.value is None else action.value
                if action.kind == "clamp":
                    free[at], level[at] = 0.0, value
                elif action.kind == "degradation":
                    extra[at] = value
                elif action.kind == "cut_outgoing":
                    visible[at] = action.visible_share
                elif action.target is not None:
                    edges.setdefault(index[action.target], np.ones(shape))[at] = (
                        action.visible_share
                    )
        return cls(factor, extra, visible, free, level, tuple(sorted(edges.items())))

    def repeat(self, cells: int) -> Effects:
        """Repeat every row for `cells` consecutive cells."""

        def each(rows: Array) -> Array:
            return np.repeat(rows, cells, axis=0)

        return Effects(
            each(self.production_factor), each(self.extra_decay), each(self.visible),
            each(self.free), each(self.level),
            tuple((target, each(rows)) for target, rows in self.edges),
        )  # fmt: skip

    @property
    def hides(self) -> bool:
        """Whether any gene is hidden from its targets."""
        return bool((self.visible < 1).any())

    @property
    def clamps(self) -> bool:
        """Whether any gene is held at a level."""
        return not self.free.all()
