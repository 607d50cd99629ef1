"""The figure of the claims counts what holds, and is the same every time."""

from __future__ import annotations

import json

from benchmarks.claims import claims, draw

HELD, FAILED = {"holds": True}, {"holds": False}
RESULTS = [
    {"benchmark": "one", "claims": [HELD, HELD, FAILED]},
    {"benchmark": "none", "claims": []},
    {"benchmark": "two", "claims": [HELD]},
]


def test_a_bar_a_benchmark_with_claims() -> None:
    (axes,) = claims(RESULTS).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["one", "two"]
    holds, fails = axes.containers
    assert [bar.get_width() for bar in holds] == [2, 1]
    assert [(bar.get_x(), bar.get_width()) for bar in fails] == [(2, 1), (1, 0)]
    assert [text.get_text() for text in axes.texts] == ["2 + 1", "1"]


def test_the_same_results_give_the_same_bytes(tmp_path) -> None:
    for one in RESULTS:
        (tmp_path / f"{one['benchmark']}.json").write_text(json.dumps(one))
    order = ("one", "none", "two", "missing")
    drawn = [draw(tmp_path, order, tmp_path / f"{k}.svg").read_bytes() for k in (0, 1)]
    assert drawn[0] == drawn[1]
    assert b"<svg" in drawn[0]
