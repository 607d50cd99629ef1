from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from hillflow.causal import knockout
from hillflow.data import Snapshots
from hillflow.errors import GeneNameError, InputError, InterventionError, NumericalError, TimeError
from hillflow.fields import make_field
from hillflow.interventions import Intervention
from hillflow.model import Fit
from hillflow.objectives.heads import Heads, Noise

from .laws import GENES, Law, ensemble, flow, model_of, wild_type, without


def test_the_shift_of_means_is_that_of_the_law():
    data = wild_type()
    effects = knockout(model_of(Law()), ["A"], data, steps=80).effects
    start = data.x[data.rows(0.0)]
    for time in (1.0, 2.0):
        shift = (flow(start, time, *without("A")) - flow(start, time)).mean(0)
        rows = effects[effects["time"] == time]
        assert list(rows["gene"]) == list(GENES)
        np.testing.assert_allclose(rows["delta"], shift, atol=1e-4)
        measured = data.x[data.rows(time)].mean(0)
        np.testing.assert_allclose(rows["control_mean"], measured)
        np.testing.assert_allclose(rows["predicted_mean"], measured + shift, atol=1e-4)
    assert effects["low"].isna().all()  # one model cannot say how sure it is


@pytest.mark.filterwarnings("ignore:.*multiplies a production")
def test_many_at_once_are_as_one_at_a_time():
    data, model = wild_type(), model_of(Law())
    asked = ["A", "B=kd:0.5", "C=clamp:3", "A+B", "D=oe:2", "B=cut", "C=deg:0.4"]
    together = knockout(model, asked, data)
    start = data.x[data.rows(0.0)]
    before = model.simulate(start, (0.0, 1.0, 2.0))[1:].mean(1)
    for row, text in enumerate(asked):
        one = Intervention.parse(text)
        after = model.simulate(start, (0.0, 1.0, 2.0), one)[1:].mean(1)
        np.testing.assert_allclose(together.shifts.mean[0, row], after - before, atol=1e-12)
        alone = knockout(model, [one], data).effects.query("perturbation == @one.name")
        found = together.effects[together.effects["perturbation"] == one.name]
        np.testing.assert_allclose(found["delta"], alone["delta"], atol=1e-12)


def test_what_the_model_gets_wrong_of_the_wild_type_cancels():
    data, model = wild_type(), model_of(Law())
    moved = dataclasses.replace(data, x=data.x + 0.3 * (data.time > 0)[:, None])
    one, two = (knockout(model, ["A"], cells).effects for cells in (data, moved))
    np.testing.assert_allclose(two["delta"], one["delta"])
    np.testing.assert_allclose(two["predicted_mean"], one["predicted_mean"] + 0.3)


def test_expression_stays_expression_and_clamps_hold():
    data = wild_type()
    result = knockout(model_of(make_field("hill", GENES)), ["A=clamp:0.7", "B"], data)
    assert (result.effects["predicted_mean"] >= 0).all()
    held = result.effects.query("perturbation == 'A=clamp:0.7' and gene == 'A'")
    np.testing.assert_allclose(held["predicted_mean"], 0.7)
    np.testing.assert_allclose(held["delta"], 0.7 - held["control_mean"])
    free = knockout(model_of(make_field("mlp", GENES, hidden=[4])), ["B"], data).effects
    own = free[free["gene"] == "B"]  # without a split, a knockout is a clamp at 0
    np.testing.assert_allclose(own["predicted_mean"], 0.0)


def test_members_give_intervals_and_their_mean():
    data, models = wild_type(), ensemble()
    result = knockout(models, ["A", "C"], data)
    each = np.stack([knockout(m, ["A", "C"], data).effects["delta"] for m in models])
    np.testing.assert_allclose(result.effects["delta"], each.mean(0))
    half = 2.7764451 * each.std(0, ddof=1) * np.sqrt(1.2)  # Student's t with 4 degrees of freedom
    np.testing.assert_allclose(result.effects["high"], each.mean(0) + half, atol=1e-9)
    np.testing.assert_allclose(result.effects["low"], each.mean(0) - half, atol=1e-9)
    ranking = result.ranking.set_index("perturbation")
    assert ranking.loc["A=knockout", "fdr"] < 0.01
    assert ranking.loc["C=knockout", "effect"] == 0  # C regulates nothing
    assert ranking.loc["C=knockout", "fdr"] == 1


def test_intervals_hold_the_sampling_error_of_simulated_noise():
    """Members that are all the true law differ by their random paths, and by nothing else."""
    data = wild_type()
    start = data.x[data.rows(0.0)]
    exact = [(flow(start, time, *without("A")) - flow(start, time)).mean(0) for time in (1.0, 2.0)]
    noisy = model_of(Law(), heads=Heads(Law(), noise=Noise(4, torch.float64)))
    inside = []
    for seed in range(12):
        effects = knockout(Fit((noisy,) * 4), ["A"], data, steps=20, seed=seed).effects
        # C is moved through B alone: its noise is smaller than the error of the solver's steps.
        effects = effects[effects["gene"] != "C"]
        delta = np.stack(exact)[:, [0, 1, 3]].ravel()
        assert (effects["low"] < effects["high"]).all()
        inside.append((effects["low"] < delta) & (delta < effects["high"]))
    assert np.mean(inside) == pytest.approx(0.95, abs=0.06)
    sure = knockout(Fit((model_of(Law()),) * 4), ["A"], data).effects
    np.testing.assert_allclose(sure["high"], sure["low"])


def test_some_cells_times_and_starts():
    data, model = wild_type(), model_of(Law())
    one, two, other = (knockout(model, ["B"], data, cells=9, seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(one.effects["delta"], two.effects["delta"])
    # what is lost with B is the share that A makes, which differs by cell
    assert not np.allclose(one.effects["delta"], other.effects["delta"])
    late = knockout(model, ["A"], data, [2.0], start=1.0)
    assert late.controls.moments == (1.0, 2.0)
    assert set(late.effects["time"]) == {2.0}


def test_a_time_that_was_not_measured_names_those_that_were():
    with pytest.raises(TimeError, match=r"0 h, 1 h, 2 h, found 1\.5 h\. Fix: name measured"):
        knockout(model_of(Law()), ["B"], wild_type(), [1.0, 1.5])


def test_weights_of_cells_count():
    weights = np.tile([1.0] + [0.0] * 39, 3)
    data = wild_type(weights=weights)
    result = knockout(model_of(Law()), ["A"], data)
    first = knockout(model_of(Law()), ["A"], data.take(weights > 0))
    np.testing.assert_allclose(result.effects["delta"], first.effects["delta"])
    np.testing.assert_allclose(result.effects["control_mean"], first.effects["control_mean"])


def test_progress_counts_members_and_interventions():
    told: list[tuple[str, int, int]] = []
    knockout(ensemble(2), ["A", "B", "C"], wild_type(), progress=lambda *said: told.append(said))
    assert told == [("knockouts", 3, 6), ("knockouts", 6, 6)]


def test_what_cannot_be_asked_is_refused():
    data, model = wild_type(), model_of(Law())
    with pytest.raises(InterventionError, match=r"'a'.*did you mean 'A'\?"):
        knockout(model, ["a"], data)
    with pytest.raises(InterventionError, match="change something"):
        knockout(model, ["control"], data)
    with pytest.raises(InterventionError, match="one intervention or more"):
        knockout(model, [], data)
    with pytest.raises(InterventionError, match="found 3"):
        knockout(model, [3], data)
    with pytest.raises(InputError, match="cells=0"):
        knockout(model, ["A"], data, cells=0)
    with pytest.raises(TimeError, match=r"found 1\.5 h"):
        knockout(model, ["A"], data, [1.5])
    with pytest.raises(GeneNameError, match="select_genes"):
        knockout(model, ["A"], data.select_genes(GENES[::-1]))
    with pytest.raises(InputError, match="pass the snapshots that were fitted"):
        knockout(model, ["A"], None)
    treated = dataclasses.replace(data, conditions=(Intervention.knockout("A"),))
    with pytest.raises(InputError, match="control cells"):
        knockout(model, ["A"], treated)


def test_a_gene_that_is_never_expressed_has_no_effect_by_construction():
    x = wild_type().x.copy()
    x[:, 1] = 0
    data = Snapshots.from_arrays(x, wild_type().time, GENES)
    with pytest.raises(InterventionError, match=r"'B', which is 0 in all 120.*B=clamp:1"):
        knockout(model_of(Law()), ["A+B"], data)
    assert len(knockout(model_of(Law()), ["B=clamp:1"], data)) == 1


def test_a_model_that_runs_away_is_named_with_its_intervention():
    weights = np.zeros((4, 4))
    weights[0] = [0, 0, 0, 60.0]  # A and D drive each other where B is absent
    weights[3] = [60.0, 0, 0, 0]

    class Brake(Law):
        def production(self, x, t=None):
            off = (x[..., 1:2] < 1.0).to(x)
            return self.offset + off * (x @ self.weights.T)

    model, data = model_of(Brake(weights)), wild_type()
    data = dataclasses.replace(data, x=data.x + 1.0)
    with pytest.raises(NumericalError, match=r"finite under B=clamp:0.*leave this"):
        knockout(model, ["A", "B=clamp:0", "C"], data)
