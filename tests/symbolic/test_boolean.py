"""Boolean rules agree with their tables, and are minimal by brute force."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from hillflow.errors import GeneNameError, InputError
from hillflow.symbolic import BooleanNetwork, BooleanRule, laws_of_logic
from hillflow.symbolic.boolean import boolean_rules, minimal_rule, row_words, with_kept
from hillflow.symbolic.soft_table import soft_tables

from ..logic_laws import GENES, logic_field, production

NAMES = ("a", "b", "c")


def truth(terms, on: dict[str, bool]) -> bool:
    return any(all(on[name] == (sign > 0) for name, sign in term) for term in terms)


def fewest_terms(rows: np.ndarray) -> int:
    """The least number of products whose sum is the table, by trying all sums of products."""
    states = list(itertools.product((0, 1), repeat=rows.ndim))
    products = list(itertools.product((None, 0, 1), repeat=rows.ndim))
    covers = [
        frozenset(s for s in states if all(p in (None, v) for p, v in zip(term, s, strict=True)))
        for term in products
    ]
    wanted = frozenset(s for s in states if rows[s])
    usable = [cover for cover in covers if cover <= wanted]
    for count in range(len(wanted) + 1):
        for chosen in itertools.combinations(usable, count):
            if frozenset().union(*chosen) == wanted:
                return count
    raise AssertionError


@pytest.mark.parametrize("code", range(0, 256, 7))
def test_minimal_rules_of_three_regulators(code):
    rows = np.array([code >> k & 1 for k in range(8)], dtype=bool).reshape(2, 2, 2)
    terms = minimal_rule(rows, NAMES)
    for state in itertools.product((0, 1), repeat=3):
        on = dict(zip(NAMES, map(bool, state), strict=True))
        assert truth(terms, on) == rows[state]
        assert BooleanRule(terms, 0.0).holds(on) == rows[state]
    assert len(terms) == fewest_terms(rows)


@pytest.mark.parametrize("code", range(1, 255, 5))
def test_terms_are_in_a_complete_order(code):
    """sympy keeps terms in a set, whose order differs by process: ties of regulators too."""
    rows = np.array([code >> k & 1 for k in range(8)], dtype=bool).reshape(2, 2, 2)
    terms = minimal_rule(rows, NAMES)
    keys = [(len(t), [(NAMES.index(name), sign < 0) for name, sign in t]) for t in terms]
    assert keys == sorted(keys)


def test_alike_and_unlike_begin_with_the_regulators_that_are_on():
    alike = np.array([[True, False], [False, True]])
    assert BooleanRule(minimal_rule(alike, ("a", "b")), 0.0).text() == "a & b | !a & !b"
    assert BooleanRule(minimal_rule(~alike, ("a", "b")), 0.0).text() == "a & !b | !a & b"


def test_rules_do_not_depend_on_the_hash_seed():
    code = (
        "import itertools, numpy as np\n"
        "from hillflow.symbolic.boolean import minimal_rule\n"
        "for rows in itertools.product((False, True), repeat=8):\n"
        "    print(minimal_rule(np.array(rows).reshape(2, 2, 2), 'abc'))\n"
    )
    rules = [
        subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert rules[0].count(b"\n") == 256
    assert rules[0] == rules[1]


def test_rows_near_the_cut_are_known():
    table = soft_tables(logic_field())["GATA1"]
    for row, near in ((0.5, True), (0.385, False), (0.4, True), (0.58, False)):
        rows = table.rows.copy()
        rows[1, 1] = row  # beside 0.01 and 0.95, with the cut at 0.48 and a tenth of 0.94
        rule = boolean_rules({"GATA1": replace(table, rows=rows)})["GATA1"]
        assert rule.close == ((("GATA1", "SPI1"),) if near else ())
        assert BooleanRule.from_json(rule.to_json()) == rule
    assert row_words((), ("A", "B")) == "no regulator on"
    assert row_words(("A",), ("A", "B")) == "A alone on"
    assert row_words(("A",), ("A",)) == "A on"
    assert row_words(("A", "B"), ("A", "B", "C")) == "A and B on"


def test_text_and_constants():
    rule = laws_of_logic(logic_field())["NKX2-5"].rule
    assert rule.text() == "targets | GATA1 & !SPI1"
    assert rule.regulators == ("targets", "GATA1", "SPI1")
    assert rule.text(dict.fromkeys(GENES, "x")) == "x | x & !x"
    assert BooleanRule((), 0.0).text() == "0"
    assert BooleanRule(((),), 0.0).text() == "1"
    assert BooleanRule(((("NKX2-5", -1),),), 0.0).text() == "!`NKX2-5`"
    assert BooleanRule.from_json(rule.to_json()) == rule


def test_rows_are_rounded_at_the_middle_of_the_table():
    tables = soft_tables(logic_field())
    rules = boolean_rules(tables)
    assert rules["GATA1"].level == pytest.approx((0.01 + 0.95) / 2 / 0.9)
    assert rules["GATA1"].text() == "GATA1 & !SPI1"
    # Without regulators there is no table: its level, 0.7 / 0.9, against what its target sees.
    assert rules["targets"].level == pytest.approx(tables["NKX2-5"].threshold[2])
    assert rules["targets"].text() == "1"
    assert boolean_rules({"targets": tables["targets"]})["targets"].text() == "1"
    low = replace(tables["targets"], scale=0.1)
    assert boolean_rules(tables | {"targets": low})["targets"].text() == "0"


def test_the_share_kept_is_a_squared_correlation():
    field = logic_field(spread=0.3)
    table = soft_tables(field)["NKX2-5"]
    x = np.random.default_rng(0).uniform(0.05, 1.5, (80, 4))
    rule = boolean_rules({"NKX2-5": table})["NKX2-5"]
    kept = with_kept(rule, table, x[:, [0, 1, 3]]).kept
    a = (table.levels() > rule.level).ravel()
    with_rounded = logic_field(spread=0.3)
    logits = np.where(a, 40.0, -40.0)
    with_rounded.table.data[2] = with_rounded.table.data.new_tensor(logits)
    expected = np.corrcoef(production(field, x)[:, 2], production(with_rounded, x)[:, 2])[0, 1]
    assert kept == pytest.approx(expected**2, abs=1e-9)
    assert 0.8 < kept < 1
    still = np.repeat(x[:1, [0, 1, 3]], 5, axis=0)
    assert with_kept(rule, table, still).kept is None


def test_fixed_points_by_brute_force():
    rules = {gene: law.rule for gene, law in laws_of_logic(logic_field()).items()}
    network = BooleanNetwork(rules)
    expected = []
    for state in itertools.product((False, True), repeat=4):
        on = dict(zip(GENES, state, strict=True))
        if all(truth(rules[gene].terms, on) == on[gene] for gene in GENES):
            expected.append(tuple(gene for gene in GENES if on[gene]))
    assert network.fixed_points() == expected
    assert ("GATA1", "NKX2-5", "targets") in expected
    with pytest.raises(GeneNameError, match="a rule for each regulator"):
        BooleanNetwork({"GATA1": rules["GATA1"]})
    many = BooleanNetwork({str(k): BooleanRule((), 0.0) for k in range(21)})
    with pytest.raises(InputError, match="at most 20 genes"):
        many.fixed_points()


def test_a_fixed_point_of_the_rules_is_a_resting_point_of_the_law():
    field = logic_field()
    network = BooleanNetwork({gene: law.rule for gene, law in laws_of_logic(field).items()})
    decay = field.decay_rate().detach().numpy()
    levels = np.array([rule.level for rule in network.values()])
    corners = np.array([[gene in on for gene in GENES] for on in network.fixed_points()])
    x = np.where(corners, 1.0, 0.05)
    for _ in range(300):  # Euler's method, dt = 0.1
        x = x + 0.1 * (production(field, x) - decay * x)
    np.testing.assert_array_equal(x > levels, corners)
