"""Doses in the intervals of observations: depots at their start, and parts without a jump.

An interval [t0, t0 + Δ] of a unit is cut at each of its doses and at the beginning and end of its
infusions, so that no solver steps over a jump:

    z⁺ = z + amount at a bolus,      ż = Dosed(z; r) between two cuts, r constant.

A depot at t0 is known from its history, Σ amount e^{−k (t0 − t_dose)} over boluses, and
Σ amount/(k duration) (e^{−k (t0 − end)} − e^{−k (t0 − t_dose)}) over infusions. A dose at the time
of an observation comes after it. Cost: the solver's steps for each part, and as many parts for
every interval of a batch as the one with the most doses has.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor

from hillflow.data.doses import Doses
from hillflow.fields import VectorField
from hillflow.fields.dosed import Dosed
from hillflow.solve import Solver, integrate


@dataclass(frozen=True, eq=False)
class Dosing:
    """Doses of intervals, one a row; leading axes are [...] once rows are drawn.

    Attributes
    ----------
    depots, covariates
        Numbers of the last columns.
    spans
        Length of each part, [..., parts]; 0 of parts that an interval does not have.
    jumps, rates
        What is added at the start of each part, and the inflow in it; [..., parts, columns].
    age, since
        Time from the start, and from the end, of each earlier dose to t0; [..., doses].
    amount, column
        Its amount and column; [..., doses]. Amounts of 0 fill up.
    """

    depots: int
    covariates: int
    spans: Tensor
    jumps: Tensor
    rates: Tensor
    age: Tensor
    since: Tensor
    amount: Tensor
    column: Tensor

    @classmethod
    def of(
        cls, doses: Doses, columns: int, series: np.ndarray, t0: np.ndarray, t1: np.ndarray,
        dtype: torch.dtype,
    ) -> Dosing:  # fmt: skip
        """Cut intervals of these series from t0 to t1, [rows].

        Ends are given, not lengths: t0 + (t1 − t0) may be past a dose at t1, by rounding.
        """
        begin, end = doses.time, doses.time + doses.duration
        bolus = doses.duration == 0
        mine = [np.flatnonzero(doses.series == unit) for unit in range(int(series.max()) + 1)]
        cuts, earlier = [], []
        for unit, start, stop in zip(series, t0, t1, strict=True):
            at = np.unique(np.concatenate([begin[mine[unit]], end[mine[unit]]]))
            inside = at[(at > start) & (at < stop)]
            cuts.append(np.concatenate([[start], inside, [stop]]))
            earlier.append(mine[unit][begin[mine[unit]] < start])
        rows, parts = len(series), max(len(cut) for cut in cuts) - 1
        spans = np.zeros((rows, parts))
        jumps, rates = np.zeros((2, rows, parts, columns))
        held = max(1, *(len(one) for one in earlier)) if rows else 1
        age, since, amount = np.zeros((3, rows, held))
        column = np.zeros((rows, held), dtype=np.int64)
        for row, (cut, before) in enumerate(zip(cuts, earlier, strict=True)):
            spans[row, : len(cut) - 1] = np.diff(cut)
            for dose in mine[series[row]]:
                at, rate = doses.column[dose], doses.amount[dose] / (doses.duration[dose] or 1.0)
                for part in range(len(cut) - 1):
                    if bolus[dose]:
                        if cut[part] == begin[dose] and cut[part + 1] > cut[part]:
                            jumps[row, part, at] += doses.amount[dose]
                    elif begin[dose] <= cut[part] and cut[part + 1] <= end[dose]:
                        rates[row, part, at] += rate
            filled = slice(len(before))
            age[row, filled] = t0[row] - begin[before]
            since[row, filled] = np.maximum(t0[row] - end[before], 0.0)
            # An infusion that still runs has given a share of its amount.
            ran = (age[row, filled] - since[row, filled]) / (doses.duration[before] + bolus[before])
            given = np.where(bolus[before], 1.0, ran)
            amount[row, filled] = given * doses.amount[before]
            column[row, filled] = doses.column[before]

        def tensor(values: np.ndarray) -> Tensor:
            return torch.from_numpy(values).to(dtype)

        return cls(
            len(doses.depots), len(doses.covariates), tensor(spans), tensor(jumps), tensor(rates),
            tensor(age), tensor(since), tensor(amount), torch.from_numpy(column),
        )  # fmt: skip

    def rows(self, chosen: Tensor) -> Dosing:
        """Return these rows, [...], on the device of the tensors."""
        tensors = {
            one.name: value[chosen.to(value.device)]
            for one in fields(self)
            if isinstance(value := getattr(self, one.name), Tensor)
        }
        return Dosing(self.depots, self.covariates, **tensors)

    def to(self, device: str) -> Dosing:
        """Return the same on a device."""
        tensors = {
            one.name: value.to(device)
            for one in fields(self)
            if isinstance(value := getattr(self, one.name), Tensor)
        }
        return Dosing(self.depots, self.covariates, **tensors)

    def start(self, field: VectorField, x: Tensor) -> Tensor:
        """Return states, [..., columns], with the depots as they are at t0."""
        if not self.depots:
            return x
        rate = Dosed(field, self.depots, self.covariates).decay_rate()
        rate = rate.expand(*x.shape[:-1], rate.shape[-1])
        k = rate.gather(-1, self.column)
        ran = self.age - self.since  # 0 of a bolus
        # e^{−k age} (e^{k ran} − 1)/(k ran), written so that nothing overflows.
        held = torch.where(
            ran > 0, -torch.expm1(-k * ran) / (k * ran).clamp_min(1e-12), torch.ones_like(ran)
        )
        left = self.amount * held * torch.exp(-k * self.since)
        every = torch.zeros_like(x).scatter_add(-1, self.column, left)
        first, last = x.shape[-1] - self.depots - self.covariates, x.shape[-1] - self.covariates
        return torch.cat((x[..., :first], every[..., first:last], x[..., last:]), -1)

    def integrate(
        self, field: VectorField, x: Tensor, t0: Tensor, *, solver: str | Solver = "auto",
        steps: int = 4, check_finite: bool = False,
    ) -> Tensor:  # fmt: skip
        """Return the states at the end of the intervals, [..., columns], `steps` in each part."""
        x, t = self.start(field, x), t0
        for part in range(self.spans.shape[-1]):
            span = self.spans[..., part]
            moved = Dosed(field, self.depots, self.covariates, self.rates[..., part, :])
            x = integrate(
                moved, x + self.jumps[..., part, :], span, t0=t, solver=solver, steps=steps,
                check_finite=check_finite,
            )  # fmt: skip
            t = t + span
        return x
