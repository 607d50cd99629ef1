"""Truth tables on sums, against the baseline of that name, which looks at every row."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from hillflow.baselines.differences import Differences
from hillflow.baselines.truth_tables import TOP, averaged, table_terms
from hillflow.baselines.truth_tables import table_weights as weights_by_rows
from hillflow.closed_form import tables
from hillflow.closed_form.sums import bootstrap_counts
from hillflow.closed_form.tables import FEW, MANY, PANEL, table_weights

ROWS, SEEN = 320, 150.0
BOUNDS = np.arange(0, ROWS + 1, 20)
COUNTS = bootstrap_counts(16, 5, 0)
ALL = COUNTS[:1]

Rule = Callable[[np.ndarray], np.ndarray]


def hill(x: np.ndarray) -> np.ndarray:
    return x**2 / (x**2 + 0.25)


def made(rule: Rule, genes: int = 5, noise: float = 0.05) -> tuple[np.ndarray, np.ndarray]:
    """Levels in units of their top, and the production of gene 0 by a rule of all switches."""
    random = np.random.default_rng(1)
    x = random.uniform(0, 1.2, size=(ROWS, genes))
    x /= np.quantile(x, TOP, axis=0)
    production = noise * random.normal(size=x.shape)
    production[:, 0] += rule(hill(x)) - 0.3 * x[:, 0]
    return x, production


def both(h: np.ndarray) -> np.ndarray:
    return h[:, 1] * h[:, 3]


def weights_of(x: np.ndarray, y: np.ndarray, counts: np.ndarray = ALL, **more) -> np.ndarray:
    every = np.arange(x.shape[1])
    return table_weights(x, x, y, every, every, BOUNDS, counts, SEEN, **more)


@pytest.mark.parametrize("genes", [3, 5, FEW + 4])
def test_of_all_cells_they_are_the_baselines(genes) -> None:
    x, production = made(lambda h: h[:, 1] * (1 - h[:, 2]), genes, noise=0.2)
    expected = weights_by_rows(Differences(x, production, np.ones(x.shape, bool), int(SEEN)))
    assert np.count_nonzero(expected[0]) == min(genes - 1, FEW)
    np.testing.assert_allclose(weights_of(x, production)[0], expected, atol=1e-7)


def test_a_bootstrap_of_sums_is_the_average_over_tables_of_repeated_rows() -> None:
    x, production = made(both, noise=0.2)
    found = weights_of(x, production, COUNTS)
    for weights, drawn in zip(found, COUNTS, strict=True):
        rows = np.repeat(np.arange(ROWS), np.repeat(drawn.astype(int), 20))
        terms = table_terms(hill(x[rows][:, 1:]), x[rows, 0])
        y, n = production[rows, 0], len(rows)
        (expected,) = averaged(
            (terms.T @ terms / n)[None], (terms.T @ y / n)[None], np.array([(y**2).mean()]),
            np.array([y.var()]), 4, SEEN,
        )  # fmt: skip
        np.testing.assert_allclose(weights[0, 1:], expected, atol=1e-7)
    assert np.ptp(found[:, 0, 1]) > 1e-3


@pytest.mark.parametrize(
    ("rule", "signs"),
    [
        (both, {1: 1, 3: 1}),
        (lambda h: h[:, 1] * (1 - h[:, 3]), {1: 1, 3: -1}),
        (lambda h: 1 - h[:, 2] * h[:, 4], {2: -1, 4: -1}),
    ],
)
def test_logic_of_two_genes_is_found_with_its_signs_in_every_bootstrap(rule, signs) -> None:
    weights = weights_of(*made(rule), COUNTS)[:, 0]
    others = [k for k in range(5) if k not in signs]
    for source, sign in signs.items():
        assert (sign * weights[:, source] > 0.3).all()
    assert np.abs(weights[:, others]).max() < 0.1


def test_only_allowed_pairs_have_a_weight_and_a_table() -> None:
    x, production = made(both)
    allowed = np.ones((5, 5), dtype=bool)
    allowed[0, 3] = False
    weights = weights_of(x, production, allowed=allowed)[0]
    assert weights[0, 3] == 0 < weights[0, 1]
    without = np.delete(np.arange(5), 3)
    alone = weights_of(x[:, without], production[:, without])[0]
    np.testing.assert_allclose(weights[0, without], alone[0], atol=1e-12)
    assert (weights_of(x, production, allowed=np.zeros((5, 5), dtype=bool)) == 0).all()


def test_regulators_and_targets_are_columns_and_no_gene_regulates_itself() -> None:
    x, production = made(both)
    regulators, targets = np.array([0, 1, 3]), np.array([3, 0])
    found = table_weights(
        x[:, regulators], x[:, targets], production[:, targets], regulators, targets, BOUNDS,
        COUNTS, SEEN,
    )  # fmt: skip
    assert found.shape == (6, 2, 3)
    assert (found[:, 0, 2] == 0).all()
    assert (found[:, 1, 0] == 0).all()
    at = [0, 1, 3]
    few = weights_of(x[:, at], production[:, at], COUNTS)
    np.testing.assert_allclose(found[:, 1], few[:, 0], atol=1e-12)
    np.testing.assert_allclose(found[:, 0], few[:, 2], atol=1e-12)


def test_of_many_genes_the_best_by_themselves_are_looked_at() -> None:
    for genes, most in ((FEW + 8, FEW), (PANEL + 1, MANY)):
        x, production = made(lambda h: h[:, 7] - h[:, 15], genes)
        weights = weights_of(x, production)[0]
        assert (np.count_nonzero(weights, axis=1) <= most).all()
        assert set(np.argsort(-np.abs(weights[0]))[:2]) == {7, 15}


def test_of_very_many_rows_and_genes_every_few_rows_are_enough(monkeypatch) -> None:
    """Which are those of the whole table without the others, with the same candidates."""
    x, production = made(both, PANEL + 1, noise=0.01)
    monkeypatch.setattr(tables, "ROWS", ROWS // 2)
    found = weights_of(x, production, COUNTS)[:, 0]
    candidates = np.flatnonzero(found[0])
    at, kept = [0, *candidates], np.arange(0, ROWS, 2)
    every = np.arange(len(at))
    x, production = x[np.ix_(kept, at)], production[np.ix_(kept, at)]
    expected = table_weights(x, x, production, every, every, BOUNDS // 2, COUNTS, SEEN)
    np.testing.assert_allclose(found[:, candidates], expected[:, 0, 1:], atol=1e-9)


def test_what_is_constant_and_what_has_few_rows_say_nothing() -> None:
    x, production = made(both)
    x[:, 1], production[:, 2] = 0.7, 0.4
    weights = weights_of(x, production)[0]
    assert (weights[:, 1] == 0).all()
    assert (weights[2] == 0).all()
    assert weights[0, 3] > 0.3
    few = table_weights(
        x[:9],
        x[:9],
        production[:9],
        np.arange(5),
        np.arange(5),
        np.array([0, 9]),
        np.ones((1, 1)),
        9.0,
    )
    assert (few == 0).all()
    drawn = np.zeros((2, 16))
    drawn[1] = 1
    some = weights_of(x, production, drawn)
    assert (some[0] == 0).all()
    np.testing.assert_array_equal(some[1], weights)
