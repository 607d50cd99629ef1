"""The registry of formats: what each says of itself, what goes out and comes back, and plugins."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hillflow.errors import FileFormatError, InputError
from hillflow.networks import FORMATS, read_network

BOTH_WAYS = [entry.name for entry in FORMATS.values() if entry.read and entry.write]
SIGNED = ("table", "graphml", "cx2", "cyjs", "sif")  # these hold signs beside weights


def test_every_format_says_what_it_looks_like() -> None:
    assert list(FORMATS) == [known.name for known in FORMATS.values()]
    assert all(known.columns for known in FORMATS.values() if known.read is not None)
    assert all(known.description for known in FORMATS.values())
    assert all(known.read is not None or known.write is not None for known in FORMATS.values())
    assert all(known.recognises is None for known in FORMATS.values() if known.read is None)


def test_all_formats_are_there() -> None:
    assert {"scenic+", "pyscenic", "genie3", "beeline", "celloracle", "table"} <= {
        name for name, entry in FORMATS.items() if entry.read is not None
    }
    assert set(FORMATS) == {
        "trrust", "dorothea", "scenic+", "pyscenic", "genie3", "beeline", "celloracle",
        "collectri", "table", "decoupler", "cx2", "graphml", "cyjs", "sif",
    }  # fmt: skip
    assert set(BOTH_WAYS) == {
        "table", "decoupler", "beeline", "pyscenic", "celloracle", "cx2", "graphml", "cyjs", "sif",
    }  # fmt: skip
    assert {name for name, entry in FORMATS.items() if entry.overlay} == {
        "cx2", "graphml", "cyjs", "sif",
    }  # fmt: skip


@pytest.mark.parametrize("name", BOTH_WAYS)
@settings(max_examples=15)  # nine formats, most of which have a test of their own kind as well
@given(data=st.data())
def test_what_is_written_is_read_back(graphs_with_edges, name: str, data) -> None:
    graph = data.draw(graphs_with_edges)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"net{FORMATS[name].suffix or '.tsv'}"
        written = graph.write(path, name)
        assert written[0] == path
        named = read_network(path, name, inferred=True)
        assert read_network(path, inferred=True) == named  # it is recognised as well
    weights = dict(zip(graph.pairs(), graph.weight.tolist(), strict=True))
    if name == "pyscenic":  # importances
        weights = {pair: abs(weight) for pair, weight in weights.items()}
    if name == "celloracle":  # no weights
        weights = dict.fromkeys(weights, 1.0)
    if name == "sif":  # signs alone
        weights = {pair: 1.0 if weight > 0 else -1.0 for pair, weight in weights.items()}
    assert dict(zip(named.pairs(), named.weight, strict=True)) == weights
    unsigned = min(weights.values()) > 0 and name not in SIGNED
    signs = {pair: 0 if unsigned else (w > 0) - (w < 0) for pair, w in weights.items()}
    assert dict(zip(named.pairs(), named.sign, strict=True)) == signs


@pytest.mark.parametrize("name", ["table", "graphml", "cx2", "cyjs"])
def test_a_known_network_comes_back_as_it_was(name: str, prior, tmp_path) -> None:
    path = tmp_path / f"known{FORMATS[name].suffix}"
    prior.write(path, name)
    read = read_network(path, licence=prior.licence, citation=prior.citation)
    assert read.about == prior.about
    assert read.summary() == prior.summary()
    first, second = (  # graphs keep no order among edges of equal weight
        one.edges.sort_values(["source", "target"], ignore_index=True) for one in (read, prior)
    )
    pd.testing.assert_frame_equal(first, second)


@pytest.mark.parametrize("name", ["graphml", "cx2", "cyjs", "sif"])
def test_what_was_laid_over_is_not_read_as_an_edge(name: str, graph, prior, tmp_path) -> None:
    path = tmp_path / f"net{FORMATS[name].suffix}"
    graph.write(path, name, prior=prior)
    pairs = read_network(path).pairs()
    if name != "sif":  # which has no place for it
        assert pairs == graph.pairs()
    with pytest.raises(InputError, match="a table to select rows of"):
        read_network(path, where={"status": "novel"})


@pytest.mark.parametrize("name", ["graphml", "cx2", "cyjs", "sif"])
@pytest.mark.parametrize("text", ["nonsense", "{}", "[1]", "<graphml/>", ""])
def test_other_content_under_such_a_name_is_refused(name: str, text: str, write) -> None:
    with pytest.raises(FileFormatError, match=f"net.{name}"):
        read_network(write(text, f"net.{name}"))


PLUGIN = '''
"""A made-up tool: regulator>gene=strength, one a line."""
import pandas as pd

from hillflow.networks import FORMATS, NetworkFormat


def recognises(source):
    return source.path.suffix == ".arrows"


def read(source):
    lines = source.path.read_text().split()
    edges = pd.DataFrame([line.replace("=", ">").split(">") for line in lines])
    return edges.set_axis(["source", "target", "weight"], axis=1)


def write(network, path):
    rows = zip(network.pairs(), network.weight)
    path.write_text("".join(f"{s}>{t}={weight}\\n" for (s, t), weight in rows))
    return (path,)


FORMATS.add(
    NetworkFormat(
        "arrows", "a made-up tool", columns="regulator>gene=strength", suffix=".arrows",
        recognises=recognises, read=read, write=write,
    ),
    __name__,
)
'''
PROGRAM = """
from hillflow.networks import (
    FORMATS, Network, NetworkFormat, load_prior, read_network, write_network,
)

network = Network.from_columns(["A", "B"], ["B", "A"], weight=[2, -1], name="net")
(path,) = write_network(network, "net.arrows", "arrows")
assert path.read_text() == "A>B=2.0\\nB>A=-1.0\\n"
assert read_network(path) == read_network(path, "arrows") == load_prior(path) == network
assert network.write("again.arrows", "arrows")[0].read_text() == path.read_text()
try:
    network.write("net.txt", "arrows")
except ValueError as error:
    assert "net.arrows" in str(error)
FORMATS.add(NetworkFormat("mute", "is written alone", write=FORMATS["arrows"].write), "here")
try:
    read_network("net.arrows", "mute")
except ValueError as error:
    assert "'mute', which is only written" in str(error), error
print(*FORMATS)
"""


def test_a_format_that_a_user_adds_in_a_file_is_read_written_and_listed(tmp_path, monkeypatch):
    (tmp_path / "arrows.py").write_text(PLUGIN)
    monkeypatch.setenv("HILLFLOW_PLUGINS", str(tmp_path / "arrows.py"))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-2:] == ["arrows", "mute"]
