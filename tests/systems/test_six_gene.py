import numpy as np
import pytest

from hillflow.systems import SixGene


def test_drift_is_the_written_one():
    def h(x, k=0.5):
        return x**4 / (k**4 + x**4)

    def r(x):
        return 1.0 - h(x)

    x = np.random.default_rng(0).uniform(0.0, 1.5, (50, 6))
    x0, x1, x2, x3, x4, x5 = x.T
    expected = np.stack(
        [
            0.84 * r(x1) + 0.5 * h(x0) - x0,
            0.84 * r(x0) + 0.5 * h(x1) - x1,
            1.5 * r(x4) * (0.4 + 0.6 * h(x0)) - x2,
            1.5 * r(x2) - x3,
            1.5 * r(x3) - x4,
            1.5 * h(x2) * h(x1, 0.4) - 0.5 * x5,
        ],
        axis=1,
    )
    assert SixGene().drift(x) == pytest.approx(expected, abs=1e-14)


def test_start_has_the_written_mean_and_spread():
    start = SixGene().initial_states(20_000, np.random.default_rng(0))
    assert start[:, :3].mean(axis=0) == pytest.approx([0.55, 0.55, 0.9], abs=0.005)
    assert start[:, :3].std(axis=0) == pytest.approx([0.12] * 3, abs=0.003)
    assert start.min() == 0.0  # clipped


def test_network_has_ten_edges():
    assert set(SixGene().edges()) == {
        ("G1", "G0", -1), ("G0", "G0", 1), ("G0", "G1", -1), ("G1", "G1", 1), ("G4", "G2", -1),
        ("G0", "G2", 1), ("G2", "G3", -1), ("G3", "G4", -1), ("G2", "G5", 1), ("G1", "G5", 1),
    }  # fmt: skip
