"""CX2 by its specification; the real reader is asked in tests/clients."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from hillflow.networks import annotated

TYPES = {"string": str, "double": float, "integer": int, "long": int, "boolean": bool}


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


def read(path: Path) -> dict[str, list]:
    """The aspects, once their order, counts and declared types have been found right."""
    document = json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
    assert document[0] == {"CXVersion": "2.0", "hasFragments": False}
    assert document[-1] == {"status": [{"success": True, "error": ""}]}
    aspects = {name: values for one in document[2:-1] for name, values in one.items()}
    counts = {one["name"]: one["elementCount"] for one in document[1]["metaData"]}
    assert counts == {name: len(values) for name, values in aspects.items()}
    (declared,) = aspects["attributeDeclarations"]
    rows = [("networkAttributes", aspects["networkAttributes"][0])]
    rows += [(kind, one["v"]) for kind in ("nodes", "edges") for one in aspects[kind]]
    for kind, values in rows:
        for name, value in values.items():
            assert name != "id"
            assert type(value) is TYPES[declared[kind][name]["d"]]
            if declared[kind][name]["d"] == "integer":
                assert -(2**31) <= value < 2**31
    return aspects


@given(data=st.data())
def test_nothing_is_lost(graphs, data):
    graph = data.draw(graphs)
    expected = annotated(graph)
    with tempfile.TemporaryDirectory() as folder:
        (path,) = graph.write(Path(folder) / "net.cx2", "cx2")
        aspects = read(path)
    gene_of = {node["id"]: node["v"]["name"] for node in aspects["nodes"]}
    assert list(gene_of.values()) == list(graph.genes)
    assert len({(node["x"], node["y"]) for node in aspects["nodes"]}) == len(graph.genes)
    edges = {(gene_of[one["s"]], gene_of[one["t"]]): one["v"] for one in aspects["edges"]}
    assert edges == {(s, t): marks for s, t, marks in expected.edges(data=True)}
    assert [one["id"] for one in aspects["edges"]] == list(range(len(edges)))


def test_the_style_says_sign_weight_confidence_and_status(graph, prior, tmp_path):
    (path,) = graph.write(tmp_path / "net.cx2", "cx2", prior=prior)
    (look,) = read(path)["visualProperties"]
    mapping = look["edgeMapping"]
    arrows = {one["v"]: one["vp"]
              for one in mapping["EDGE_TARGET_ARROW_SHAPE"]["definition"]["map"]}  # fmt: skip
    assert (arrows["activates"], arrows["inhibits"]) == ("triangle", "tee")
    assert mapping["EDGE_LINE_COLOR"]["type"] == "DISCRETE"
    width = mapping["EDGE_WIDTH"]["definition"]
    assert width["attribute"] == "abs_weight"
    below, ramp, above = width["map"]
    assert (ramp["min"], ramp["max"]) == (0.0, 2.0)
    assert below["max"] == ramp["min"]
    assert above["min"] == ramp["max"]
    assert (below["maxVPValue"], above["minVPValue"]) == (ramp["minVPValue"], ramp["maxVPValue"])
    assert mapping["EDGE_OPACITY"]["definition"]["attribute"] == "confidence"
    assert mapping["EDGE_LINE_STYLE"]["definition"]["attribute"] == "status"
    assert look["nodeMapping"]["NODE_LABEL"]["definition"]["attribute"] == "name"


def test_without_confidence_or_prior_nothing_is_mapped_to_them(graph, tmp_path):
    graph.edges["confidence"] = float("nan")
    (path,) = graph.write(tmp_path / "net.cx2", "cx2")
    mapping = read(path)["visualProperties"][0]["edgeMapping"]
    assert not {"EDGE_OPACITY", "EDGE_LINE_STYLE"} & set(mapping)


def test_the_same_graph_gives_the_same_bytes(graph, tmp_path):
    (path,) = graph.write(tmp_path / "net.cx2", "cx2")
    first = path.read_bytes()
    graph.write(path, "cx2")
    assert path.read_bytes() == first
