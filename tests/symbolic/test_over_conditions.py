"""A true law loses nothing in a condition that it did not see; the law of a correlate does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from hillflow.data import Snapshots, Trajectories
from hillflow.errors import InputError
from hillflow.symbolic import Laws, ParetoFront, errors_by_condition
from hillflow.symbolic.over_conditions import worst_conditions

from .known import law_of

GENES = ("B", "C", "D", "Y")
CONDITIONS = ("control", "D=ko", "Y=ko")
TRUE, COPY = (f"2*{gene}**2.0/(0.25 + {gene}**2.0)" for gene in "BC")


@pytest.fixture(scope="module")
def series() -> Trajectories:
    """B acts on Y. C equals B where D is, and follows a path of its own where D is knocked out."""
    random, times = np.random.default_rng(0), np.linspace(0, 2, 21)

    def rate(t: float, x: np.ndarray) -> np.ndarray:
        made = 2 * x[0] ** 2 / (0.25 + x[0] ** 2)
        return np.array([-0.8 * x[0], -0.8 * x[1], 0.0, made - x[3]])

    rows, names, conditions = [], [], []
    for k in range(18):
        start = random.uniform(0.2, 1.5, 4)
        start[2] = 0.0 if k % 3 == 1 else 1.0
        start[1] = start[0] if start[2] else start[1]
        x = solve_ivp(rate, (0, 2), start, t_eval=times, rtol=1e-7).y.T
        if k % 3 == 2:
            x[:, 3] = 0.0
        rows.append(x * (1 + 0.002 * random.normal(size=x.shape)))
        names += [f"s{k}"] * len(times)
        conditions += [CONDITIONS[k % 3]] * len(times)
    return Trajectories.from_rows(
        np.concatenate(rows), np.tile(times, 18), GENES, names, conditions, unit="h"
    )


def laws_of_y(formula: str, parent: str, gene: str = "Y") -> Laws:
    law = law_of(gene, formula, (parent,), 1.0, signs=(1,))
    return Laws({gene: ParetoFront(gene, [law])}, "h")


def test_the_true_law_holds_where_that_of_a_copy_fails(series) -> None:
    true = errors_by_condition(laws_of_y(TRUE, "B"), series)
    copy = errors_by_condition(laws_of_y(COPY, "C"), series)
    assert true["condition"].tolist() == ["control", "D=knockout"]  # not where Y is knocked out
    assert true["rows"].tolist() == [120, 120]
    assert (true["excess"] < 0.2).all()
    worst = worst_conditions(copy)["Y"]
    assert worst["excess"] > 2
    assert worst["condition"] == "control"
    assert (true["p"] > 0.01).all()
    assert (copy["p"] < 1e-6).all()


def test_levels_below_the_floor_are_raised_to_it(series) -> None:
    laws = laws_of_y(TRUE, "B")
    assert errors_by_condition(replace(laws, floor={"B": 0.0}), series).equals(
        errors_by_condition(laws, series)
    )
    raised = errors_by_condition(replace(laws, floor={"B": 9.0}), series)  # a constant production
    assert (raised["own"] > 5 * errors_by_condition(laws, series)["own"]).all()


def test_each_law_has_a_line_that_survives_saving_and_updates(series, tmp_path) -> None:
    laws = laws_of_y(COPY, "C")
    laws.about["conditions"] = {"Y": {"condition": "D=ko", "excess": 1.5}}
    again = Laws.load(laws.save(tmp_path / "laws.json"))
    said = " ".join(str(again).split())
    assert "Y elsewhere" in said
    assert "worst in D=ko, where constants of the other conditions leave 2.50 times" in said
    other = laws_of_y(TRUE, "B", "C")
    assert again.updated(other).about["conditions"] == laws.about["conditions"]
    assert "conditions" not in again.updated(laws_of_y(TRUE, "B")).about
    assert "conditions" not in again.settings("Y")


def test_what_cannot_be_compared_is_refused(series) -> None:
    laws = laws_of_y(TRUE, "B")
    with pytest.raises(InputError, match="laws of measured levels"):
        errors_by_condition(replace(laws, proteins={"B": 1.0}), series)
    control = [n for n, c in zip(series.names, series.conditions, strict=True) if c.is_control]
    with pytest.raises(InputError, match="two conditions"):
        errors_by_condition(laws, series.take(control))
    x = np.random.default_rng(0).random((40, 4))
    cells = Snapshots.from_arrays(x, [0.0] * 40, GENES, ["control"] * 20 + ["D=ko"] * 20)
    with pytest.raises(InputError, match="two times"):
        errors_by_condition(laws, cells)
