import json
from dataclasses import replace

import numpy as np
import pytest

from hillflow.errors import FileFormatError, InputError
from hillflow.networks import Network
from hillflow.records import write_record
from hillflow.schemas import AboutFile

ABOUT = {"readout": "consensus", "members": 3, "runs": ["a", "b"]}


@pytest.fixture
def graph():
    return replace(Network.from_matrix(("A", "B"), np.eye(2)), about=ABOUT)


def test_how_a_network_was_made_goes_with_its_table(graph, tmp_path):
    found = Network.load(graph.save(tmp_path / "edges.csv"))
    assert found.about == ABOUT
    assert found.readout == "consensus"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["edges.about.json", "edges.csv"]


def test_a_table_changed_since_has_no_history(graph, tmp_path):
    path = graph.save(tmp_path / "edges.csv")
    path.write_text(path.read_text().replace("1.0", "2.0"))
    found = Network.load(path)
    assert found.about == {"changed": True}
    assert found.readout == "weight"


def test_a_table_in_its_place_takes_the_note_away(graph, tmp_path):
    graph.save(tmp_path / "edges.csv")
    replace(graph, about={}).save(tmp_path / "edges.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["edges.csv"]


def test_a_damaged_note_is_named(graph, tmp_path):
    path = graph.save(tmp_path / "edges.csv")
    (tmp_path / "edges.about.json").write_text("{")
    with pytest.raises(FileFormatError, match=r"damaged file: edges\.about\.json"):
        Network.load(path)


@pytest.mark.parametrize("wrong", [{"runs": 5}, {"fields": None}, {"members": "3"}, []])
def test_a_note_of_another_kind_is_named_with_a_way_out(graph, tmp_path, wrong):
    path = graph.save(tmp_path / "edges.csv")
    note = tmp_path / "edges.about.json"
    write_record(note, {**json.loads(note.read_text()), "about": wrong}, AboutFile)
    with pytest.raises(FileFormatError, match=r"remove edges\.about\.json"):
        Network.load(path)


def test_what_json_cannot_hold_is_refused_before_the_table_is_touched(graph, tmp_path):
    path = graph.save(tmp_path / "edges.csv")
    before = path.read_bytes()
    other = replace(Network.from_matrix(("A", "B"), 2 * np.eye(2)), about={"p": np.nan})
    with pytest.raises(InputError, match="plain JSON values"):
        other.save(path)
    assert path.read_bytes() == before
