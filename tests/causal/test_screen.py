from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from hillflow.causal import knockout, rollouts, screen
from hillflow.errors import HillflowWarning, InputError, InterventionError
from hillflow.interventions import Intervention
from hillflow.networks import Network
from hillflow.tasks import Workers

from .laws import GENES, WEIGHTS, Law, Product, ensemble, flow, model_of, wild_type


def test_a_screen_is_every_knockout(monkeypatch):
    data, model = wild_type(), model_of(Law())
    whole = screen(model, data)
    assert whole.names == [f"{gene}=knockout" for gene in GENES]
    single = knockout(model, GENES, data)
    np.testing.assert_allclose(whole.effects["delta"], single.effects["delta"])
    # however it is cut into blocks of interventions and chunks of cells
    monkeypatch.setattr(rollouts, "TOGETHER", 3)
    monkeypatch.setattr(rollouts, "NUMBERS_AT_ONCE", 3 * 4 * 7)
    monkeypatch.setattr(rollouts, "SAMPLE", 10)
    cut = screen(model, data)
    np.testing.assert_allclose(cut.effects["delta"], whole.effects["delta"], atol=1e-12)
    left = rollouts.roll_out(model, data.x[:40], (0.0, 1.0), [Intervention.knockout("A")])
    assert left.sample.shape == (1, 1, 10, 4)


@pytest.mark.filterwarnings("ignore:.*multiplies a production")
def test_other_kinds_and_some_genes():
    data, model = wild_type(), model_of(Law())
    found = screen(model, data, genes=["B", "A"], kind="kd", value=0.5, times=[2.0])
    assert found.names == ["B=knockdown:0.5", "A=knockdown:0.5"]
    assert set(found.effects["time"]) == {2.0}
    assert screen(model, data, genes=["A"], kind="clamp", value=1.0).names == ["A=clamp:1"]


def test_pairs_of_an_additive_law_do_not_interact_and_those_of_a_product_do():
    data = wild_type()
    additive = screen(model_of(Law()), data, pairs=[("B", "D"), "D+A"])
    assert additive.names[:3] == [f"{gene}=knockout" for gene in "ABD"]
    epsilon = additive.interactions.set_index(["perturbation", "gene", "time"])["interaction"]
    # B and D share no target and no path
    np.testing.assert_allclose(epsilon["B=knockout,D=knockout"], 0, atol=1e-9)
    # D is downstream of A: without D, nothing of what A does to D is left
    delta = additive.effects.set_index(["perturbation", "gene", "time"])["delta"]
    found, lost = epsilon["A=knockout,D=knockout"], delta["A=knockout"]
    np.testing.assert_allclose(found["D"], -lost["D"], atol=1e-9)
    np.testing.assert_allclose(found[["A", "B", "C"]], 0, atol=1e-9)

    data.x[data.rows(2.0)[0], 3] = -0.01  # levels below 0 are possible: nothing is clipped
    result = screen(model_of(Product()), data, genes=["A", "B", "D"], pairs=True)
    assert len(result) == 6
    rows = result.interactions.query("perturbation == 'A=knockout,B=knockout' and time == 2")
    epsilon = rows.set_index("gene")["interaction"]
    delta = {name: part.set_index("gene")["delta"] for name, part in result.effects.query(
        "time == 2").groupby("perturbation")}  # fmt: skip
    expected = delta["A=knockout,B=knockout"] - delta["A=knockout"] - delta["B=knockout"]
    np.testing.assert_allclose(epsilon, expected[list(GENES)], atol=1e-12)
    # without either gene C loses the same product: the pair does less than the sum
    assert epsilon["C"] > 0.5
    ranking = result.ranking.set_index("perturbation")
    assert ranking["interaction"].idxmax() == "A=knockout,B=knockout"
    assert np.isnan(ranking.loc["A=knockout", "interaction"])


def test_members_judge_interactions():
    ranking = screen(ensemble(), wild_type(), pairs=[("A", "D")]).ranking.set_index("perturbation")
    # additive in every member: what rounding leaves has no direction that they share
    assert ranking.loc["A=knockout,D=knockout", "interaction"] == pytest.approx(0, abs=1e-9)


def test_genes_that_are_never_expressed_are_left_out():
    data = wild_type()
    x = data.x.copy()
    x[:, 1] = 0
    silent = dataclasses.replace(data, x=x)
    with pytest.warns(HillflowWarning, match=r"'B': 0 in all 120 .* 1 of 4"):
        found = screen(model_of(Law()), silent)
    assert found.names == ["A=knockout", "C=knockout", "D=knockout"]
    assert found.findings[0].code == "knockout.silent-genes"
    with pytest.raises(InterventionError, match=r"'B', 0 in all 120"):
        screen(model_of(Law()), silent, genes=["B"])


def test_one_that_runs_away_does_not_stop_the_others():
    class Brake(Law):
        def production(self, x, t=None):
            off = (x[..., 1:2] < 0.5).to(x)
            return self.offset + 200 * off * x

    data = dataclasses.replace(wild_type(), x=wild_type().x + 1.0)
    with pytest.warns(HillflowWarning, match="the simulation of a cell diverges under 'B=clamp:0'"):
        found = screen(model_of(Brake()), data, genes=["A", "B"], kind="clamp", value=0.0)
    assert found.diverged == ["B=clamp:0"]
    assert "knockout.diverged" in [finding.code for finding in found.findings]
    last = found.ranking.iloc[-1]
    assert (last["perturbation"], last["strongest"], last["in_support"]) == ("B=clamp:0", "", 0)
    assert np.isnan(last["effect"])
    assert np.isfinite(found.ranking["effect"].iloc[0])


def test_what_cannot_be_screened_is_refused():
    data, model = wild_type(), model_of(Law())
    with pytest.raises(InterventionError, match=r"'X'"):
        screen(model, data, pairs=[("A", "X")])
    with pytest.raises(InterventionError, match="two different genes"):
        screen(model, data, pairs=["A+A"])
    with pytest.raises(InterventionError, match="two different genes"):
        screen(model, data, pairs=["A"])
    with pytest.raises(InterventionError, match="a value"):
        screen(model, data, kind="clamp")


def test_processes_give_the_same_screen(monkeypatch) -> None:
    data, model = wild_type(), model_of(Law())
    monkeypatch.setattr(rollouts, "TOGETHER", 1)  # a block each
    alone, together = (screen(model, data, workers=Workers(jobs)) for jobs in (1, 2))
    assert alone.effects.to_csv() == together.effects.to_csv()


def test_a_screen_of_edges_says_which_target_carries_the_effect():
    data, model = wild_type(), model_of(Law())
    graph = Network.from_matrix(GENES, WEIGHTS)
    result = screen(model, data, genes=["A"], edges=2, graph=graph, steps=80)
    assert result.names == ["A=knockout", "A=cut_edge@B", "B=cut_edge@C"]  # the strongest
    last = result.effects.query("time == 2").set_index(["perturbation", "gene"])["delta"]
    start = data.x[data.rows(0.0)]
    weights = WEIGHTS.copy()
    weights[1, 0] = 0  # the edge from A to B
    expected = (flow(start, 2.0, weights=weights) - flow(start, 2.0)).mean(axis=0)
    np.testing.assert_allclose(last["A=cut_edge@B"], expected, atol=1e-5)
    ranking = result.ranking.set_index("perturbation")
    # nothing is set aside: the change of the target is the effect of the edge
    size = np.linalg.norm(expected / result.controls.spread)
    assert ranking.loc["A=cut_edge@B", "effect"] == pytest.approx(size, rel=1e-4)
    assert ranking.loc["A=cut_edge@B", ["direct_targets", "out_degree"]].tolist() == [1, 1.0]
    level = ranking.loc["A=cut_edge@B", "expression"]
    assert level == ranking.loc["A=knockout", "expression"]
    reasons = result.hypotheses.set_index("perturbation")["reason"]
    assert reasons["A=cut_edge@B"] == "activates B"


def test_edges_alone_and_by_name():
    data, model = wild_type(), model_of(Law())
    named = screen(model, data, edges=[("A", "D"), ("A", "B")])
    assert named.names == ["A=cut_edge@D", "A=cut_edge@B"]
    both = knockout(model, ["A=cut@B,A=cut@D"], data)
    # the two edges act on different targets, and these on no common one: their effects add
    np.testing.assert_allclose(both.interactions["interaction"], 0, atol=1e-9)
    whole = knockout(model, ["A=cut"], data)
    np.testing.assert_allclose(both.shifts.mean[:, 0], whole.shifts.mean[:, 0], atol=1e-9)
    with pytest.raises(InputError, match="hillflow graph"):
        screen(model, data, edges=3)
    with pytest.raises(InterventionError, match="'X'"):
        screen(model, data, edges=[("A", "X")])
