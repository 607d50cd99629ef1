from __future__ import annotations

import numpy as np
import pytest
import scipy.optimize
import torch

from hillflow.errors import InputError
from hillflow.fields import VectorField
from hillflow.interventions import Intervention
from hillflow.solve import find_equilibria, integrate


class Toggle(VectorField):
    """u̇ = a/(1 + vⁿ) − u, v̇ = a/(1 + uⁿ) − v (Gardner et al. 2000)."""

    keeps_orthant = True

    def __init__(self, strength=3.0, power=3.0):
        super().__init__(["U", "V"])
        self.strength, self.power = strength, power

    def production(self, x, t=None):
        return self.strength / (1 + x.flip(-1).clamp(min=0) ** self.power)

    def decay(self, x, t=None):
        return x

    def decay_rate(self):
        return torch.ones(2, dtype=torch.float64)


def toggle_velocity(x, strength=3.0, power=3.0):
    return strength / (1 + x[::-1] ** power) - x


def toggle_jacobian(x, strength=3.0, power=3.0):
    slope = -strength * power * x ** (power - 1) / (1 + x**power) ** 2
    return np.array([[-1.0, slope[1]], [slope[0], -1.0]])


def grid(low, high, count, genes=2):
    axis = torch.linspace(low, high, count, dtype=torch.float64)
    return torch.cartesian_prod(*[axis] * genes)


def test_the_toggle_switch_has_two_stable_states_and_a_saddle():
    guesses = grid(0.0, 3.5, 8)
    found = find_equilibria(Toggle(), guesses)
    assert len(found) == 3
    assert int(found.stable.sum()) == 2
    assert not len(found.not_converged)
    assert int(found.counts.sum()) == len(guesses)
    assert torch.equal(torch.bincount(found.reached), found.counts)
    truth = [
        scipy.optimize.root(toggle_velocity, start, tol=1e-14).x
        for start in ([3.0, 0.1], [0.1, 3.0], [1.2, 1.2])
    ]
    for state, leading, stable in zip(found.states, found.leading, found.stable, strict=True):
        gap = np.abs(np.array(truth) - state.numpy()).max(1)
        assert gap.min() < 1e-9
        values = np.linalg.eigvals(toggle_jacobian(truth[gap.argmin()]))
        assert float(leading.real) == pytest.approx(values.real.max(), rel=1e-8)
        assert bool(stable) == (gap.argmin() < 2)
    assert (found.residual < 1e-12).all()


def test_guesses_that_follow_the_flow_end_in_its_attractors():
    guesses = grid(0.05, 3.3, 7)
    guesses = guesses[(guesses[:, 0] - guesses[:, 1]).abs() > 0.2]  # off the separatrix u = v
    found = find_equilibria(Toggle(), guesses, follow_flow=True)
    assert len(found) == 2
    assert found.stable.all()
    ends = integrate(Toggle(), guesses, 60.0, steps=600)
    for guess, end in enumerate(ends):
        torch.testing.assert_close(found.states[found.reached[guess]], end, rtol=0, atol=1e-6)


def test_a_linear_field_rests_where_algebra_says(linear_law):
    A = torch.tensor([[-1.0, 2.0], [-3.0, -0.5]]).double()
    b = torch.tensor([0.4, 1.0]).double()
    found = find_equilibria(linear_law(A, b), grid(-5, 5, 3))
    assert len(found) == 1
    np.testing.assert_allclose(found.states[0], -np.linalg.solve(A, b), rtol=1e-12)
    values = np.linalg.eigvals(A.numpy())
    assert float(found.leading[0].real) == pytest.approx(values.real.max(), rel=1e-10)
    assert abs(float(found.leading[0].imag)) == pytest.approx(abs(values.imag).max(), rel=1e-10)
    assert found.stable.all()


def test_the_repressilator_rests_only_where_it_cannot_stay(ring_law):
    field = ring_law(strength=5.0, power=4.0)
    found = find_equilibria(field, grid(0.1, 3.0, 3, genes=3))
    assert len(found) == 1
    assert not found.stable[0]
    root = scipy.optimize.brentq(lambda u: 5.0 / (1 + u**4) - u, 0, 5, xtol=1e-14)
    np.testing.assert_allclose(found.states[0], [root] * 3, rtol=1e-9)
    # J is circulant: eigenvalues −1 + s·ω with ω the cube roots of 1 and s the Hill slope.
    slope = -5.0 * 4 * root**3 / (1 + root**4) ** 2
    assert float(found.leading[0].real) == pytest.approx(-1 - slope / 2, rel=1e-8)
    assert abs(float(found.leading[0].imag)) == pytest.approx(-slope * 3**0.5 / 2, rel=1e-8)


def test_a_clamped_gene_stays_and_does_not_count_for_stability():
    field = Toggle().do(Intervention.clamp("U", 2.0))
    found = find_equilibria(field, grid(0.0, 3.0, 4))
    assert len(found) == 1
    np.testing.assert_allclose(found.states[0], [2.0, 3.0 / (1 + 8)], rtol=1e-12)
    assert found.stable[0]
    assert float(found.leading[0].real) == pytest.approx(-1.0)
    everything = Toggle().do(Intervention.clamp("U", 2.0) + Intervention.clamp("V", 1.0))
    held = find_equilibria(everything, grid(0.0, 3.0, 2))
    assert len(held) == 1
    assert held.stable[0]


def test_a_knockout_rests_at_zero_and_its_partner_at_full_rate():
    found = find_equilibria(Toggle().do(Intervention.knockout("V")), grid(0.0, 3.0, 4))
    assert len(found) == 1
    np.testing.assert_allclose(found.states[0], [3.0, 0.0], atol=1e-10)


def test_roots_below_zero_are_not_found_where_the_field_keeps_the_orthant():
    class Parabola(VectorField):
        """ẋ = x² − 4: roots ±2, the positive one unstable."""

        has_split = False

        def forward(self, t, x):
            return x * x - 4

    free, kept = Parabola(["X"]), Parabola(["X"])
    kept.keeps_orthant = True
    guesses = torch.linspace(-6, 6, 13).double()[:, None]
    both = find_equilibria(free, guesses)
    assert sorted(both.states[:, 0].tolist()) == pytest.approx([-2.0, 2.0])
    one = find_equilibria(kept, guesses)
    assert one.states[:, 0].tolist() == pytest.approx([2.0])
    assert not one.stable[0]


def test_guesses_that_lead_nowhere_are_named():
    class Gated(VectorField):
        """A rests at 2 where B, which nothing moves, is above 0, and nowhere else."""

        has_split = False

        def forward(self, t, x):
            a, b = x[..., :1], x[..., 1:]
            return torch.cat([torch.where(b > 0, 2 - a, 1 + a * a), 0 * b], dim=-1)

    guesses = torch.tensor([[0.5, -1.0], [5.0, 4.0], [0.1, -1.0], [1.0, 4.0]]).double()
    found = find_equilibria(Gated(["A", "B"]), guesses, max_iterations=50)
    assert found.not_converged.tolist() == [0, 2]
    assert repr(found) == (
        "<Equilibria: 1 equilibrium from 4 guesses, 1 stable; 2 did not converge.>"
    )
    assert found.reached.tolist() == [-1, 0, -1, 0]
    np.testing.assert_allclose(found.states, [[2.0, 4.0]])


def test_nothing_found_is_an_empty_answer():
    class Away(VectorField):
        """ẋ = 1 + x², which never rests."""

        has_split = False

        def forward(self, t, x):
            return 1 + x * x

    found = find_equilibria(Away(["A"]), torch.tensor([[0.3], [1.0]]), max_iterations=30)
    assert len(found) == 0
    assert found.states.shape == (0, 1)
    assert found.not_converged.tolist() == [0, 1]
    assert "No equilibrium from 2 guesses. Try follow_flow=True" in repr(found)


def test_where_newton_stalls_continuation_goes_on():
    class Dip(VectorField):
        """ẋ = −(x³ − 2x + 2): |f| has a minimum near x = 0.8 where Newton is caught."""

        has_split = False

        def forward(self, t, x):
            return -(x**3 - 2 * x + 2)

    guesses = torch.linspace(-3, 3, 13).double()[:, None]
    found = find_equilibria(Dip(["A"]), guesses)
    roots = np.roots([1, 0, -2, 2])
    root = float(roots[np.abs(roots.imag) < 1e-12].real[0])
    assert found.states[:, 0].tolist() == pytest.approx([root], rel=1e-12)
    assert found.counts.tolist() == [13]


def test_float32_field_with_float32_guesses(ring_law):
    found = find_equilibria(ring_law(dtype=torch.float32), torch.rand(6, 3))
    assert len(found) == 1
    root = scipy.optimize.brentq(lambda u: 2.0 / (1 + u**3) - u, 0, 5)
    np.testing.assert_allclose(found.states[0], [root] * 3, rtol=1e-5)


def test_a_time_dependent_field_is_frozen(ring_law):
    found = find_equilibria(ring_law(forcing=0.5), torch.ones(1, 3).double(), t=np.pi / 2)
    root = scipy.optimize.brentq(lambda u: 3.0 / (1 + u**3) - u, 0, 5)
    np.testing.assert_allclose(found.states[0], [root] * 3, rtol=1e-9)


def test_mistakes_are_named():
    with pytest.raises(InputError, match=r"guesses \[guesses, 2\]"):
        find_equilibria(Toggle(), torch.ones(2).double())
    with pytest.raises(InputError, match="finite guesses"):
        find_equilibria(Toggle(), torch.tensor([[1.0, float("nan")]]).double())
    screen = Toggle().do_each([Intervention.control(), Intervention.knockout("U")])
    with pytest.raises(InputError, match=r"one by one: find_equilibria\(field.do"):
        find_equilibria(screen, torch.ones(3, 2).double())
