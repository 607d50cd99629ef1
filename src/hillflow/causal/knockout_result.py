"""What is predicted of a list of perturbations: effects, ranking, fates, baselines."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hillflow.causal.effects import effect_sizes, interval
from hillflow.causal.interaction import beyond_the_sum, interaction_table, pairs_of_singles
from hillflow.causal.knockout_baselines import baseline_table, direct_targets, expression
from hillflow.causal.shifts import Shifts
from hillflow.causal.show_knockouts import knockout_findings, ranking_table
from hillflow.causal.wild_type import WildType
from hillflow.data import Snapshots
from hillflow.errors import InputError, did_you_mean
from hillflow.files import check_output_file, replacing
from hillflow.findings import Finding, each_once
from hillflow.interventions import Intervention
from hillflow.model import Fit, Member
from hillflow.model.predict import never_below_zero
from hillflow.networks.network import Network
from hillflow.run_files import ranking_beside
from hillflow.show import Block, Shown


@dataclass(frozen=True, eq=False)
class KnockoutResult(Shown):
    """Predictions of `knockout` and `screen`; tables are made when asked for.

    Attributes
    ----------
    models
        The model, or the members that give intervals.
    interventions
        In the order asked for.
    wild_type
        The control cells, their start and their means.
    shifts
        What each member says.
    graph
        In which direct targets are counted, if any.
    steps
        Of the solver between two times.
    noted
        What was said on the way to it.
    """

    models: tuple[Member, ...] = field(repr=False)
    interventions: tuple[Intervention, ...]
    wild_type: WildType = field(repr=False)
    shifts: Shifts = field(repr=False)
    graph: Network | None = field(default=None, repr=False)
    steps: int = 10
    noted: tuple[Finding, ...] = field(default=(), repr=False)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What must be said of it: of the fit, and of these predictions."""
        return each_once([*self.noted, *knockout_findings(self)])

    def blocks(self) -> list[Block]:
        """The strongest perturbations."""
        return [ranking_table(self)]

    @property
    def genes(self) -> tuple[str, ...]:
        """All genes of the model."""
        return self.wild_type.data.genes

    @property
    def names(self) -> list[str]:
        """The perturbations by name."""
        return [one.name for one in self.interventions]

    @property
    def ran_away(self) -> list[str]:
        """Perturbations under which a cell left the finite numbers in some member."""
        lost = np.isnan(self.shifts.mean).any(axis=(0, 2, 3))
        return [one.name for one, is_lost in zip(self.interventions, lost, strict=True) if is_lost]

    @cached_property
    def predicted_means(self) -> np.ndarray:
        """Mean of the predicted cells, [members, interventions, times, genes]."""
        means = self.wild_type.mean + self.shifts.mean
        for member, model in enumerate(self.models):
            if never_below_zero(model, self.wild_type.control):
                means[member] = np.maximum(means[member], 0.0)
            for row, intervention in enumerate(self.interventions):
                for action in model.as_fitted(intervention):
                    if action.kind == "clamp":
                        means[member, row, :, self.genes.index(action.gene)] = action.value
        return means

    @cached_property
    def effects(self) -> pd.DataFrame:
        """A row a (perturbation, gene, time), tidy.

        ``control_mean`` is measured, ``delta`` = ``predicted_mean`` − ``control_mean``, of an
        ensemble the mean of its members; ``low`` and ``high`` bound delta by their 95 %
        interval (NaN for one model, which cannot say how sure it is); ``in_support`` is the
        share of rolled-out cells of that time which are where data are.
        """
        interventions, times, genes = len(self.interventions), self.wild_type.times, self.genes
        low, high = interval(self.predicted_means - self.wild_type.mean)
        mean = self.predicted_means.mean(axis=0)
        control = np.broadcast_to(self.wild_type.mean, mean.shape)
        inside = np.broadcast_to(self.shifts.in_support[..., None], mean.shape)
        each = len(times) * len(genes)
        names = np.repeat(np.array(self.names, dtype=object), each)
        columns = {
            "perturbation": names,
            "gene": np.tile(np.array(genes, dtype=object), interventions * len(times)),
            "time": np.tile(np.repeat(times, len(genes)), interventions),
            "control_mean": control.reshape(-1), "predicted_mean": mean.reshape(-1),
            "delta": (mean - control).reshape(-1), "low": low.reshape(-1),
            "high": high.reshape(-1), "in_support": inside.reshape(-1),
        }  # fmt: skip
        return pd.DataFrame(columns)

    @cached_property
    def ranking(self) -> pd.DataFrame:
        """A row a perturbation, largest effect first.

        ``effect`` is the length of the mean shift of all other genes at the last time, in
        standard deviations of the control cells, with ``low``, ``high``, ``p`` and ``fdr``
        over the members (see `effect_sizes`); ``strongest`` the gene that shifts most;
        ``in_support`` as in `effects`; ``fate_shift`` the share of cells that change fate, and
        ``fate_toward`` the fate that gains most; ``expression``, ``direct_targets`` and
        ``out_degree`` (Σ |weight|) what would be ranked by without a simulation. For pairs
        ``interaction`` and ``interaction_fdr``, the same of the interaction.
        """
        standard = self._standardised(self.shifts.mean)
        found = effect_sizes(standard)
        largest = np.nan_to_num(np.abs(standard.mean(axis=0)))
        columns: dict[str, Any] = {
            "perturbation": self.names, "effect": found.size, "low": found.low,
            "high": found.high, "p": found.p, "fdr": found.fdr,
            "strongest": [self.genes[row.argmax()] if row.any() else "" for row in largest],
            "in_support": self.shifts.in_support[:, -1],
        }  # fmt: skip
        columns |= self._fate_columns() | self._graph_columns() | self._interaction_columns()
        table = pd.DataFrame(columns).sort_values("effect", ascending=False, kind="stable")
        return table.reset_index(drop=True)

    @cached_property
    def fates(self) -> pd.DataFrame | None:
        """Shares of labels at the last time: ``perturbation, label, control, predicted, shift``.

        With ``low`` and ``high`` of the shift over members; None where cells carry no labels.
        Both shares are of rollouts, so that the model's error on the wild type cancels in shift.
        """
        shares = self.shifts.fates
        if shares is None:
            return None
        low, high = interval(shares.shift)
        count, labels = len(self.interventions), np.array(shares.labels, dtype=object)
        return pd.DataFrame(
            {"perturbation": np.repeat(np.array(self.names, dtype=object), len(labels)),
             "label": np.tile(labels, count),
             "control": np.tile(shares.control.mean(axis=0), count),
             "predicted": shares.treated.mean(axis=0).reshape(-1),
             "shift": shares.shift.mean(axis=0).reshape(-1),
             "low": low.reshape(-1), "high": high.reshape(-1)}
        )  # fmt: skip

    @cached_property
    def interactions(self) -> pd.DataFrame:
        """For pairs whose genes were perturbed alone too: δ(AB) − δ(A) − δ(B), tidy.

        ``perturbation, gene, time, interaction, low, high``; δ is the shift of the rollouts'
        means, before it is clipped.
        """
        return interaction_table(
            self.shifts.mean, self.interventions, self.genes, self.wild_type.times
        )

    @cached_property
    def baselines(self) -> pd.DataFrame:
        """The means that would be guessed without a model; see `knockout_baselines`."""
        return baseline_table(self.wild_type, self.interventions)

    @cached_property
    def errors(self) -> pd.DataFrame:
        """Mean absolute error over genes where the perturbation was measured, model and guesses.

        ``perturbation, time, model, gene_set, others, no_change``. It is a test of the model
        only for perturbations that it was not fitted to.
        """
        table = self.baselines.assign(model=self.effects["predicted_mean"])
        table = table[table["measured"].notna()]
        guesses = ["model", "gene_set", "others", "no_change"]
        missed = table[guesses].sub(table["measured"], axis=0).abs()
        missed[["perturbation", "time"]] = table[["perturbation", "time"]]
        return missed.groupby(["perturbation", "time"], sort=False, as_index=False)[guesses].mean()

    def predicted(self, name: str) -> Snapshots:
        """The predicted populations of one perturbation, cell by cell; see `fit.predict`."""
        wanted = Intervention.parse(name)
        if wanted not in self.interventions:
            raise InputError(
                "a perturbation of this result", repr(name), did_you_mean(name, self.names)
            )
        moments = self.wild_type.moments
        return Fit(self.models).predict(
            self.wild_type.control, wanted, moments[1:], start=moments[0], steps=self.steps
        )

    def save(self, path: str | Path) -> tuple[Path, Path]:
        """Write the effects to ``knockouts.csv`` and the ranking to ``ranking.csv`` beside it.

        With another name, ``NAME.csv``, the ranking goes to ``NAME_ranking.csv``.
        """
        return save_tables(self.effects, self.ranking, Path(path))

    def _standardised(self, shifts: np.ndarray) -> np.ndarray:
        """Shifts at the last time in standard deviations, 0 for the perturbed genes themselves."""
        standard = shifts[:, :, -1] / self.wild_type.spread
        for row, intervention in enumerate(self.interventions):
            standard[:, row, self.wild_type.columns(intervention)] = 0.0
        return standard

    def _fate_columns(self) -> dict[str, Any]:
        shares = self.shifts.fates
        if shares is None:
            return {"fate_shift": np.nan, "fate_toward": ""}
        shift = shares.shift.mean(axis=0)
        moved = np.abs(shift).sum(axis=-1) / 2
        gains = [shares.labels[k] for k in shift.argmax(axis=-1)]
        return {
            "fate_shift": moved,
            "fate_toward": [gain if m > 0 else "" for gain, m in zip(gains, moved, strict=True)],
        }

    def _graph_columns(self) -> dict[str, Any]:
        counts: Any = np.nan
        weights: Any = np.nan
        if self.graph is not None:
            counts, weights = direct_targets(self.graph, self.interventions)
        return {
            "expression": expression(self.wild_type, self.interventions),
            "direct_targets": counts,
            "out_degree": weights,
        }

    def _interaction_columns(self) -> dict[str, Any]:
        pairs = pairs_of_singles(self.interventions)
        if not pairs:
            return {}
        beyond = np.full_like(self.shifts.mean, np.nan)
        beyond[:, list(pairs)] = beyond_the_sum(self.shifts.mean, pairs)
        found = effect_sizes(self._standardised(beyond))
        alone = ~np.isin(np.arange(len(self)), list(pairs))
        size, fdr = (np.where(alone, np.nan, values) for values in (found.size, found.fdr))
        return {"interaction": size, "interaction_fdr": fdr}

    def __len__(self) -> int:
        return len(self.interventions)

    def __repr__(self) -> str:
        times = ", ".join(f"{time:g}" for time in self.wild_type.times)
        return (
            f"KnockoutResult({len(self):,} perturbations of {len(self.genes):,} genes at times "
            f"{times} {self.wild_type.data.time_unit}".rstrip()
            + f", {len(self.models)} "
            f"model{'s' * (len(self.models) > 1)})"
        )


def save_tables(effects: pd.DataFrame, ranking: pd.DataFrame, path: Path) -> tuple[Path, Path]:
    """Write the effects to `path`, and the ranking beside it."""
    path = check_output_file(path, ".csv")
    beside = path.with_name(ranking_beside(path.name))
    for table, target in ((effects, path), (ranking, check_output_file(beside))):
        with replacing(target) as draft:
            table.to_csv(draft, index=False)
    return path, beside
