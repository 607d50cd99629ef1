"""What holds for every system: Jacobians, signs, and interventions that touch one equation."""

import numpy as np
import pytest

from hillflow.errors import GeneNameError, InputError, InterventionError
from hillflow.interventions import Intervention
from hillflow.systems import SYSTEMS, Noise, Splicing, build_system
from hillflow.systems.system import RegulatorySystem

SMALL = {"scale-free": {"genes": 12, "seed": 3}, "linear": {"genes": 6, "seed": 1, "density": 0.4}}
EVERY_KIND = (
    "{0}=ko", "{0}=kd:0.4", "{0}=oe:2", "{0}=clamp:0.8", "{0}=deg:0.7", "{0}=cut", "{0}=cut:0.6",
    "{0}=cut@{0}", "{0}=cut:0.3@{1},{1}=cut@{0}",
)  # fmt: skip


@pytest.fixture(params=list(SYSTEMS))
def system(request):
    return build_system(request.param, **SMALL.get(request.param, {}))


def some_states(system: RegulatorySystem, cells: int = 40, seed: int = 0) -> np.ndarray:
    """States spread over the range where the Hill functions bend."""
    return np.random.default_rng(seed).uniform(0.15, 1.1, (cells, system.n_states))


def regulators(system: RegulatorySystem) -> int:
    """The first column of what acts: mRNA, protein where there is one, or spliced mRNA."""
    return 0 if isinstance(system, Splicing) else system.n_states - len(system.genes)


def made(system: RegulatorySystem) -> tuple[int, np.ndarray]:
    """The first column of what is produced, mRNA or unspliced mRNA, and how fast it is lost."""
    if isinstance(system, Splicing):
        return len(system.genes), system.splicing_rate
    return 0, system.decay


def finite_difference_jacobian(system: RegulatorySystem, state: np.ndarray) -> np.ndarray:
    columns = []
    for source in range(system.n_states):
        step = np.zeros(system.n_states)
        step[source] = 1e-6
        columns.append((system.drift(state + step) - system.drift(state - step)) / 2e-6)
    return np.stack(columns, axis=2)


def production_by_finite_difference(system: RegulatorySystem, state: np.ndarray) -> np.ndarray:
    """d(mRNA drift)/d(regulator) without decay, [cells, target, source]."""
    n, first, acting = len(system.genes), made(system)[0], regulators(system)
    jacobian = finite_difference_jacobian(system, state)
    jacobian = jacobian[:, first : first + n, acting : acting + n]
    if system.n_states == n:
        jacobian = jacobian + np.diag(system.decay)
    return jacobian


def test_jacobian_agrees_with_finite_differences(system):
    state = some_states(system, 5)
    assert system.jacobian(state) == pytest.approx(
        finite_difference_jacobian(system, state), abs=2e-7
    )


@pytest.mark.parametrize("text", EVERY_KIND)
def test_jacobian_agrees_under_every_intervention(system, text):
    autoregulated = next((s for s, t, _ in system.edges() if s == t), system.genes[0])
    other = other_gene(system, autoregulated)
    perturbed = system.apply(text.format(autoregulated, other) + f",{other}=cut")
    state = some_states(system, 4)
    assert perturbed.jacobian(state) == pytest.approx(
        finite_difference_jacobian(perturbed, state), abs=2e-7
    )


def other_gene(system: RegulatorySystem, gene: str) -> str:
    return next(one for one in system.genes if one != gene)


def test_true_signs_are_the_signs_of_the_jacobian(system):
    slopes = production_by_finite_difference(system, some_states(system, 200))
    index = {gene: i for i, gene in enumerate(system.genes)}
    expected = np.zeros(slopes.shape[1:])
    for row in system.network().edges.itertuples():
        expected[index[row.target], index[row.source]] = row.sign
    # every cell has the sign or none of it, and every edge is felt somewhere
    largest = np.abs(slopes).max(axis=0)
    assert (np.sign(slopes.mean(axis=0)) * (largest > 1e-6) == expected).all()
    assert (slopes * expected >= -1e-8).all()
    assert (np.abs(slopes[:, expected == 0]) < 1e-7).all()


def test_network_is_a_table_without_doubles(system):
    network = system.network()
    assert list(network.edges) == ["source", "target", "weight", "sign", "confidence"]
    assert set(network.sign) <= {-1, 1}
    assert (network.weight == network.sign).all()
    assert not network.edges.duplicated(["source", "target"]).any()
    assert {*network.source, *network.target} <= set(system.genes)
    assert network.genes == system.genes


@pytest.mark.parametrize("kind", ["ko", "kd:0.4", "oe:2", "deg:0.7"])
def test_an_intervention_changes_its_own_equation_only(system, kind):
    state = some_states(system)
    first, rate = made(system)
    for i, gene in enumerate(system.genes):
        before, after = system.drift(state), system.apply(f"{gene}={kind}").drift(state)
        own = i if kind.startswith("deg") else first + i
        others = np.arange(system.n_states) != own
        assert (before[:, others] == after[:, others]).all()
        x = state[:, own]
        production = before[:, own] + rate[i] * x
        expected = {
            "ko": -rate[i] * x,
            "kd:0.4": 0.6 * production - rate[i] * x,
            "oe:2": 2.0 * production - rate[i] * x,
            "deg:0.7": before[:, own] - 0.7 * x,
        }[kind]
        assert after[:, own] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("kind", "left"), [("cut", 0.0), ("cut:0.6", 0.4)])
def test_cut_outgoing_is_less_of_a_regulator_for_others_and_nothing_for_itself(system, kind, left):
    state = some_states(system)
    n, first = len(system.genes), made(system)[0]
    targets = slice(first, first + n)
    for i, gene in enumerate(system.genes):
        after = system.apply(f"{gene}={kind}").drift(state)
        blind = state.copy()
        blind[:, regulators(system) + i] *= left
        expected = system.drift(state)
        own = expected[:, first + i].copy()
        expected[:, targets] = system.drift(blind)[:, targets]
        expected[:, first + i] = own
        assert after == pytest.approx(expected, abs=1e-12)


def test_a_cut_edge_is_less_of_a_regulator_for_one_target(system):
    state, first = some_states(system), made(system)[0]
    for source, target, _ in system.edges():
        if source == target:
            continue
        after = system.apply(f"{source}=cut:0.6@{target}").drift(state)
        blind = state.copy()
        blind[:, regulators(system) + system.genes.index(source)] *= 0.4
        expected, i = system.drift(state), first + system.genes.index(target)
        expected[:, i] = system.drift(blind)[:, i]
        assert after == pytest.approx(expected, abs=1e-12)


def test_clamp_holds_the_gene_and_shows_the_level_to_its_targets(system):
    state = some_states(system)
    n = len(system.genes)
    for i, gene in enumerate(system.genes):
        perturbed = system.apply(f"{gene}=clamp:0.8")
        at_level = state.copy()
        at_level[:, i::n] = 0.8  # mRNA and protein, or both layers
        after, expected = perturbed.drift(state), system.drift(at_level)
        expected[:, i::n] = 0.0
        assert after == pytest.approx(expected, abs=1e-12)
        assert (perturbed.diffusion(state)[:, i::n] == 0.0).all()
        start = perturbed.initial_states(7, np.random.default_rng(0))
        assert (start[:, i::n] == 0.8).all()


def test_control_changes_nothing_and_the_original_stays_as_it_was(system):
    state = some_states(system)
    before = system.drift(state)
    assert (system.apply("control").drift(state) == before).all()
    system.apply(Intervention.knockout(*system.genes))
    assert (system.drift(state) == before).all()


def test_interventions_add_up_whatever_the_order(system):
    state = some_states(system)
    a, b = system.genes[:2]
    one = system.apply(f"{a}=ko").apply(f"{b}=oe:3")
    other = system.apply(f"{b}=oe:3,{a}=ko")
    assert (one.drift(state) == other.drift(state)).all()
    with pytest.raises(InterventionError, match="at most one action per gene"):
        one.apply(f"{a}=clamp:1")


def test_rows_of_many_conditions_equal_each_condition_alone(system):
    state = some_states(system, 6)
    conditions = [
        Intervention.parse(text.format(gene, other_gene(system, gene)))
        for text, gene in zip(
            EVERY_KIND, [*system.genes, *system.genes, *system.genes], strict=False
        )
    ]
    together = system.apply_each(conditions, 6)
    stacked = np.tile(state, (len(conditions), 1))
    alone = np.concatenate([system.apply(c).drift(state) for c in conditions])
    assert (together.drift(stacked) == alone).all()


def test_velocity_is_the_mrna_part_of_the_drift(system):
    state = some_states(system)
    assert (system.velocity(state) == system.drift(state)[:, : len(system.genes)]).all()


def test_unknown_gene_is_named_with_the_nearest_one():
    with pytest.raises(InterventionError, match="did you mean 'GATA1'"):
        build_system("hematopoiesis").apply("GATA11=ko")


def test_bad_parameters_are_refused():
    toggle = build_system("toggle")

    class Decay(type(toggle)):
        def __init__(self, genes, decay):
            RegulatorySystem.__init__(
                self, genes, decay=decay, start=0.0, spread=0.1, noise=Noise(), step=0.1
            )

    with pytest.raises(GeneNameError, match="'A' more than once"):
        Decay(("A", "A"), 1.0)
    with pytest.raises(InputError, match="decay of finite numbers, none negative"):
        Decay(("A", "B"), [1.0, -1.0])
    with pytest.raises(InputError, match="decay as one number or 2 numbers"):
        Decay(("A", "B"), [1.0, 1.0, 1.0])
