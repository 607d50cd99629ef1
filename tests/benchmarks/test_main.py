"""The command of the benchmarks: what is not there is said, and the rest goes on."""

from __future__ import annotations

import json
import sys
from types import ModuleType, SimpleNamespace

import benchmarks.__main__ as command
import pytest
from benchmarks.environment import ROOT
from benchmarks.reference_data import MissingDataError, data_file
from benchmarks.running import longest_first, run_tables
from benchmarks.table import Table


@pytest.fixture
def tables(monkeypatch, tmp_path):
    """Two tables, of which the first wants data that no one has."""
    monkeypatch.setenv("HILLFLOW_DATA", str(tmp_path / "nothing"))
    monkeypatch.setattr("benchmarks.reference_data.ROOT", tmp_path / "alone" / "main")

    def wanting(quick: bool, seed: int) -> Table:
        raise AssertionError(data_file("eb5/expression.h5ad"))

    def whole(quick: bool, seed: int) -> Table:
        return Table(rows=[{"quick": quick, "seed": seed}])

    for name, run in (("wanting", wanting), ("whole", whole)):
        module = ModuleType(f"benchmarks.{name}")
        module.run = run  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, f"benchmarks.{name}", module)
    monkeypatch.setattr(command, "NAMES", ("wanting", "whole"))
    return SimpleNamespace(out=tmp_path / "results")


def test_all_goes_on_past_a_table_without_data(tables, capsys) -> None:
    assert command.main(["all", "--quick", "--seed", "3", "--out", str(tables.out)]) == 0
    said = capsys.readouterr().err
    assert "wanting: Expected the benchmark data eb5/expression.h5ad" in said
    assert "set HILLFLOW_DATA" in said
    assert "Left out for want of data: wanting" in said
    assert [path.name for path in tables.out.iterdir()] == ["whole.json"]
    result = json.loads((tables.out / "whole.json").read_text())
    assert result["rows"] == [{"quick": True, "seed": 3}]


def test_all_says_how_long_it_took_unless_some_was_measured_before(
    tables, monkeypatch, tmp_path, capsys
) -> None:
    monkeypatch.setattr(command, "NAMES", ("whole",))
    part = tmp_path / "whole.part"
    part.write_text("")
    monkeypatch.setattr(command, "part_file", lambda *case: part)
    assert command.main(["all", "--quick", "--out", str(tables.out)]) == 0
    assert not (tables.out / "all.json").exists()
    assert "no total is recorded" in capsys.readouterr().err
    assert command.main(["all", "--quick", "--no-resume", "--out", str(tables.out)]) == 0
    result = json.loads((tables.out / "all.json").read_text())
    assert [row["table"] for row in result["rows"]] == ["whole"]
    assert result["command"].startswith("python -m benchmarks all --quick")
    assert result["seconds"] >= result["rows"][0]["seconds"]
    (claim,) = result["claims"]
    assert claim["holds"]
    assert claim["measured"] == pytest.approx(result["seconds"] / 3600, abs=1e-4)


def test_long_tables_come_first(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr("benchmarks.running.RESULTS", tmp_path)
    for name, seconds in (("short", 1.0), ("long", 9.0)):
        (tmp_path / f"{name}.json").write_text(json.dumps({"seconds": seconds}))
    assert longest_first(["new", "short", "long"]) == ["long", "short", "new"]


def test_one_table_without_its_data_is_a_mistake(tables, capsys) -> None:
    assert command.main(["wanting", "--out", str(tables.out)]) == 2
    assert "Expected the benchmark data" in capsys.readouterr().err
    assert command.main(["whole", "--jobs", "0"]) == 2
    assert "Expected one job or more" in capsys.readouterr().err
    assert command.main(["whloe"]) == 2
    assert "did you mean 'whole'" in capsys.readouterr().err


def test_data_is_found_in_the_folder_that_is_named(monkeypatch, tmp_path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.csv").write_text("")
    monkeypatch.setenv("HILLFLOW_DATA", str(tmp_path))
    assert data_file("a/b.csv") == tmp_path / "a" / "b.csv"
    with pytest.raises(MissingDataError, match=r"a/c\.csv"):
        data_file("a/c.csv")


@pytest.mark.slow
def test_tables_run_at_once_write_what_they_write_alone(tmp_path) -> None:
    # Of ours, since other processes import them anew; they need no data.
    names = ("phoenix_speed", "import_time")
    assert run_tables(names, True, 0, tmp_path, jobs=2) == []
    written = {path.stem: json.loads(path.read_text()) for path in tmp_path.iterdir()}
    assert set(written) == set(names)
    assert all(one["rows"] and one["benchmark"] == name for name, one in written.items())


def test_every_name_is_a_table() -> None:
    assert set(command.SPEED) < set(command.NAMES)
    for name in command.NAMES:
        code = (ROOT / "benchmarks" / f"{name}.py").read_text()
        assert "\ndef run(quick: bool, seed: int) -> Table:" in code
