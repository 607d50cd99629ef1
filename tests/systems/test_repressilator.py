import numpy as np
import pytest

from hillflow.errors import InputError
from hillflow.systems import Noise, Repressilator, simulate, simulate_trajectories


def test_three_genes_oscillate_in_turn():
    times = np.arange(0.0, 60.0, 0.25)
    data = simulate_trajectories(Repressilator(), times, 1, noise=Noise(size=0.0))
    x = np.stack([one.state[0, :3] for one in data.populations])[80:]  # without the transient
    assert (x.max(axis=0) - x.min(axis=0) > 1.0).all()
    high = x.argmax(axis=1)
    order = high[np.flatnonzero(np.diff(high)) + 1]
    assert len(order) > 6
    assert len(set(np.diff(order) % 3)) == 1


def test_a_ring_of_two_is_a_switch_and_of_one_is_refused():
    assert set(Repressilator(ring=2).edges()) == {("R1", "R2", -1), ("R2", "R1", -1)}
    with pytest.raises(InputError, match="a ring of 2 genes"):
        Repressilator(ring=1)


def test_labels_name_the_highest_gene():
    system = Repressilator()
    state = np.array([[0.1, 2.0, 0.3, 0.0, 0.0, 0.0]])
    assert system.labels(state).tolist() == ["tetR high"]


def test_a_silent_ring_has_no_phase():
    data = simulate(Repressilator(), (0.0, 12.0), 20, ["lacI+tetR+cI"])
    assert (data.population("lacI+tetR+cI", 12.0).labels == "all low").all()
    assert not (data.population("control", 12.0).labels == "all low").any()
