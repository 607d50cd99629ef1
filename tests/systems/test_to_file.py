import pytest

from hillflow.errors import HillflowWarning, InputError, TimeError
from hillflow.systems import SYSTEMS
from hillflow.systems.to_file import simulate_to_file


def test_defaults_come_from_the_registry(tmp_path):
    with pytest.warns(HillflowWarning, match="min_cells=2"):
        data = simulate_to_file("toggle", tmp_path / "a.h5ad", cells=2)
    assert tuple(p.time for p in data.populations) == SYSTEMS["toggle"].times


@pytest.mark.filterwarnings("ignore:populations of")
def test_all_knocks_out_each_gene_and_plus_joins_two(tmp_path):
    data = simulate_to_file("toggle", tmp_path / "a.h5ad", cells=2, times=(0, 1), knockouts="all")
    names = {p.intervention.name for p in data.populations}
    assert names == {"control", "A=knockout", "B=knockout"}
    data = simulate_to_file("toggle", tmp_path / "a.h5ad", cells=2, times=(0, 1), knockouts=["A+B"])
    assert data.populations[-1].intervention.name == "A=knockout,B=knockout"


@pytest.mark.filterwarnings("ignore:populations of")
def test_size_and_seed_reach_a_random_network(tmp_path):
    one, two = (
        simulate_to_file("scale-free", tmp_path / "a.h5ad", cells=1, times=(0, 1), genes=15, seed=s)
        for s in (1, 2)
    )
    assert len(one.system.genes) == 15
    assert one.system.edges() != two.system.edges()


def test_mistakes_are_found_before_anything_is_written(tmp_path):
    out = tmp_path / "a.h5ad"
    with pytest.raises(TimeError, match="two times or more"):
        simulate_to_file("toggle", out, times=(2.0,))
    with pytest.raises(InputError, match="for random networks only"):
        simulate_to_file("toggle", out, genes=5)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_said_before_the_work(tmp_path, monkeypatch):
    def refuse(dir):
        raise PermissionError(13, "")

    monkeypatch.setattr("hillflow.files.tempfile.TemporaryFile", refuse)
    monkeypatch.setattr("hillflow.systems.to_file.simulate", None)  # would fail if it were called
    with pytest.raises(InputError, match="Permission denied"):
        simulate_to_file("toggle", tmp_path / "a.h5ad")
