import numpy as np
import pytest

from hillflow.errors import HillflowWarning, InputError
from hillflow.systems import Growth, Linear, Noise, simulate, simulate_trajectories
from hillflow.systems.growth import resample


class TwoKinds(Linear):
    """Cells that stay where they are: 30 in 100 at +1, the others at −1."""

    def __init__(self, noise):
        super().__init__(np.zeros((1, 1)), decay=0.0, offset=0.0, noise=noise)

    def initial_states(self, cells, rng):
        return np.where(np.arange(cells) < 0.3 * cells, 1.0, -1.0)[:, None]


GROWTH = Growth(
    birth=lambda state: 0.5 * (state[:, 0] > 0), death=lambda state: np.full(len(state), 0.1)
)


@pytest.mark.parametrize("noise", [Noise(size=0.0), Noise("additive", 1e-3)])
def test_a_dividing_subpopulation_grows_exponentially(noise):
    data = simulate(TwoKinds(noise), (0.0, 1.0, 3.0), 4000, growth=GROWTH)
    for time in (0.0, 1.0, 3.0):
        cells = data.population("control", time)
        dividing, other = 0.3 * np.exp(0.4 * time), 0.7 * np.exp(-0.1 * time)
        share = np.mean(cells.state[:, 0] > 0)
        assert share == pytest.approx(dividing / (dividing + other), abs=2e-3)
        assert cells.relative_size == pytest.approx(dividing + other, rel=1e-6)
        assert cells.growth == pytest.approx(np.where(cells.state[:, 0] > 0, 0.4, -0.1))


def test_followed_cells_keep_their_mass():
    data = simulate_trajectories(TwoKinds(Noise(size=0.0)), (0.0, 2.0), 10, growth=GROWTH)
    end = data.population("control", 2.0)
    assert end.log_mass == pytest.approx(np.where(end.state[:, 0] > 0, 0.8, -0.2))


def test_mass_follows_the_path_of_a_moving_cell():
    """x decays as e^{−t} and grows at rate x: ∫ x dt = x₀ (1 − e^{−t})."""
    system = Linear(np.zeros((1, 1)), offset=0.0, noise=Noise("additive", 1e-9))
    growth = Growth(birth=lambda state: np.abs(state[:, 0]))
    data = simulate_trajectories(system, (0.0, 1.5), 20, growth=growth)
    start = np.abs(data.population("control", 0.0).state[:, 0])
    mass = data.population("control", 1.5).log_mass
    assert mass == pytest.approx(start * (1 - np.exp(-1.5)), rel=1e-3)


def test_systematic_resampling_takes_each_path_its_share():
    mass = np.array([1.0, 2.0, 5.0, 2.0])
    chosen = resample(np.log(mass), 20, np.random.default_rng(0))
    assert np.bincount(chosen).tolist() == pytest.approx([2, 4, 10, 4], abs=1)


def test_few_ancestors_are_reported():
    with pytest.warns(HillflowWarning, match="many are duplicates"):
        resample(np.array([50.0] + [0.0] * 999), 1000, np.random.default_rng(0))


def test_rates_of_the_wrong_shape_or_sign_are_refused():
    for birth in (lambda state: state, lambda state: -np.ones(len(state))):
        with pytest.raises(InputError, match="one birth rate of 0 or more"):
            simulate(Linear(), (0.0, 1.0), 5, growth=Growth(birth=birth))
    with pytest.raises(InputError, match="a pool of at least 1"):
        Growth(pool=0)
