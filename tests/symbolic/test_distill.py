"""Distillation: a known Hill field gives back its own laws, and the models around it theirs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from hillflow.errors import GeneNameError, HillflowWarning, InputError, UnsupportedError
from hillflow.fields import make_field
from hillflow.model import Fit
from hillflow.networks import Network
from hillflow.objectives.heads import Heads, Noise, Protein
from hillflow.symbolic import (
    Laws,
    ParetoFront,
    Sampling,
    agreement,
    constant_law,
    distill,
    write_sbml,
)
from hillflow.symbolic.distill import _with_agreement

SMALL = Sampling(states=120)


class Linear:
    """An engine of one formula, to see what it is asked."""

    name = "asked"

    def __init__(self):
        self.problems = []

    def available(self):
        return None

    def fit(self, problems, *, seed=0, workers=None, progress=None):
        self.problems = [problem.check() for problem in problems]
        return [ParetoFront(one.gene, [constant_law(one, self.name)]) for one in self.problems]


def test_a_hill_field_gives_back_its_laws(known, model, cells):
    laws = distill(model, cells, sampling=SMALL)
    for gene, parents, sign in zip(known.GENES, known.PARENTS, known.SIGNS, strict=True):
        law = laws[gene].best
        assert law.parents == parents
        assert law.signs == (sign,)
        assert max(law.error, law.error_off, law.error_left_out) < 1e-6
        assert law.decay == pytest.approx(1.0)
        assert law.agreement is None
    assert laws.agreement.trajectory < 1e-5
    assert laws.agreement.knockout_correlation == pytest.approx(1.0)
    assert not laws.agreement.diverged
    assert laws.initial == pytest.approx(
        dict(zip(known.GENES, cells.x[cells.time == 0].mean(0), strict=True))
    )


def with_heads(member, noise: float, protein: float):
    """A member that learned noise and proteins."""
    heads = {"noise": Noise(3, torch.float64), "protein": Protein(3, torch.float64)}
    heads["noise"].unit.fill_(noise / Noise.start)
    heads["protein"].unit.fill_(protein / Protein.start)
    return replace(member, heads=Heads(member.field, **heads).eval())


def test_noise_and_proteins_of_the_fit_are_in_the_laws(known, model, cells, tmp_path):
    laws = distill(with_heads(model, 0.02, 1.5), cells, sampling=SMALL)
    assert laws.proteins == pytest.approx(dict.fromkeys(known.GENES, 1.5))
    assert laws.noise == pytest.approx(dict.fromkeys(known.GENES, 0.02))
    assert laws.agreement.trajectory < 1e-5
    said = " ".join(str(laws).split())
    assert "regulators act through their proteins p, dp/dt = γ_p (x − p) with γ_p = 1.5 1/h" in said
    assert "ν = 0.02, of dx = (production − decay) dt" in said
    read = Laws.load(laws.save(tmp_path / "laws.json"))
    assert (read.proteins, read.noise) == (laws.proteins, laws.noise)
    libsbml = pytest.importorskip("libsbml")
    written = libsbml.readSBML(str(write_sbml(read, tmp_path / "laws.xml"))).getModel()
    named = [written.getSpecies(k).getName() for k in range(written.getNumSpecies())]
    assert {f"{gene} protein" for gene in known.GENES} < set(named)


def test_laws_of_an_ensemble_move_with_the_mean_of_noise_and_proteins(model, cells):
    """Halfway between the members; with those of the first they would be farther from both."""
    fit = Fit((with_heads(model, 1e-6, 0.5), with_heads(model, 3e-6, 1.5)))
    laws = distill(fit, cells, sampling=replace(SMALL, members=0))
    assert list(laws.proteins.values()) == pytest.approx([1.0] * 3)
    assert list(laws.noise.values()) == pytest.approx([2e-6] * 3)
    assert "the laws describe the mean of the 2 members of the fit" in str(laws)
    of_first = agreement(laws.field(), fit, cells, interventions=[])
    assert laws.agreement.trajectory < of_first.trajectory


def test_what_the_engine_is_asked(model, cells, known):
    engine = Linear()
    edges = np.zeros((3, 3))
    edges[0, 2], edges[0, 1], edges[1, 0], edges[2, 1] = -2, 1, 1, 1
    graph = Network.from_matrix(known.GENES, edges)
    distill(model, cells, graph, engine=engine, parents=1, also={"S": ["S"]}, sampling=SMALL)
    first, second, _ = engine.problems
    assert first.parents == ("E2F1",)
    assert second.parents == ("NKX2-5", "S")
    assert len(first.y) == 96 + 120  # four fifths of 120 cells, then widened states
    assert len(first.y_left_out) == 24
    with torch.no_grad():  # production of E2F1's target at E2F1 alone: other genes do not count
        x = torch.zeros(len(first.x), 3, dtype=torch.float64)
        x[:, 2] = torch.from_numpy(first.x[:, 0])
        np.testing.assert_allclose(first.y, model.field.production(x)[:, 0], rtol=1e-9)
    seen, wide = first.x[:96, 0], first.x[96:, 0]
    assert wide.max() > seen.max()
    assert wide.min() >= 0
    both = second.x[96:]
    assert abs(np.corrcoef(both.T)[0, 1]) < 0.3  # drawn independently
    assert not np.isin(first.x_left_out[:, 0], seen).any()


def test_members_that_differ_lower_the_agreement(known, model, cells):
    other = make_field("hill", known.GENES, dtype=torch.float64)
    other.load_state_dict(model.field.state_dict())
    with torch.no_grad():  # in one member S is repressed, not activated
        other.strength[3] = -other.strength[3]
    turned = replace(model, heads=Heads(other).eval())
    laws = distill(
        Fit((model, model, model, turned)), cells, _graph(known), genes=["S", "E2F1"],
        sampling=SMALL,
    )  # fmt: skip
    assert laws["S"].best.agreement == 0.75
    assert laws["E2F1"].best.agreement == 1.0
    assert laws.agreement is None  # a part of the system is not simulated
    none = distill(
        Fit((model, turned)), cells, _graph(known), genes="E2F1",
        sampling=replace(SMALL, members=0),
    )  # fmt: skip
    assert none["E2F1"].best.agreement is None


def test_structures_are_counted_law_by_law(known):
    law, flat = known.ring()["S"], known.law_of("S", "0.5", (), 1.0, family="constant", error=1.0)
    front = _with_agreement(ParetoFront("S", [law, flat]), [law.structure, "constant"])
    assert [one.agreement for one in front] == [0.5, 0.5]


def test_a_gene_that_nothing_regulates_has_a_constant(known, model, cells):
    with torch.no_grad():
        model.field.strength[3:6] = 0.0
    laws = distill(model, cells, _graph(known), sampling=SMALL)
    assert laws["S"].best.parents == ()
    assert laws["S"].best.family == "constant"
    nobody = Network.from_matrix(known.GENES, np.zeros((3, 3)))
    laws = distill(model, cells, nobody, genes=["E2F1"], sampling=SMALL)
    assert laws["E2F1"].best.family == "constant"


def test_mistakes(known, model, cells):
    whole = replace(
        model, heads=Heads(make_field("locally-linear", known.GENES, dtype=torch.float64))
    )
    with pytest.raises(UnsupportedError, match="the locally-linear field, which has none"):
        distill(whole, cells)
    with pytest.raises(GeneNameError, match="did you mean 'E2F1'"):
        distill(model, cells, genes=["E2F2"])
    with pytest.raises(GeneNameError, match="also="):
        distill(model, cells, _graph(known), genes=["S"], also=["x"])
    with pytest.raises(InputError, match="a list of genes"):
        distill(model, cells, also="S")
    with pytest.raises(InputError, match="0 to 12 regulators"):
        distill(model, cells, parents=99)
    with pytest.raises(InputError, match="one gene or more"):
        distill(model, cells, genes=[])
    with pytest.raises(InputError, match="the name of an engine"):
        distill(model, cells, engine="templates")
    with pytest.raises(GeneNameError, match="a graph over the genes of the model"):
        distill(model, cells, Network.from_matrix(["S", "T"], np.ones((2, 2))))
    timed = replace(
        model, heads=Heads(make_field("mlp", known.GENES, time=True, dtype=torch.float64))
    )
    if timed.field.has_split:
        with pytest.warns(HillflowWarning, match="depends on time"):
            distill(timed, cells, _graph(known), engine=Linear(), sampling=SMALL)


def _graph(known) -> Network:
    edges = np.zeros((3, 3))
    edges[0, 2], edges[1, 0], edges[2, 1] = -1, 1, 1
    return Network.from_matrix(known.GENES, edges)


def test_terms_that_hardly_count_are_left_out(known, model, cells):
    with torch.no_grad():
        model.field.strength[4] = 0.02  # S on itself, beside 1.2 of NKX2-5
    graph = Network.from_matrix(known.GENES, np.array([[0, 0, 1], [2, 1, 0], [0, 1, 0]]))
    plain = distill(model, cells, graph, genes=["S"], sampling=SMALL)
    close = distill(model, cells, graph, genes=["S"], sampling=replace(SMALL, tolerance=0.0))
    assert plain["S"].best.parents == ("NKX2-5",)
    assert set(close["S"].best.parents) == {"NKX2-5", "S"}
    assert plain["S"].best.error < 0.05
