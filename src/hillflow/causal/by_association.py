"""What a perturbation does, guessed from cells alone: by association, without a law.

Cells that happen to have less of a gene show what goes with its absence; other perturbations show
what any of them does; and a perturbation that was measured earlier shows where it was going. With
Δ_i(t) the change of gene i that the perturbation p means (−level for a knockout), b_gi the slope of
gene g on gene i with all other genes held, among cells of one population, and m(t) the mean shift
of the other perturbations, weighted by their cells, the expected shift from the control is

    s(t) = d_p(s) + m(t) − m(s),        where s < t is the last time at which p was measured; else
    s(t) = Σ_{i∈p} d_i(t),              where p is a combination and each part alone was measured,
    s(t) = Σ_{i∈p} Δ_i(t) b_i + m(t),   where nothing was,

with d_p its measured shift; the perturbed genes change by what the perturbation says. Slopes come
from the inverse P of the correlation matrix plus the identity, b_gi = −P_gi/P_gg · sd_g/sd_i: every
variance is doubled, since much of it is noise.

An association is no cause: a gene that only follows another has slopes too. What it is worth, the
measured perturbations say: each of them is guessed without its own cells (`left_out_tests`).

Sources: ridge regression, Hoerl & Kennard 1970; difference in differences, Card & Krueger 1994; the
mean of the others as a baseline that learned predictors must beat, Ahlmann-Eltze et al. 2025.
Cost: O(cells · genes² + genes³ · measured perturbations). Not where cells differ by much more
than the gene: what goes with its absence is then something else.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hillflow.data import Population, Snapshots
from hillflow.interventions import Action, Intervention

Array = NDArray[np.float64]
CONTROL = Intervention.control()
RIDGE = 1.0  # beside the unit variances
LEAST_SPREAD = 0.01  # of the median over genes
SHARE = 0.95  # of the errors that an interval holds
FEWEST = 5  # perturbations whose errors make one
_TESTED = ("perturbation", "cells", "r", "error", "no_effect", "mean_of_others", "slopes_r")
GUESSABLE = ("knockout", "knockdown", "overexpression", "clamp", "cut_outgoing")


class Associations:
    """Means, slopes and shifts of the populations of cells.

    Parameters
    ----------
    cells
        Snapshots with control cells; others are compared with those of the same time.
    """

    def __init__(self, cells: Snapshots) -> None:
        self.cells = cells
        self.populations = list(cells.populations())
        self.means = {(p.condition, p.time): self._mean(p) for p in self.populations}
        self.times = tuple(t for t in map(float, cells.times) if (CONTROL, t) in self.means)
        self.control = np.stack([self.means[CONTROL, t] for t in self.times])
        deviation = cells.x[cells.rows(None, CONTROL)].std(axis=0, dtype=np.float64)
        usual = np.median(deviation[deviation > 0]) if deviation.any() else 1.0
        self.spread = np.maximum(deviation, LEAST_SPREAD * usual)

    @cached_property
    def measured(self) -> tuple[Intervention, ...]:
        """Perturbations with cells at a time of the control, that can be guessed."""
        return tuple(
            one
            for one in self.cells.conditions
            if not one.is_control
            and all(action.kind in GUESSABLE for action in one)
            and any((one, t) in self.means for t in self.times)
        )

    def shift(self, one: Intervention) -> Array:
        """Measured shift from the control, [times, genes]; NaN where it was not measured."""
        empty = np.full(len(self.cells.genes), np.nan)
        rows = [self.means.get((one, t), empty) for t in self.times]
        return np.stack(rows) - self.control

    def mean_of_others(self, one: Intervention) -> Array:
        """Mean shift of all other perturbations by their cells, [times, genes]; 0 without any."""
        total, cells = np.zeros((2, *self.control.shape))
        for population in self.populations:
            other = population.condition
            if other.is_control or other == one or population.time not in self.times:
                continue
            row = self.times.index(population.time)
            # of a gene that it perturbs itself, it says nothing of what perturbations do
            told = np.array([gene not in other.perturbed for gene in self.cells.genes])
            shift = self.means[other, population.time] - self.control[row]
            total[row] += len(population) * np.where(told, shift, 0.0)
            cells[row] += len(population) * told
        return np.divide(total, cells, out=np.zeros_like(total), where=cells > 0)

    def by_slopes(self, one: Intervention) -> Array:
        """Shift by association with the perturbed genes, [times, genes]."""
        precision, deviation = self._precision(one if one in self.measured else None)
        guess = np.zeros_like(self.control)
        for action in one:
            at = self.cells.genes.index(action.gene)
            slopes = -precision[at] / np.diag(precision) * deviation / deviation[at]
            guess += np.outer(self._seen_change(action), slopes)
        return guess

    def _seen_change(self, action: Action) -> Array:
        """Change of a perturbed gene as its targets see it, [times]."""
        level = self.control[:, self.cells.genes.index(action.gene)]
        if action.kind == "clamp":
            return float(action.value or 0.0) - level
        return (action.production_factor * action.visible_share - 1) * level

    def _as_said(self, guess: Array, one: Intervention) -> Array:
        """The guess with the perturbed genes changed by what the perturbation says."""
        for action in one:
            own = 0.0 if action.kind == "cut_outgoing" else self._seen_change(action)
            guess[:, self.cells.genes.index(action.gene)] = own
        return guess

    def sum_of_parts(self, one: Intervention) -> Array:
        """Sum of the measured shifts of each part of a combination; NaN where one is missing."""
        if len(one) < 2:
            return np.full_like(self.control, np.nan)
        return np.sum([self.shift(Intervention((action,))) for action in one], axis=0)

    def without_own_cells(self, one: Intervention) -> Array:
        """The expected shift without a cell of the perturbation, [times, genes]."""
        parts = self.sum_of_parts(one)
        alone = self.by_slopes(one) + self.mean_of_others(one)
        return self._as_said(np.where(np.isnan(parts), alone, parts), one)

    def expected(self, one: Intervention) -> tuple[Array, Array]:
        """The expected shift, [times, genes], and the times of its own cells used, or NaN.

        No cell of the perturbation at the predicted time or later is used.
        """
        others, since = self.mean_of_others(one), np.full(len(self.times), np.nan)
        guess = self.without_own_cells(one)
        measured = self.shift(one)
        for row in range(1, len(self.times)):
            earlier = np.flatnonzero(~np.isnan(measured[:row, 0]))
            if len(earlier):
                last = int(earlier[-1])
                guess[row] = measured[last] + others[row] - others[last]
                since[row] = self.times[last]
        return self._as_said(guess, one), since

    def _mean(self, population: Population) -> Array:
        weights = self.cells.weights
        x = self.cells.x[population.rows].astype(np.float64)
        return np.average(x, axis=0, weights=None if weights is None else weights[population.rows])

    @cached_property
    def _products(self) -> dict[Intervention, tuple[Array, int]]:
        """Of each condition, the summed products of deviations within its populations."""
        found: dict[Intervention, tuple[Array, int]] = {}
        for population in self.populations:
            x = self.cells.x[population.rows].astype(np.float64)
            x -= x.mean(axis=0)
            products, cells = found.get(population.condition, (0.0, 0))
            found[population.condition] = (products + x.T @ x, cells + len(x))
        return found

    @cached_property
    def _of_all(self) -> tuple[Array, Array]:
        return _inverse(list(self._products.values()))

    def _precision(self, without: Intervention | None) -> tuple[Array, Array]:
        """P and the standard deviations within populations, without one perturbation's cells."""
        if without is None:
            return self._of_all
        return _inverse([one for key, one in self._products.items() if key != without])


def _inverse(products: Sequence[tuple[Array, int]]) -> tuple[Array, Array]:
    covariance = sum(one for one, _ in products) / sum(cells for _, cells in products)
    deviation = np.sqrt(np.diag(covariance))
    deviation = np.where(deviation > 0, deviation, 1.0)  # a gene that is constant has no slope
    correlation = covariance / np.outer(deviation, deviation)
    return np.linalg.inv(correlation + RIDGE * np.eye(len(correlation))), deviation


def left_out_tests(found: Associations) -> tuple[pd.DataFrame, dict[Intervention, Array]]:
    """Each measured perturbation, guessed without its own cells, beside what was measured.

    Returns
    -------
    tuple
        A table ``perturbation, cells, r, error, no_effect, mean_of_others, slopes_r, covered``: the
        correlation with the measured shift over genes and times, without the perturbed genes; mean
        absolute errors, in standard deviations of the control, of the guess, of no effect and of
        the mean of the others; the correlation by slopes alone; and the share of the measured
        shifts within the interval that the errors of the others make. And the errors, absolute and
        in standard deviations, by perturbation, [times, genes], NaN where nothing was measured.
    """
    errors: dict[Intervention, Array] = {}
    rows = []
    for one in found.measured:
        measured, others = found.shift(one), found.mean_of_others(one)
        measured[:, [found.cells.genes.index(gene) for gene in one.perturbed]] = np.nan
        guess, slopes = found.without_own_cells(one), found.by_slopes(one)
        known = ~np.isnan(measured)
        if not known.any():  # every gene is perturbed
            continue
        errors[one] = np.abs(measured - guess) / found.spread
        scale = np.broadcast_to(found.spread, measured.shape)[known]
        rows.append({
            "perturbation": one.name,
            "cells": sum(len(p) for p in found.populations if p.condition == one),
            "r": _correlation(guess[known], measured[known]),
            "error": float(np.nanmean(errors[one])),
            "no_effect": float(np.mean(np.abs(measured[known]) / scale)),
            "mean_of_others": float(np.mean(np.abs(measured - others)[known] / scale)),
            "slopes_r": _correlation(slopes[known], measured[known]),
        })  # fmt: skip
    table = pd.DataFrame(rows, columns=list(_TESTED))
    covered = []
    for one in errors:
        width = half_width(found, errors, one)
        inside = errors[one][~np.isnan(errors[one])] <= np.broadcast_to(
            width[:, None], errors[one].shape
        )[~np.isnan(errors[one])]  # fmt: skip
        covered.append(float(inside.mean()) if np.isfinite(width).any() else np.nan)
    return table.assign(covered=covered), errors


def half_width(found: Associations, errors: dict[Intervention, Array], one: Intervention) -> Array:
    """Half the width of the interval in standard deviations, [times]; NaN with few to learn from.

    The share of errors that other perturbations had at that time (Vovk, Gammerman & Shafer 2005):
    it holds a new one if that is no stronger than those.
    """
    others = [error for other, error in errors.items() if other != one]
    width = np.full(len(found.times), np.nan)
    for row in range(len(found.times)):
        known = [error[row] for error in others if not np.isnan(error[row]).all()]
        if len(known) >= FEWEST:
            width[row] = np.nanquantile(np.concatenate(known), SHARE)
    return width


def _correlation(a: Array, b: Array) -> float:
    if len(a) < 3 or a.std() == 0 or b.std() == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])
