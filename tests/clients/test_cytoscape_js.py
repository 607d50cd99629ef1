"""npm's cytoscape reads our .cyjs and answers what arrow, width and colour each edge got."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from hillflow.networks import annotated
from hillflow.networks.layout import positions

SCRIPT = Path(__file__).with_name("cytoscape_answers.cjs")


def node(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["node", *map(str, words)], capture_output=True, text=True, timeout=60, cwd=SCRIPT.parent,
        check=False,
    )  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _cytoscape() -> None:
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    if node("-e", "require.resolve('cytoscape')").returncode:
        pytest.skip("npm's cytoscape is not found: run these tests with `make clients`")


def answers(graph: Any, folder: Path, prior: Any = None) -> dict[str, Any]:
    done = node(SCRIPT, *graph.write(folder / "net.cyjs", "cyjs", prior=prior))
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr.lower(), done.stderr
    return json.loads(done.stdout)


def test_every_edge_is_drawn_as_its_numbers_say(graph, prior, tmp_path):
    found = answers(graph, tmp_path, prior)
    expected = annotated(graph, prior)
    largest = graph.edges["weight"].abs().max()
    arrows = {"activates": "triangle", "inhibits": "tee", "regulates": "circle"}
    colors = {
        "activates": "rgb(0,114,178)", "inhibits": "rgb(213,94,0)", "regulates": "rgb(138,138,138)",
    }  # fmt: skip
    lines = {"agreement": "solid", "opposite": "solid", "novel": "dashed", "missing": "dotted"}
    assert len(found["edges"]) == expected.number_of_edges()
    seen = set()
    for edge in found["edges"]:
        marks = expected.edges[edge["source"], edge["target"]]
        drawn = edge["drawn"]
        assert drawn["target-arrow-shape"] == arrows[marks["interaction"]]
        assert drawn["line-color"] == colors[marks["interaction"]]
        assert drawn["line-style"] == lines[marks["status"]]
        width = 1 + 7 * marks.get("abs_weight", 0.0) / largest
        assert float(drawn["width"].removesuffix("px")) == pytest.approx(width, rel=1e-6)
        opacity = 0.25 + 0.75 * marks["confidence"] if "confidence" in marks else 1.0
        assert float(drawn["opacity"]) == pytest.approx(opacity, rel=1e-6)
        assert {key: edge[key] for key in marks} == marks
        assert on_white(drawn) == pytest.approx(parts(marks["color"]), abs=0.51)
        seen |= {marks["interaction"], marks["status"]}
    assert seen == {*arrows, *lines}


def parts(color: str) -> list[int]:
    """Red, green and blue of ``#RRGGBB``."""
    return list(bytes.fromhex(color.removeprefix("#")))


def on_white(drawn: dict[str, str]) -> list[float]:
    """What the screen shows of a line of this colour and opacity."""
    opacity, own = float(drawn["opacity"]), re.findall(r"\d+", drawn["line-color"])
    return [255 + opacity * (int(part) - 255) for part in own]


def test_the_color_says_the_confidence_within_each_sign(graph, tmp_path):
    found = [edge for edge in answers(graph, tmp_path)["edges"] if "confidence" in edge]
    for interaction in ("activates", "inhibits"):
        edges = [edge for edge in found if edge["interaction"] == interaction]
        edges.sort(key=lambda edge: edge["confidence"])
        assert len(edges) > 2
        faintness = [sum(on_white(edge["drawn"])) for edge in edges]
        assert faintness == sorted(faintness, reverse=True)
        assert len(set(faintness)) == len({edge["confidence"] for edge in edges})


def test_nodes_stand_where_they_were_put_under_their_names(graph, tmp_path):
    found = answers(graph, tmp_path)
    place = positions(annotated(graph))
    assert [one["id"] for one in found["nodes"]] == list(graph.genes)
    for one in found["nodes"]:
        assert one["label"] == one["name"] == one["id"]
        assert (one["position"]["x"], one["position"]["y"]) == place[one["id"]]
