"""Shifts that are guessed by association."""

from __future__ import annotations

import numpy as np
import pytest

from hillflow.causal.by_association import FEWEST, Associations, half_width, left_out_tests
from hillflow.data import Snapshots
from hillflow.interventions import Intervention

GENES = ("A", "B", "C", "D")
SLOPES = np.array([1.0, 2.0, -1.0, 0.0])  # of each gene on A
CONTROL = Intervention.control()


def cells(perturbed: dict[str, np.ndarray], times=(0.0, 1.0), count: int = 400) -> Snapshots:
    """Cells that follow A, and populations whose means are shifted, [times, genes] each."""
    random = np.random.default_rng(0)
    x, time, names = [], [], []
    for name, shifts in {"control": np.zeros((len(times), 4)), **perturbed}.items():
        for at, shift in zip(times, shifts, strict=True):
            if np.isnan(shift).any():
                continue
            own = random.normal(size=(count, 1))
            noise = random.normal(size=(count, 4)) * [0, 0.1, 0.1, 1]
            x.append(5 + own * SLOPES + noise + shift)
            time += [at] * count
            names += [name] * count
    return Snapshots.from_arrays(np.concatenate(x), np.array(time), GENES, names)


def test_slopes_are_ridge_regressions_of_each_gene_on_all_others():
    found = Associations(cells({}))
    guess = found.by_slopes(Intervention.knockout("A"))
    x = found.cells.x.astype(float)
    rest = np.concatenate([x[found.cells.time == t] for t in (0, 1)])
    rest -= np.repeat([x[found.cells.time == t].mean(axis=0) for t in (0, 1)], 400, axis=0)
    scaled = rest / rest.std(axis=0)
    for target in (1, 2, 3):
        others = [k for k in range(4) if k != target]
        inputs = scaled[:, others]
        gram = inputs.T @ inputs / len(x) + np.eye(3)
        slope = np.linalg.solve(gram, inputs.T @ scaled[:, target] / len(x))[0]
        slope *= rest.std(axis=0)[target] / rest.std(axis=0)[0]
        np.testing.assert_allclose(guess[:, target], -slope * found.control[:, 0], rtol=1e-6)
    assert guess[0, 1] < -1
    assert guess[0, 2] > 1
    assert abs(guess[0, 3]) < 0.3
    whole = found.without_own_cells(Intervention.knockout("A"))
    np.testing.assert_allclose(whole[:, 0], -found.control[:, 0])


@pytest.mark.parametrize(
    ("text", "change"),
    [("A=kd:0.5", -0.5), ("A=oe:2", 1.0), ("A=cut", 0.0)],
)
def test_the_perturbed_gene_changes_by_what_the_perturbation_says(text, change):
    found = Associations(cells({}))
    guess = found.without_own_cells(Intervention.parse(text))
    np.testing.assert_allclose(guess[:, 0], change * found.control[:, 0])
    clamped = found.without_own_cells(Intervention.clamp("A", 7.0))
    np.testing.assert_allclose(clamped[:, 0] + found.control[:, 0], 7.0)


def test_the_mean_of_the_others_is_by_cells_and_without_their_own_genes():
    shift = np.ones((2, 4))
    found = Associations(cells({"B=knockout": 1 * shift, "C=knockout": 3 * shift}))
    mean = found.mean_of_others(Intervention.knockout("D"))
    np.testing.assert_allclose(mean[:, [0, 3]], 2, atol=0.3)
    np.testing.assert_allclose(mean[:, 1], 3, atol=0.3)
    np.testing.assert_allclose(mean[:, 2], 1, atol=0.3)
    own = found.mean_of_others(Intervention.knockout("B"))
    np.testing.assert_allclose(own[:, 0], 3, atol=0.3)
    assert not Associations(cells({})).mean_of_others(Intervention.knockout("B")).any()


def test_its_own_earlier_cells_are_the_start_and_later_ones_are_never_used():
    shift = np.array([[0.0, 1, 2, 3], [np.nan] * 4])
    others = np.array([[0.5] * 4, [1.5] * 4])
    found = Associations(cells({"A=knockout": shift, "B=knockout": others}))
    guess, since = found.expected(Intervention.knockout("A"))
    np.testing.assert_allclose(since, [np.nan, 0.0])
    np.testing.assert_allclose(guess[1, 2:], np.array([2, 3]) + 1, atol=0.4)
    np.testing.assert_allclose(guess[:, 0], -found.control[:, 0])  # its own gene
    later = np.array([[0.0, 1, 2, 3], [50.0] * 4])
    changed, _ = Associations(cells({"A=knockout": later, "B=knockout": others})).expected(
        Intervention.knockout("A")
    )
    np.testing.assert_allclose(changed[1, 2:], np.array([2, 3]) + 1, atol=0.4)


def test_a_combination_is_the_sum_of_its_measured_parts():
    a, b = np.array([[1.0, 0, 2, 0]] * 2), np.array([[0.0, 1, 1, 3]] * 2)
    found = Associations(cells({"A=knockout": a, "B=knockout": b}))
    guess, _ = found.expected(Intervention.knockout("A", "B"))
    parts = found.shift(found.measured[0]) + found.shift(found.measured[1])
    np.testing.assert_allclose(guess[:, 2:], parts[:, 2:])
    np.testing.assert_allclose(guess[:, :2], -found.control[:, :2])  # as it says
    assert np.isnan(found.sum_of_parts(Intervention.knockout("A", "C"))).all()


def test_what_was_measured_is_guessed_without_its_own_cells():
    real = np.array([[-5.0, -10, 5, 0]] * 2)  # what A explains
    found = Associations(cells({"A=knockout": real, "D=knockout": np.zeros((2, 4))}))
    table, _ = left_out_tests(found)
    row = table.set_index("perturbation").loc["A=knockout"]
    assert row["r"] > 0.98
    assert row["error"] < row["no_effect"]
    assert np.isnan(row["covered"])  # two are too few to learn errors from


def test_intervals_hold_as_many_errors_as_they_say():
    random = np.random.default_rng(1)
    perturbed = {
        f"{a}={kind}": random.normal(size=(2, 4))
        for a in "BCD" for kind in ("knockout", "kd:0.5", "oe:2")
    }  # fmt: skip
    found = Associations(cells(perturbed))
    table, errors = left_out_tests(found)
    assert 0.85 < table["covered"].mean() < 1
    width = half_width(found, errors, CONTROL)
    pooled = np.concatenate([one[0] for one in errors.values()])
    assert np.mean(pooled[~np.isnan(pooled)] <= width[0]) == pytest.approx(0.95, abs=0.03)
    few = dict(list(errors.items())[: FEWEST - 1])
    assert np.isnan(half_width(found, few, CONTROL)).all()


def test_a_perturbation_of_every_gene_is_no_test():
    found = Associations(cells({"A=knockout,B=knockout,C=knockout,D=knockout": np.ones((2, 4))}))
    table, errors = left_out_tests(found)
    assert table.empty
    assert not errors
