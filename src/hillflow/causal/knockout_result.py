"""The predicted effects of a list of perturbations, their ranking, fates and baselines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hillflow.causal.control_cells import ControlCells
from hillflow.causal.effects import effect_sizes, false_discovery_rate, interval, p_values
from hillflow.causal.hypotheses import hypotheses
from hillflow.causal.interaction import (
    beyond_the_sum,
    combinations_of,
    interaction_table,
    sum_of_singles,
)
from hillflow.causal.knockout_baselines import baseline_table, direct_targets, expression
from hillflow.causal.measured_effects import measured_effects, measured_means
from hillflow.causal.shifts import Shifts
from hillflow.causal.show_knockouts import combinations_table, knockout_findings, ranking_table
from hillflow.data import Snapshots
from hillflow.errors import InputError, did_you_mean
from hillflow.files import check_output_file, replacing
from hillflow.findings import Finding, unique_findings
from hillflow.interventions import Intervention
from hillflow.model import Fit, Member
from hillflow.networks.network import Network
from hillflow.run_files import EFFECTS, FATES, RANKING, fates_beside, ranking_beside
from hillflow.show import Block, Shown
from hillflow.spreadsheet import escaped

ROUNDING = 1e-5  # standard deviations of the control: a shift up to it is rounding, and no effect


@dataclass(frozen=True, eq=False)
class KnockoutResult(Shown):
    """Predictions of `knockout` and `screen`, as tables that are computed on first use.

    Attributes
    ----------
    members
        The members of the fit; intervals need several.
    interventions
        In the order of the request.
    controls
        The control cells, from which the prediction starts, and their means.
    shifts
        The predicted shifts of each member.
    graph
        The network in which direct targets are counted; None: they are not counted.
    steps
        Solver steps between two times.
    noted
        Findings of the prediction, see `findings`.

    Examples
    --------
    >>> import hillflow as hf
    >>> run = hf.fit(hf.simulate("toggle", cells=20, times=[0, 1, 2]), field="linear", effort=0.02)
    >>> result = hf.knockout(run, "A,B")
    >>> sorted(result.ranking["perturbation"])
    ['A=knockout', 'B=knockout']
    >>> sorted(result.effects["time"].unique().tolist())
    [1.0, 2.0]
    >>> [finding.code for finding in result.findings][-2:]
    ['knockout.one-member', 'knockout.no-graph']
    """

    members: tuple[Member, ...] = field(repr=False)
    interventions: tuple[Intervention, ...]
    controls: ControlCells = field(repr=False)
    shifts: Shifts = field(repr=False)
    graph: Network | None = field(default=None, repr=False)
    steps: int = 10
    noted: tuple[Finding, ...] = field(default=(), repr=False)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Warnings and notes about the fit and about these predictions."""
        return unique_findings([*self.noted, *knockout_findings(self)])

    def blocks(self) -> list[Block]:
        """The perturbations of largest effect, and combinations beside their sum."""
        combined = combinations_table(self)
        return [ranking_table(self), *([] if combined is None else [combined])]

    @property
    def genes(self) -> tuple[str, ...]:
        """All genes of the fit."""
        return self.controls.data.genes

    @property
    def names(self) -> list[str]:
        """The perturbations by name."""
        return [intervention.name for intervention in self.interventions]

    @property
    def diverged(self) -> list[str]:
        """Perturbations under which the simulation of a cell diverged in some member."""
        missing = np.isnan(self.shifts.mean).any(axis=(0, 2, 3))
        return [name for name, is_missing in zip(self.names, missing, strict=True) if is_missing]

    @cached_property
    def predicted_means(self) -> np.ndarray:
        """Mean of the predicted cells, [members, interventions, times, genes].

        The measured mean of the control plus the shift, with clamped genes at their level. It is
        not clipped: a mean below 0 says that the shift is larger than what the control expresses.
        """
        means = self.controls.mean + self.shifts.mean
        for k, member in enumerate(self.members):
            for row, intervention in enumerate(self.interventions):
                for action in member.as_fitted(intervention):
                    if action.kind == "clamp":
                        means[k, row, :, self.genes.index(action.gene)] = action.value
        return means

    @cached_property
    def measured_means(self) -> np.ndarray:
        """Mean of the cells measured under each intervention, [interventions, times, genes].

        NaN where none were measured.
        """
        return measured_means(self.controls, self.interventions)

    @cached_property
    def effects(self) -> pd.DataFrame:
        """Tidy table with one row per perturbation, gene and time.

        ``control_mean`` is measured; ``delta`` = ``predicted_mean`` − ``control_mean``, the mean
        over the members; ``low`` and ``high`` are the 95 % interval of delta over the members (NaN
        for one member), and ``p`` and ``fdr`` test that it is 0 over the members (see `p_values`),
        corrected over the genes of each perturbation and time, without those that are perturbed
        themselves; ``in_support`` is the share of the simulated cells at that time that lie
        where cells were measured. Where cells were measured under the perturbation at that time,
        ``measured_mean`` and ``measured_delta`` are theirs.
        """
        interventions, times, genes = len(self.interventions), self.controls.times, self.genes
        shift = self.predicted_means - self.controls.mean
        low, high = interval(shift)
        rounding = np.abs(shift) <= ROUNDING * self.controls.spread
        p = p_values(np.where(rounding, 0.0, shift))
        for row, intervention in enumerate(self.interventions):
            p[row, :, self.controls.columns(intervention)] = np.nan
        mean = self.predicted_means.mean(axis=0)
        control = np.broadcast_to(self.controls.mean, mean.shape)
        inside = np.broadcast_to(self.shifts.in_support[..., None], mean.shape)
        measured = self.measured_means
        each = len(times) * len(genes)
        names = np.repeat(np.array(self.names, dtype=object), each)
        columns = {
            "perturbation": names,
            "gene": np.tile(np.array(genes, dtype=object), interventions * len(times)),
            "time": np.tile(np.repeat(times, len(genes)), interventions),
            "control_mean": control.reshape(-1), "predicted_mean": mean.reshape(-1),
            "delta": (mean - control).reshape(-1), "low": low.reshape(-1),
            "high": high.reshape(-1), "p": p.reshape(-1),
            "fdr": false_discovery_rate(p).reshape(-1), "in_support": inside.reshape(-1),
            "measured_mean": measured.reshape(-1),
            "measured_delta": (measured - control).reshape(-1),
        }  # fmt: skip
        return pd.DataFrame(columns)

    @cached_property
    def ranking(self) -> pd.DataFrame:
        """Table with one row per perturbation, largest effect first.

        ``effect`` is the length of the mean shift of all other genes at the last time, in
        standard deviations of the control cells, with ``low``, ``high``, ``p`` and ``fdr``
        over the members (see `effect_sizes`). ``strongest`` is the gene that shifts most,
        ``in_support`` is as in `effects`. Where cells were measured under the perturbation at that
        time, ``measured_effect`` is the length of their shift, and ``measured_correlation`` its
        correlation with the predicted one over the other genes. ``fate_shift`` is the share of
        cells that change fate (half of Σ |shift| in `fates`), ``fate_toward`` the fate that gains
        most, and ``fate_p`` and ``fate_fdr`` test that none changes, over members and cells.
        ``expression``, ``direct_targets`` and ``out_degree`` (Σ |weight|) are rankings that need
        no simulation. Combinations have ``additive``, the length of the sum of their single
        shifts, and ``interaction``, the length of their shift's deviation from that sum, with
        ``interaction_low``, ``interaction_high``, ``interaction_p`` and ``interaction_fdr``.
        """
        standard = self._standardised(self.shifts.mean, self.interventions)
        effect = effect_sizes(standard)
        largest = np.nan_to_num(np.abs(standard.mean(axis=0)))
        columns: dict[str, Any] = {
            "perturbation": self.names, "effect": effect.size, "low": effect.low,
            "high": effect.high, "p": effect.p, "fdr": effect.fdr,
            "strongest": [self.genes[row.argmax()] if row.any() else "" for row in largest],
            "in_support": self.shifts.in_support[:, -1],
        }  # fmt: skip
        columns |= self._measured_columns(standard.mean(axis=0)) | self._fate_columns()
        columns |= self._graph_columns() | self._interaction_columns()
        table = pd.DataFrame(columns).sort_values("effect", ascending=False, kind="stable")
        return table.reset_index(drop=True)

    @cached_property
    def fates(self) -> pd.DataFrame | None:
        """Shares of labels at the last time: ``perturbation, label, control, predicted, shift``.

        Both shares are of simulated cells, so that errors that the fit makes on the control cancel
        in the shift, and of cells that are compared without the perturbed genes, so that those do
        not count as a change of fate. The interval ``low`` to ``high`` of the shift, and ``p`` and
        ``fdr`` of no shift, hold the variance over the members and the sampling error of the
        simulated cells (see `interval`); ``fdr`` is over all rows. None if cells have no labels.
        """
        shares = self.shifts.fates
        if shares is None:
            return None
        low, high = interval(shares.shift, shares.over_cells)
        p = p_values(shares.shift, shares.over_cells).reshape(-1)
        count, labels = len(self.interventions), np.array(shares.labels, dtype=object)
        return pd.DataFrame(
            {"perturbation": np.repeat(np.array(self.names, dtype=object), len(labels)),
             "label": np.tile(labels, count),
             "control": shares.control.mean(axis=0).reshape(-1),
             "predicted": shares.perturbed.mean(axis=0).reshape(-1),
             "shift": shares.shift.mean(axis=0).reshape(-1),
             "low": low.reshape(-1), "high": high.reshape(-1),
             "p": p, "fdr": false_discovery_rate(p)}
        )  # fmt: skip

    @cached_property
    def interactions(self) -> pd.DataFrame:
        """Combinations beside the sum of their single effects, as a tidy table.

        Columns ``perturbation, gene, time, delta, additive, interaction, low, high``: the shift,
        the sum of the shifts of each action alone, and the deviation with its interval.
        """
        return interaction_table(
            self.shifts.mean, self.interventions, self.genes, self.controls.times
        )

    @cached_property
    def baselines(self) -> pd.DataFrame:
        """Means predicted without a fit, see `knockout_baselines`."""
        return baseline_table(self.controls, self.interventions)

    @cached_property
    def errors(self) -> pd.DataFrame:
        """Mean absolute error over genes of the fit and the baselines, for measured perturbations.

        Columns ``perturbation, time, model, gene_set, others, no_change``, where ``model`` is the
        fit. This tests the fit only for perturbations that were left out of training.
        """
        table = self.baselines.assign(model=self.effects["predicted_mean"])
        table = table[table["measured"].notna()]
        predictors = ["model", "gene_set", "others", "no_change"]
        error = table[predictors].sub(table["measured"], axis=0).abs()
        error[["perturbation", "time"]] = table[["perturbation", "time"]]
        groups = error.groupby(["perturbation", "time"], sort=False, as_index=False)
        return groups[predictors].mean()

    @cached_property
    def hypotheses(self) -> pd.DataFrame:
        """What to perturb next: the ranking with a verdict and a reason, see `hypotheses`."""
        return hypotheses(self.ranking, self.graph, self.controls.data.conditions)

    def predicted(self, name: str) -> Snapshots:
        """The predicted populations of one perturbation, cell by cell; see `Fit.predict`."""
        intervention = Intervention.parse(name)
        if intervention not in self.interventions:
            raise InputError(
                "a perturbation of this result", repr(name), did_you_mean(name, self.names)
            )
        moments = self.controls.moments
        return Fit(self.members).predict(
            self.controls.measured, intervention, moments[1:], start=moments[0], steps=self.steps
        )

    def save(self, path: str | Path) -> tuple[Path, ...]:
        """Write the effects to ``knockouts.csv`` and the ranking to ``ranking.csv`` beside it.

        The fates, if cells have labels, are written to ``fates.csv``. For another name,
        ``NAME.csv``, these are ``NAME_ranking.csv`` and ``NAME_fates.csv``.
        """
        return save_tables(self.effects, self.ranking, Path(path), self.fates)

    def _standardised(
        self, shifts: np.ndarray, interventions: Sequence[Intervention]
    ) -> np.ndarray:
        """Shifts at the last time in standard deviations, 0 for the perturbed genes themselves."""
        standard = shifts[:, :, -1] / self.controls.spread
        for row, intervention in enumerate(interventions):
            standard[:, row, self.controls.columns(intervention)] = 0.0
        return standard

    def _measured_columns(self, predicted: np.ndarray) -> dict[str, Any]:
        effect, correlation = measured_effects(
            self.controls, self.interventions, predicted, self.measured_means
        )
        return {"measured_effect": effect, "measured_correlation": correlation}

    def _fate_columns(self) -> dict[str, Any]:
        shares = self.shifts.fates
        if shares is None:
            return {"fate_shift": np.nan, "fate_toward": "", "fate_p": np.nan, "fate_fdr": np.nan}
        shift = shares.shift.mean(axis=0)
        moved = np.abs(shift).sum(axis=-1) / 2
        effect = effect_sizes(shares.shift, shares.over_cells)
        gains = [shares.labels[k] for k in shift.argmax(axis=-1)]
        return {
            "fate_shift": moved,
            "fate_toward": [gain if m > 0 else "" for gain, m in zip(gains, moved, strict=True)],
            "fate_p": effect.p,
            "fate_fdr": effect.fdr,
        }

    def _graph_columns(self) -> dict[str, Any]:
        counts: Any = np.nan
        weights: Any = np.nan
        if self.graph is not None:
            counts, weights = direct_targets(self.graph, self.interventions)
        return {
            "expression": expression(self.controls, self.interventions),
            "direct_targets": counts,
            "out_degree": weights,
        }

    def _interaction_columns(self) -> dict[str, Any]:
        parts = combinations_of(self.interventions)
        if not parts:
            return {}
        rows, own = list(parts), [self.interventions[row] for row in parts]
        guess, beyond = (
            self._standardised(found(self.shifts.mean, parts), own)
            for found in (sum_of_singles, beyond_the_sum)
        )
        deviation = effect_sizes(beyond)
        values = {
            "additive": effect_sizes(guess).size, "interaction": deviation.size,
            "interaction_low": deviation.low, "interaction_high": deviation.high,
            "interaction_p": deviation.p, "interaction_fdr": deviation.fdr,
        }  # fmt: skip
        columns = {name: np.full(len(self), np.nan) for name in values}
        for name, column in columns.items():
            column[rows] = values[name]
        return columns

    def __len__(self) -> int:
        return len(self.interventions)

    def __repr__(self) -> str:
        times = ", ".join(f"{time:g}" for time in self.controls.times)
        return (
            f"KnockoutResult({len(self):,} perturbations of {len(self.genes):,} genes at times "
            f"{times} {self.controls.data.time_unit}".rstrip()
            + f", {len(self.members)} member{'s' * (len(self.members) > 1)})"
        )


def save_tables(
    effects: pd.DataFrame, ranking: pd.DataFrame, path: Path, fates: pd.DataFrame | None = None
) -> tuple[Path, ...]:
    """Write the effects to `path`, and the ranking, and the fates if there are any, beside it."""
    path = check_output_file(path, ".csv", own=EFFECTS)
    tables = {
        path: effects,
        check_output_file(path.with_name(ranking_beside(path.name)), own=RANKING): ranking,
    }
    if fates is not None:
        tables[check_output_file(path.with_name(fates_beside(path.name)), own=FATES)] = fates
    for target, table in tables.items():
        with replacing(target) as draft:
            escaped(table).to_csv(draft, index=False)
    return tuple(tables)
