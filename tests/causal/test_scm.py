"""The equilibrium SCM against the long-time limit of independent ODEs, in NumPy and SciPy."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import torch
from scipy.linalg import expm

from hillflow.causal import equilibrium_scm
from hillflow.data import Snapshots
from hillflow.errors import HillflowError, InputError, NumericalError, UnsupportedError
from hillflow.fields import VectorField, make_field
from hillflow.interventions import Intervention
from hillflow.model import Fit, Member
from hillflow.objectives.heads import Heads
from hillflow.systems.linear import Linear
from hillflow.systems.repressilator import Repressilator
from hillflow.systems.six_gene import SixGene
from hillflow.systems.toggle import Toggle

from ..linear_law import LinearLaw
from ..term_law import TermField, long_time

pytestmark = pytest.mark.filterwarnings("ignore:.*multiplies a production")


def linear_law(system: Linear) -> LinearLaw:
    """The simulated linear system as a field."""
    return LinearLaw(system.genes, system.weights, system.offset, system.decay)


class Pulled(VectorField):
    """Another field with κ (ξ − x_i) added to ẋ_i."""

    def __init__(self, base: VectorField, gene: str, level: float, strength: float):
        super().__init__(base.genes)
        self.base, self.level = base, level
        pull = torch.tensor([strength if g == gene else 0.0 for g in base.genes])
        self.register_buffer("pull", pull.double())

    def production(self, x, t=None):
        return self.base.production(x, t) + self.pull * self.level

    def decay(self, x, t=None):
        return self.decay_rate() * x

    def decay_rate(self):
        return self.base.decay_rate() + self.pull


def cells_of(system, rows=30, seed=0):
    return system.initial_states(rows, np.random.default_rng(seed))


def model_of(field: VectorField, **changes) -> Member:
    parts = {
        "time_unit": "h", "scale": "log1p", "times": (0.0, 1.0),
        "conditions": (Intervention.control(),), "basis": None, "seed": 0, "metrics": {},
        "provenance": {}, "history": pd.DataFrame({"stage": [0.0], "validation_loss": [np.nan]}),
    }  # fmt: skip
    return Member(heads=Heads(field).eval(), **{**parts, **changes})


LINEAR = Linear(genes=6, density=0.4, seed=3)
DONE = (
    "G1=ko", "G2=kd:0.4", "G0=oe:1.7", "G3=clamp:1.5", "G4=deg:0.8", "G1=cut", "G5=cut:0.5",
    "G0=ko,G3=clamp:0.7",
)  # fmt: skip


@pytest.fixture(scope="module")
def linear_scm():
    return equilibrium_scm(linear_law(LINEAR), cells_of(LINEAR)).only


@pytest.mark.parametrize("text", DONE)
def test_do_on_a_linear_law_is_algebra_and_the_limit_of_the_simulated_ode(linear_scm, text):
    scm = linear_scm
    np.testing.assert_allclose(scm.equilibrium, LINEAR.stationary_mean(), atol=1e-9)
    done = scm.do(text)
    assert done.intervention == Intervention.parse(text)
    truth = long_time(LINEAR.apply(text), cells_of(LINEAR)[0], end=100.0)
    np.testing.assert_allclose(done.equilibrium, truth, atol=1e-7)
    assert done.residual < 1e-9
    np.testing.assert_allclose(done.assignments(done.equilibrium), done.equilibrium, atol=1e-9)


def test_slopes_and_recovery_of_a_linear_law(linear_scm):
    scm = linear_scm
    np.testing.assert_allclose(scm.slopes, LINEAR.weights / LINEAR.decay[:, None], atol=1e-12)
    values = np.linalg.eigvals(LINEAR.weights - np.diag(LINEAR.decay))
    assert scm.recovery_time == pytest.approx(-1 / values.real.max(), rel=1e-9)
    # do(x_j = ξ) cuts j off its parents and moves the others by (I − B)⁻¹ B_j.
    done = scm.do("G3=clamp:1.5")
    assert not done.slopes[3].any()
    np.testing.assert_allclose(np.delete(done.slopes, 3, 0), np.delete(scm.slopes, 3, 0))
    higher = scm.do("G3=clamp:2.5")
    kept = np.eye(6) - done.slopes
    effect = np.linalg.solve(kept, np.eye(6)[3])
    np.testing.assert_allclose(higher.equilibrium - done.equilibrium, effect, atol=1e-9)


def test_a_cut_edge_is_the_only_one_that_the_graph_loses(linear_scm):
    source, target, _ = next(edge for edge in LINEAR.edges() if edge[0] != edge[1])
    j, i = (LINEAR.genes.index(gene) for gene in (source, target))
    done = linear_scm.do(f"{source}=cut@{target}")
    expected = linear_scm.slopes.copy()
    expected[i, j] = 0
    np.testing.assert_allclose(done.slopes, expected, atol=1e-12)
    assert set(linear_scm.graph.edges) - set(done.graph.edges) == {(source, target)}
    level = LINEAR.apply(f"{source}=cut@{target}").stationary_mean()
    np.testing.assert_allclose(done.equilibrium, level, atol=1e-8)


def test_decay_gives_no_self_loop_and_autoregulation_does():
    system = SixGene()
    scms = equilibrium_scm(TermField(system), cells_of(system), intervention="G2=ko")
    for scm in scms:
        graph = scm.graph
        assert isinstance(graph, nx.DiGraph)
        loops = {source for source, target in graph.edges if source == target}
        assert loops <= {"G0", "G1"}  # the two that activate themselves
        assert set(graph.edges) <= {(s, t) for s, t, _ in system.edges()}
        truth = {(s, t): sign for s, t, sign in system.edges()}
        assert all(about["sign"] == truth[s, t] for s, t, about in graph.edges(data=True))
    self_made = {s for scm in scms for s, t in scm.graph.edges if s == t}
    assert self_made == {"G0", "G1"}


@pytest.fixture(scope="module")
def toggle_scms():
    return equilibrium_scm(TermField(Toggle()), cells_of(Toggle(), 60))


@pytest.mark.parametrize(
    "text", ["A=ko", "B=clamp:0.9", "A=oe:3", "B=deg:1.5", "A=clamp:0", "A=cut:0.4@B", "A=cut@B"]
)
def test_each_basin_of_the_toggle_under_do_is_the_limit_from_there(toggle_scms, text):
    system, scms = Toggle(), toggle_scms
    assert len(scms) == 2
    assert sum(scm.share for scm in scms) == pytest.approx(1)
    assert list(scms.table().columns) == ["share", "recovery_time", "residual", "A", "B"]
    for scm in scms:
        np.testing.assert_allclose(long_time(system, scm.equilibrium), scm.equilibrium, atol=1e-8)
        truth = long_time(system.apply(text), scm.equilibrium)
        basins = scm.basins_under(text)
        assert min(np.abs(b.equilibrium - truth).max() for b in basins) < 1e-7
        if len(basins) == 1:
            np.testing.assert_allclose(scm.do(text).equilibrium, truth, atol=1e-7)


def test_several_basins_are_refused_as_one_with_what_to_do(toggle_scms):
    scms = toggle_scms
    with pytest.raises(NumericalError, match=r"one equilibrium for all states under 'control'"):
        scms.only
    assert "scm.several-equilibria" in [finding.code for finding in scms.findings]
    assert "Equilibria under control" in str(scms)
    # A weaker A moves the separatrix: cells of the basin where A was high part.
    high = max(scms, key=lambda scm: scm.equilibrium[0])
    with pytest.raises(NumericalError, match=r"found 2, .*Fix: .*basins_under\(intervention\)"):
        high.do("A=kd:0.1")
    assert len(high.basins_under("A=kd:0.1")) == 2
    assert len(scms.do("A=ko")) == 1
    assert len(scms.do("A=kd:0.1")) == 2


def test_a_limit_cycle_is_refused_and_the_broken_ring_is_not():
    system = Repressilator(ring=3)
    field = TermField(system)
    starts = cells_of(system, 8)[:, :3]
    with pytest.raises(NumericalError, match=r"SCM needs, found 8 of 8 .*cycle"):
        equilibrium_scm(field, starts, patience=60)
    scm = equilibrium_scm(field, starts, intervention="lacI=ko", patience=60).only
    truth = long_time(system.apply("lacI=ko"), cells_of(system)[0])[:3]
    np.testing.assert_allclose(scm.equilibrium, truth, atol=1e-7)
    with pytest.raises(HillflowError, match="at most one action per gene"):
        scm.do("lacI=clamp:1")


@pytest.mark.parametrize("text", ["G2=ko", "G0=clamp:1,G3=ko", "G4=clamp:0.2"])
def test_the_six_genes_with_their_ring_broken_come_to_rest_where_the_simulator_does(text):
    system = SixGene()
    starts = cells_of(system, 8)
    scms = equilibrium_scm(TermField(system), starts, intervention=text)
    for scm in scms:
        truth = long_time(system.apply(text), scm.equilibrium + 1e-3)
        np.testing.assert_allclose(scm.equilibrium, truth, atol=1e-6)
    ends = [long_time(system.apply(text), start) for start in starts]
    gaps = [[np.abs(scm.equilibrium - end).max() for scm in scms] for end in ends]
    np.testing.assert_allclose(np.min(gaps, axis=1), 0, atol=1e-6)
    shares = np.bincount(np.argmin(gaps, axis=1), minlength=len(scms)) / len(starts)
    np.testing.assert_allclose(shares, [scm.share for scm in scms])


def test_a_clamp_is_the_limit_of_an_ever_stronger_pull():
    field = linear_law(LINEAR)
    starts = cells_of(LINEAR)
    clamped = equilibrium_scm(field, starts).only.do("G3=clamp:1.5").equilibrium

    def pulled(strength):
        return equilibrium_scm(Pulled(field, "G3", 1.5, strength), starts[:4]).only.equilibrium

    weak, strong = pulled(30.0), pulled(60.0)
    gap, smaller = np.abs(weak - clamped).max(), np.abs(strong - clamped).max()
    assert gap / smaller == pytest.approx(2.0, rel=0.05)  # the gap is O(1/κ)
    np.testing.assert_allclose(2 * strong - weak, clamped, atol=0.05 * smaller)
    # x_i = (production_i + κ ξ) / (γ_i + κ), exactly
    made = float(field.production(torch.tensor(strong))[3])
    assert strong[3] == pytest.approx((made + 60 * 1.5) / (LINEAR.decay[3] + 60), rel=1e-10)


@pytest.mark.parametrize("name", ["hill", "hill-sparse", "linear"])
def test_do_on_a_fitted_field_is_where_its_own_rollout_ends(name):
    genes = tuple("ABCD")
    rng = np.random.default_rng(1)
    matrix = np.array([[-1.0, 0, 0, 0], [0.6, -0.8, 0, 0], [0, 0.5, -1.2, 0], [0, 0, 0.7, -0.9]])
    offset = np.array([0.4, 0.3, 0.3, 0.2])
    rest = -np.linalg.solve(matrix, offset)
    x0 = 2 + 0.3 * rng.normal(size=(60, 4))
    x = np.concatenate([rest + (x0 - rest) @ expm(t * matrix).T for t in (0.0, 1.0, 2.0)])
    data = Snapshots.from_arrays(
        x.astype(np.float32), np.repeat([0.0, 1.0, 2.0], 60), genes, unit="h", scale="log1p"
    )
    from hillflow.objectives.match import Match
    from hillflow.objectives.stage import Stage
    from hillflow.train import train

    model = train(name, data, [Stage(Match(), steps=80, cells=64, rate=1e-2)], seed=0)
    scms = equilibrium_scm(model, data, cells=40)
    for text in ("A=ko", "B=clamp:0.9", "C=cut"):
        for scm in scms.do(text):
            assert scm.residual < 1e-9
            start = scm.equilibrium[None].astype(np.float32) * 1.001
            end = model.simulate(start, np.linspace(0, 60, 61), text, steps=4)[-1, 0]
            np.testing.assert_allclose(end, scm.equilibrium, rtol=1e-3, atol=1e-4)


def test_a_model_with_an_efficacy_hides_its_knockouts():
    model = model_of(linear_law(LINEAR), efficacy=0.5)
    given = model.as_fitted(Intervention.knockout("G1"))
    assert given == Intervention.cut_outgoing("G1", fraction=0.5)
    scm = equilibrium_scm(model, cells_of(LINEAR)).only
    done, cut = scm.do("G1=ko"), scm.do("G1=cut:0.5")
    np.testing.assert_allclose(done.equilibrium, cut.equilibrium, atol=1e-9)
    others = np.arange(6) != 1
    np.testing.assert_allclose(done.slopes[others, 1], 0.5 * scm.slopes[others, 1], atol=1e-12)


def test_what_has_no_equilibrium_scm_is_refused_by_name():
    states = np.ones((3, 2))
    with pytest.raises(UnsupportedError, match="locally-linear"):
        equilibrium_scm(make_field("locally-linear", ("A", "B")), states)
    toggle = TermField(Toggle())
    with pytest.raises(InputError, match=r"pass field.base"):
        equilibrium_scm(toggle.do("A=ko"), states)
    timed = TermField(Toggle())
    timed.autonomous = False
    with pytest.raises(UnsupportedError, match="does not depend on time"):
        equilibrium_scm(timed, states)
    still = TermField(Toggle())
    still.rate[0] = 0.0
    with pytest.raises(NumericalError, match="found 0 for 'A'"):
        equilibrium_scm(still, states)
    with pytest.raises(InputError, match=r"states \[cells, 2\]"):
        equilibrium_scm(toggle, [])
    with pytest.raises(InputError, match=r"states \[cells, 2\]"):
        equilibrium_scm(toggle, np.ones((3, 5)))
    with pytest.raises(InputError, match="finite states"):
        equilibrium_scm(toggle, np.full((3, 2), np.nan))
    with pytest.raises(InputError, match=r"for member in fit\.members"):
        equilibrium_scm(Fit((model_of(toggle), model_of(toggle))), states)
    with pytest.raises(InputError, match="did you mean 'A'"):
        equilibrium_scm(toggle, [*states, [0, 1]], intervention="a=ko")
    with pytest.raises(InputError, match="a patience above 0"):
        equilibrium_scm(toggle, states, patience=0)


def test_the_field_is_not_changed_and_says_what_it_is():
    field = make_field("hill", ("A", "B"), seed=0)
    scms = equilibrium_scm(field, np.random.default_rng(0).random((20, 2)))
    scm = scms.only
    assert field.dtype == torch.float32
    assert "EquilibriumScm(control: A " in repr(scm)
    assert scms[0] is scm
    assert scms[:1] == (scm,)
    assert scm.share == 1.0
    assert "Reached by 100% of the states" in " ".join(str(scm).split())
    assert str(scms) == str(scm)
    whirl = LinearLaw(("A", "B"), [[0.0, -3.0], [3.0, 0.0]], [3.0, 0.0], [1.0, 1.0])
    (finding,) = equilibrium_scm(whirl, np.ones((3, 2))).findings
    assert finding.code == "scm.damped-oscillation"
