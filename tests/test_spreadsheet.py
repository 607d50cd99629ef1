"""What a spreadsheet would run is shown as text, and read back exactly."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hillflow.causal.knockout_result import save_tables
from hillflow.networks import Network
from hillflow.results.knockout_tables import KnockoutTables
from hillflow.spreadsheet import escape, escaped, unescape, unescaped

DANGEROUS = ("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\tx", "\r=1", "'=1", "''@x")


@given(st.text("'=+-@a\t\r ", max_size=6))
def test_reading_is_exact(text):
    assert unescape(escape(text)) == text


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_field_begins_with_what_is_run(text):
    assert escape(text)[0] not in "=+-@\t\r"


def test_ordinary_names_are_unchanged():
    for name in ("GATA1", "NKX2-5", "mt:CoI", "'x", "l(2)gl", ""):
        assert escape(name) == name


def test_columns_are_escaped_too_and_numbers_are_not():
    table = pd.DataFrame({"=name": ["@A", "B"], "weight": [-1.0, 2.0]})
    safe = escaped(table)
    assert list(safe) == ["'=name", "weight"]
    assert list(safe["'=name"]) == ["'@A", "B"]
    pd.testing.assert_series_equal(safe["weight"], table["weight"])
    pd.testing.assert_frame_equal(unescaped(safe), table)


def test_tables_of_a_network_and_of_knockouts_come_back(tmp_path):
    gene, other = DANGEROUS[0], "@SUM(A1)"
    rows = {"source": [gene, other], "target": [other, gene], "weight": [-0.5, 1.0]}
    network = Network.from_frame(pd.DataFrame(rows))
    path = network.save(tmp_path / "edges.csv")
    for line in path.read_text().splitlines()[1:]:
        assert line.startswith("'")
    assert Network.load(path).edges["source"].tolist() == network.edges["source"].tolist()

    ranking = pd.DataFrame(
        {"perturbation": [f"{other}=knockout"], "effect": [1.0], "low": [0.5], "high": [2.0],
         "in_support": [1.0]}
    )  # fmt: skip
    effects = pd.DataFrame(
        {"perturbation": [f"{other}=knockout"], "gene": [gene], "time": [1.0], "delta": [-0.5],
         "low": [-1.0], "high": [0.0]}
    )  # fmt: skip
    save_tables(effects, ranking, tmp_path / "knockouts.csv")
    assert (tmp_path / "ranking.csv").read_text().splitlines()[1].startswith("'@SUM")
    tables = KnockoutTables.load(tmp_path, (gene, other))
    assert list(tables.ranking["perturbation"]) == [f"{other}=knockout"]
    assert list(tables.effects["gene"]) == [gene]
