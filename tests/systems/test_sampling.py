import numpy as np
import pytest

from hillflow.errors import InputError, InterventionError, TimeError, UnsupportedError
from hillflow.systems import (
    SYSTEMS,
    Measurement,
    Noise,
    Toggle,
    build_system,
    simulate,
    simulate_trajectories,
)  # fmt: skip

SMALL = {"scale-free": {"genes": 9}, "linear": {"genes": 5}}
NOISY = Measurement(noise=0.05, dropout=0.1)


def same(one, other) -> bool:
    return all(
        getattr(one, part).tobytes() == getattr(other, part).tobytes()
        for part in ("observed", "state", "velocity")
    )


@pytest.fixture(params=list(SYSTEMS))
def system(request):
    return build_system(request.param, **SMALL.get(request.param, {}))


def test_a_population_depends_on_nothing_but_itself(system):
    """Other conditions, other times and their order leave every byte as it is."""
    a, b = system.genes[:2]
    many = simulate(
        system, (0.5, 1.0, 1.5), 37, [f"{a}=ko", f"{b}=oe:2", f"{b}=clamp:1", f"{a}=cut"],
        seed=4, measurement=NOISY,
    )  # fmt: skip
    few = simulate(system, (0.5, 1.5), 37, [f"{b}=clamp:1", f"{a}=ko"], seed=4, measurement=NOISY)
    for population in few.populations:
        assert same(population, many.population(population.intervention, population.time))


@pytest.mark.parametrize("sample", [simulate, simulate_trajectories])
def test_same_seed_same_bytes_and_another_seed_other_cells(system, sample):
    one, two, other = (
        sample(system, (0.0, 0.7), 11, [system.genes[0]], seed=s, measurement=NOISY)
        for s in (3, 3, 5)
    )
    assert all(same(*pair) for pair in zip(one.populations, two.populations, strict=True))
    assert not any(same(*pair) for pair in zip(one.populations, other.populations, strict=True))


def test_measurement_does_not_change_the_true_cells(system):
    plain = simulate(system, (1.0,), 8)
    measured = simulate(system, (1.0,), 8, measurement=NOISY)
    assert (plain.populations[0].state == measured.populations[0].state).all()


def test_snapshots_are_of_different_cells_and_trajectories_of_the_same():
    system = build_system("linear", weights=np.zeros((1, 1)), decay=0.1, offset=0.0)
    quiet = Noise("additive", 1e-3)
    times, cells = (0.0, 0.5), 500
    for sample, expected in ((simulate, 0.0), (simulate_trajectories, 1.0)):
        data = sample(system, times, cells, noise=quiet)
        early, late = (one.state[:, 0] for one in data.populations)
        assert np.corrcoef(early, late)[0, 1] == pytest.approx(expected, abs=0.12)


def test_velocity_is_the_drift_under_the_intervention():
    system = build_system("six-gene")
    data = simulate(system, (1.0,), 20, ["G2"])
    knocked = data.population("G2", 1.0)
    assert (knocked.velocity == system.apply("G2").velocity(knocked.state)).all()
    assert (knocked.velocity[:, 2] == -knocked.state[:, 2]).all()


def test_control_comes_first_and_once():
    data = simulate(build_system("toggle"), (0.0, 1.0), 3, ["A", "control", "A=knockout"])
    assert [(p.intervention.name, p.time) for p in data.populations] == [
        ("control", 0.0), ("control", 1.0), ("A=knockout", 0.0), ("A=knockout", 1.0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ((), "at least one time"),
        ((0.0, -1.0), "times of 0 or later"),
        ((0.0, np.nan), "times of 0 or later"),
        ((0.0, 2.0, 1.0), r"Fix: write 0, 1, 2\."),
        ((1.0, 1.0), "rising times"),
    ],
)
def test_bad_times_are_refused(times, message):
    with pytest.raises(TimeError, match=message):
        simulate(build_system("toggle"), times, 3)


@pytest.mark.parametrize("cells", [0, -5, 2.5, True])
def test_bad_numbers_of_cells_are_refused(cells):
    with pytest.raises(InputError, match="a number of cells of 1 or more"):
        simulate(build_system("toggle"), (0.0, 1.0), cells)


def test_other_mistakes_are_refused():
    toggle = build_system("toggle")
    with pytest.raises(InputError, match="as seed"):
        simulate(toggle, (0.0, 1.0), 3, seed=-1)
    with pytest.raises(InterventionError, match="found 'C'"):
        simulate(toggle, (0.0, 1.0), 3, ["C"])
    with pytest.raises(InterventionError, match="put it in brackets"):
        simulate(toggle, (0.0, 1.0), 3, "A")
    with pytest.raises(UnsupportedError, match="cannot be negative"):
        simulate(build_system("linear"), (0.0, 1.0), 3, measurement=Measurement(counts=True))
    with pytest.raises(InputError, match="a simulated condition and time"):
        simulate(toggle, (0.0,), 3).population("A", 0.0)


def test_every_step_is_told_and_the_last_is_the_whole():
    told = []

    def tell(done, steps):
        told.append((done, steps))

    simulate(Toggle(), (0.0, 0.1, 0.2), 2, ["A"], progress=tell)
    assert told == [(k + 1, 15) for k in range(15)]  # each time has its own cells, from 0 on
    told.clear()
    simulate_trajectories(Toggle(), (0.1, 0.2), 2, ["A"], progress=tell)
    assert told == [(k + 1, 10) for k in range(10)]


def test_times_that_nobody_would_wait_for_are_refused_at_once():
    with pytest.raises(TimeError, match=r"50,000,000 steps of 0\.02"):
        simulate(Toggle(), (0.0, 1e6), 2)


@pytest.mark.parametrize("seed", [-1, 2**63, 0.5, True, "1"])
def test_seeds_out_of_range_are_refused(seed):
    with pytest.raises(InputError, match="9223372036854775807 as seed"):
        simulate(Toggle(), (0.0,), 2, seed=seed)


def test_cells_that_no_memory_holds_are_refused():
    with pytest.raises(InputError, match="at most 10,000,000 cells"):
        simulate(build_system("toggle"), (0.0, 1.0), 10**12)
