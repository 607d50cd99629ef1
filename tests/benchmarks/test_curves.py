"""The curve over the number of knockouts shows the rows it is given."""

from __future__ import annotations

import json

import numpy as np
from benchmarks.curves import COUNTS, curves, draw

ROWS = [
    {"data": data, "knockouts": count, "method": method, "ap": 0.1 * k + shift, "sd": 0.02,
     "ap_over_base": (0.1 * k + shift) / 0.25}
    for data in ("one", "two")
    for shift, method in ((0.3, "hillflow"), (0.2, "ridge-lag"))
    for k, count in enumerate(COUNTS)
]  # fmt: skip
PART = {"data": "part", "knockouts": "all", "method": "hillflow", "ap": 1, "sd": 0,
        "ap_over_base": 4}  # fmt: skip


def test_a_panel_a_system_and_a_line_a_method() -> None:
    panels = curves([*ROWS, PART]).axes
    assert [axes.get_title("left") for axes in panels] == ["one", "two"]
    lines = {c.get_label(): np.asarray(c.lines[0].get_ydata(), float) for c in panels[0].containers}
    np.testing.assert_allclose(lines["hillflow"], [0.3, 0.4, 0.5, 0.6, 0.7])
    np.testing.assert_allclose(lines["ridge-lag"], [0.2, 0.3, 0.4, 0.5, 0.6])
    (chance,) = (line for line in panels[0].lines if line.get_label() == "chance")
    np.testing.assert_allclose(np.asarray(chance.get_ydata(), float), 0.25)


def test_the_same_rows_give_the_same_bytes(tmp_path) -> None:
    (tmp_path / "networks.json").write_text(json.dumps({"rows": ROWS}))
    drawn = [draw(tmp_path / "networks.json", tmp_path / f"{k}.svg").read_bytes() for k in (0, 1)]
    assert drawn[0] == drawn[1]
    assert b"<svg" in drawn[0]
