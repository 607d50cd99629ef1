"""Minimal intervention sets on laws whose best sets follow from algebra."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from hillflow.causal import InterventionSearch, minimal_interventions
from hillflow.causal.minimal_interventions import _moments
from hillflow.data import Snapshots, Trajectories
from hillflow.errors import GeneNameError, InputError, TimeError
from hillflow.fields import VectorField
from hillflow.interventions import Intervention
from hillflow.model import Fit, Member
from hillflow.objectives.heads import Heads

GENES = ("A", "B", "C", "D")


class Cascade(VectorField):
    """A and B are made at rates of their own, C = A + B, and D stands apart; all decay at 1."""

    keeps_orthant = True

    def __init__(self, supply=(1.0, 2.0, 0.0, 0.5)):
        super().__init__(GENES)
        self.register_buffer("supply", torch.tensor(supply, dtype=torch.float64))

    def production(self, x, t=None):
        regulated = torch.zeros_like(x)
        regulated[..., 2] = x[..., 0] + x[..., 1]
        return self.supply + regulated

    def decay(self, x, t=None):
        return x

    def decay_rate(self):
        return torch.ones(4, dtype=torch.float64)


REST = np.array([1.0, 2.0, 3.0, 0.5])


def model_of(field: VectorField) -> Member:
    parts = {
        "time_unit": "h", "scale": "log1p", "times": (0.0, 1.0),
        "conditions": (Intervention.control(),), "basis": None, "seed": 0, "metrics": {},
        "provenance": {}, "history": pd.DataFrame({"stage": [0.0], "validation_loss": [np.nan]}),
    }  # fmt: skip
    return Member(heads=Heads(field).eval(), **parts)


def resting_cells(rest=REST, cells=20, labels=None) -> Snapshots:
    """Control cells around the resting point at 0, 1 and 2 h, in pairs that cancel."""
    half = 0.1 * np.random.default_rng(0).normal(size=(cells // 2, 4))
    x = np.concatenate([rest + half, rest - half])
    return Snapshots.from_arrays(
        np.tile(x, (3, 1)).clip(0), np.repeat([0.0, 1.0, 2.0], cells), GENES,
        unit="h", scale="log1p", labels=labels,
    )  # fmt: skip


MODEL, CELLS = model_of(Cascade()), resting_cells()
KNOCKOUTS = InterventionSearch(kinds=("knockout",))


def test_the_one_gene_that_does_it_is_found_and_its_supersets_are_left_out():
    # C = 1 in the long run where B is gone; C ← 0.9 further with nothing else.
    table = minimal_interventions(MODEL, CELLS, {"C": 1.0}, until=40.0, search=KNOCKOUTS).table
    first = table.iloc[0]
    assert (first.intervention, first.genes) == ("B=knockout", 1)
    assert first.reached == pytest.approx(1.0, abs=1e-6)
    sd = CELLS.x.std(axis=0)[2]
    others = table.set_index("intervention")["distance"]
    assert others["A=knockout"] == pytest.approx((2 - 1) / sd, rel=1e-4)
    assert others["C=knockout"] == pytest.approx(1 / sd, rel=1e-4)
    assert set(others.index) == {"A=knockout", "B=knockout", "C=knockout"}  # no pair gains
    assert table["distance"].is_monotonic_increasing
    assert table["spread"].isna().all()


def test_two_genes_where_two_are_needed():
    wanted = {"A": 0.0, "B": 0.0, "C": 0.0, "D": 0.5}
    table = minimal_interventions(MODEL, CELLS, wanted, until=40.0, search=KNOCKOUTS).table
    first = table.iloc[0]
    assert (first.intervention, first.genes) == ("A=knockout,B=knockout", 2)
    assert first.reached == pytest.approx(1.0, abs=1e-6)
    assert not table["intervention"].str.contains("D").any()
    alone = minimal_interventions(
        MODEL, CELLS, wanted, until=40.0, max_genes=1, search=KNOCKOUTS
    ).table
    assert (alone["genes"] == 1).all()
    # Three knockouts bring nothing that two do not, as C is gone with A and B.
    three = minimal_interventions(
        MODEL, CELLS, wanted, until=40.0, max_genes=3, search=KNOCKOUTS
    ).table
    assert three.iloc[0].intervention == "A=knockout,B=knockout"
    assert three["genes"].max() == 2


def test_overexpression_is_held_at_the_level_asked_for():
    search = InterventionSearch(kinds=("overexpression",), levels={"A": 3.0, "B": 2.5})
    table = minimal_interventions(
        MODEL, CELLS, {"C": 5.0}, until=40.0, genes=["A", "B"], max_genes=1, search=search
    ).table.set_index("intervention")
    assert table.index[0] == "A=clamp:3"  # C = 3 + 2
    assert table.loc["A=clamp:3", "reached"] == pytest.approx(1, abs=1e-6)
    assert table.loc["B=clamp:2.5", "reached"] == pytest.approx(1 - 1.5 / 2, abs=1e-6)


def test_without_levels_overexpression_goes_as_high_as_cells_do():
    search = InterventionSearch(kinds=("overexpression",))
    table = minimal_interventions(MODEL, CELLS, {"D": 0.7}, genes=["D"], search=search).table
    high = np.quantile(CELLS.x[:, 3], 0.99)
    assert Intervention.parse(table.iloc[0].intervention).actions[0].value == pytest.approx(
        high, rel=5e-3
    )


def test_a_short_time_is_compared_at_that_time_and_against_what_was_measured():
    # ẋ_B = −B from 2: after 2 h a knockout leaves 2e⁻², and the control's mean is as measured.
    table = minimal_interventions(MODEL, CELLS, {"B": 0.0}, max_genes=1, search=KNOCKOUTS).table
    first = table.iloc[0]
    sd = CELLS.x.std(axis=0)[1]
    assert first.distance == pytest.approx(2 * np.exp(-2) / sd, rel=1e-3)
    assert first.reached == pytest.approx(1 - np.exp(-2), rel=1e-3)


def test_what_the_model_misses_of_the_control_is_taken_off():
    wrong = model_of(Cascade(supply=(1.0, 2.3, 0.0, 0.5)))
    table = minimal_interventions(wrong, CELLS, {"B": 0.0}, max_genes=1, search=KNOCKOUTS).table
    # rolled out: 2.3 − 0.3 e⁻² without, 2 e⁻² with the knockout; their difference moves 2.
    end = 2 + 2 * np.exp(-2) - (2.3 - 0.3 * np.exp(-2))
    assert table.iloc[0].distance == pytest.approx(max(end, 0) / CELLS.x.std(axis=0)[1], abs=2e-3)


def test_a_label_names_the_mean_of_its_cells():
    labels = np.array(["at rest"] * 60)
    labels[5] = labels[25] = "other"
    cells = resting_cells(labels=labels)
    cells.x[labels == "other"] = [1.0, 0.0, 1.0, 0.5]
    table = minimal_interventions(MODEL, cells, "other", until=40.0, search=KNOCKOUTS).table
    assert table.iloc[0].intervention == "B=knockout"
    assert table.iloc[0].reached == pytest.approx(1.0, abs=1e-6)
    with pytest.raises(InputError, match="did you mean 'other'"):
        minimal_interventions(MODEL, cells, "othr")
    with pytest.raises(InputError, match="a label of the cells"):
        minimal_interventions(MODEL, CELLS, "other")


def test_few_tries_still_find_the_pair_through_the_best_single():
    wanted = {"A": 0.0, "B": 0.0, "C": 0.0}
    narrow = InterventionSearch(kinds=("knockout",), tries=1)
    table = minimal_interventions(MODEL, CELLS, wanted, until=40.0, search=narrow).table
    assert table.iloc[0].intervention == "A=knockout,B=knockout"


def test_an_ensemble_shows_its_spread():
    members = (model_of(Cascade()), model_of(Cascade(supply=(1.4, 2.0, 0.0, 0.5))))
    table = minimal_interventions(
        Fit(members), CELLS, {"C": 0.0}, until=40.0, genes=["B"], search=KNOCKOUTS
    ).table
    sd = CELLS.x.std(axis=0)[2]
    assert table.iloc[0].distance == pytest.approx((1.0 + 1.4) / 2 / sd, rel=1e-4)
    assert table.iloc[0].spread == pytest.approx(0.4 / np.sqrt(2) / sd, rel=1e-4)


def test_where_nothing_helps_the_table_is_empty():
    sets = minimal_interventions(MODEL, CELLS, {"D": 0.5}, search=KNOCKOUTS)
    assert sets.table.empty
    assert [finding.code for finding in sets.findings] == [
        "interventions.none-helps", "interventions.one-member",
    ]  # fmt: skip
    assert "distance of the control" in str(sets)
    assert list(sets.table.columns) == ["intervention", "genes", "distance", "spread", "reached"]


def test_a_gene_that_no_cell_expresses_is_not_acted_on():
    silent = resting_cells()
    silent.x[:, 3] = 0.0
    with pytest.raises(InputError, match="genes to perturb that are expressed, found 'D'"):
        minimal_interventions(MODEL, silent, {"C": 1.0}, genes=["D"])


def test_steps_of_time_beyond_the_data_are_as_long_as_within():
    times = np.array([0.0, 1.0, 2.0])
    assert _moments(times, 0.0, 2.0) == (0, 1, 2)
    assert _moments(times, 0.0, 1.5) == (0, 1, 1.5)
    assert _moments(times, 1.0, 4.5) == pytest.approx((1, 2, 2 + 2.5 / 3, 2 + 5 / 3, 4.5))
    assert _moments(np.array([0.0]), 0.0, 3.0) == (0, 3)


def test_mistakes_are_named_before_any_work():
    with pytest.raises(GeneNameError, match="did you mean 'C'"):
        minimal_interventions(MODEL, CELLS, {"c": 1.0})
    with pytest.raises(InputError, match="finite levels of one gene or more"):
        minimal_interventions(MODEL, CELLS, {})
    with pytest.raises(InputError, match="finite levels"):
        minimal_interventions(MODEL, CELLS, {"A": np.nan})
    with pytest.raises(GeneNameError, match="a gene of the fit"):
        minimal_interventions(MODEL, CELLS, {"C": 1.0}, genes=["Z"])
    with pytest.raises(TimeError, match="a finite time after the start, 0 h"):
        minimal_interventions(MODEL, CELLS, {"C": 1.0}, until=0.0)
    with pytest.raises(InputError, match="a max_genes of at least 1"):
        minimal_interventions(MODEL, CELLS, {"C": 1.0}, max_genes=0)
    with pytest.raises(InputError, match="kinds among"):
        InterventionSearch(kinds=("cut",))
    with pytest.raises(InputError, match="tries"):
        InterventionSearch(tries=0)
    courses = Trajectories.from_arrays(np.ones((3, 2, 4)), [0, 1], GENES, unit="h")
    with pytest.raises(InputError, match="Snapshots with control cells"):
        minimal_interventions(MODEL, courses, {"C": 1.0})
