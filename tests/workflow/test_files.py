"""Paths that a verb is given: what may be written, what must exist."""

from __future__ import annotations

from pathlib import Path

import anndata
import numpy as np
import pytest

import hillflow as hf
from hillflow.errors import InputError, MissingFileError
from hillflow.workflow.files import (
    cells_at,
    check_cells,
    check_gene_file,
    check_given,
    check_new_file,
    check_result,
    check_runs,
    path_or_none,
    several,
    write_h5ad,
)


def test_a_new_file_passes_and_an_old_one_is_not_lost_unless_given_up(tmp_path):
    check_new_file(tmp_path / "new.h5ad", ".h5ad", overwrite=False)
    (tmp_path / "old.h5ad").write_text("mine")
    with pytest.raises(InputError, match="overwrite=True"):
        check_new_file(tmp_path / "old.h5ad", ".h5ad", overwrite=False)
    check_new_file(tmp_path / "old.h5ad", ".h5ad", overwrite=True)
    assert (tmp_path / "old.h5ad").read_text() == "mine"


def test_the_ending_and_the_folder_are_checked(tmp_path):
    check_new_file(None, ".csv", overwrite=False)
    check_new_file(tmp_path / "edges.csv", ".csv", overwrite=False)
    with pytest.raises(InputError, match=r"write edges\.csv"):
        check_new_file(tmp_path / "edges.txt", ".csv", overwrite=False)
    with pytest.raises(MissingFileError, match="mkdir -p"):
        check_new_file(tmp_path / "none" / "edges.csv", ".csv", overwrite=False)


def _beside(path):
    return [f"{path.stem}.about.json"]


def test_a_file_written_beside_the_result_is_not_lost_either(tmp_path):
    given = {"run": object(), "out": tmp_path / "edges.csv", "overwrite": False}
    check_result(given, ".csv", "edges.csv", _beside)
    (tmp_path / "edges.about.json").touch()
    with pytest.raises(InputError, match=r"edges\.about\.json, which is there.*overwrite=True"):
        check_result(given, ".csv", "edges.csv", _beside)
    check_result({**given, "overwrite": True}, ".csv", "edges.csv", _beside)


def test_results_in_the_run_are_replaced_under_their_own_names_alone(tmp_path):
    for name in ("manifest.json", "edges.csv", "edges.about.json", "ranking.csv"):
        (tmp_path / name).touch()
    for out in (None, tmp_path / "edges.csv"):
        given = {"run": tmp_path, "out": out, "overwrite": False}
        check_result(given, ".csv", "edges.csv", _beside)
    for overwrite in (False, True):
        given = {"run": tmp_path, "out": tmp_path / "ranking.csv", "overwrite": overwrite}
        with pytest.raises(InputError, match=r"not a file of a run, found ranking\.csv"):
            check_result(given, ".csv", "edges.csv", _beside)


def test_a_folder_where_a_result_belongs_is_named_before_the_work(tmp_path):
    (tmp_path / "manifest.json").touch()
    (tmp_path / "edges.about.json").mkdir()
    given = {"run": str(tmp_path), "out": None, "overwrite": False}
    with pytest.raises(InputError, match=r"the name of a file, found the folder .*about\.json"):
        check_result(given, ".csv", "edges.csv", _beside)


COMMANDS = ("graph", "laws", "knockout", "report", "predict", "velocity", "simulate", "validate")


@pytest.mark.parametrize("name", [*COMMANDS, "export"])
def test_no_command_replaces_a_file_unless_asked(name, own_blood_run, tmp_path):
    spec = getattr(hf, name).spec
    ending = {"graph": ".csv", "knockout": ".csv", "laws": ".json", "validate": ".json",
              "report": ".html", "export": ".cx2"}.get(name, ".h5ad")  # fmt: skip
    out = tmp_path / f"mine{ending}"
    out.write_text("mine")
    words = {"run": own_blood_run.path, "source": own_blood_run, "to": "cx2", "genes": "GATA1",
             "network": own_blood_run, "against": "hematopoiesis", "system": "toggle"}  # fmt: skip
    given = {key: value for key, value in words.items() if key in spec.arguments}
    with pytest.raises(InputError, match=r"a new file, found .*overwrite=True \(--overwrite\)"):
        getattr(hf, name)(**given, out=out)
    assert out.read_text() == "mine"


def test_the_cells_of_a_run_are_never_written_over(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "manifest.json").touch()
    (tmp_path / "data.h5ad").touch()
    check_new_file(tmp_path / "other.h5ad", ".h5ad", True)
    check_new_file(None, ".h5ad", True)
    with pytest.raises(InputError, match=r"not a file of a fit, found data\.h5ad of the run"):
        check_new_file(tmp_path / "sub" / ".." / "data.h5ad", ".h5ad", True)


def test_predict_and_velocity_never_write_over_the_cells_of_a_run(own_blood_run):
    for verb, words in ((hf.predict, ["GATA1=ko"]), (hf.velocity, [])):
        with pytest.raises(InputError, match="not a file of a fit"):
            verb(own_blood_run, *words, out=own_blood_run.path / "data.h5ad", overwrite=True)


def test_what_is_given_must_exist_and_all_but_paths_pass(tmp_path):
    (tmp_path / "edges.csv").touch()
    check_given(tmp_path / "edges.csv", "a table")
    check_given(object(), "a table")
    check_given(None, "a table")
    with pytest.raises(MissingFileError, match=r"a table, found nothing at .*did you mean"):
        check_given(tmp_path / "edgse.csv", "a table")
    with pytest.raises(MissingFileError, match="a run directory"):
        check_given(tmp_path, "a table")


def test_a_run_and_all_that_join_it_must_be_runs(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "manifest.json").touch()
    check_runs(tmp_path / "run", [tmp_path / "run", object()])
    check_runs(object())
    with pytest.raises(MissingFileError, match="did you mean"):
        check_runs(tmp_path / "run", tmp_path)
    with pytest.raises(MissingFileError, match="nothing at"):
        check_runs(str(tmp_path / "none"))


def test_cells_and_lists_of_genes_in_memory_pass(tmp_path):
    check_cells(object())
    check_gene_file(["A"])
    check_gene_file(None)
    with pytest.raises(MissingFileError, match="a list of genes"):
        check_gene_file(tmp_path / "genes.txt")


@pytest.mark.parametrize(
    ("given", "expected"),
    [(None, []), ("run", ["run"]), (Path("run"), [Path("run")]), (("a", "b"), ["a", "b"])],
)
def test_one_run_or_several(given, expected):
    assert several(given) == expected


def test_a_path_is_one_or_none():
    assert path_or_none("run") == Path("run")
    assert path_or_none(None) is None


def test_cells_are_written_whole_or_nowhere(tmp_path):
    cells = anndata.AnnData(np.ones((2, 1), dtype="float32"))
    write_h5ad(cells, None)
    write_h5ad(cells, tmp_path / "cells.h5ad")
    assert anndata.read_h5ad(tmp_path / "cells.h5ad").shape == (2, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["cells.h5ad"]


def test_links_that_lead_nowhere_are_named(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    (tmp_path / "c.h5ad").symlink_to(tmp_path / "gone.h5ad")
    for name in ("a", "c.h5ad"):
        with pytest.raises(MissingFileError, match="a link to nothing or to itself"):
            cells_at(tmp_path / name)


def test_a_store_that_is_not_there_is_called_a_store(tmp_path):
    (tmp_path / "cells.zarr").mkdir()
    with pytest.raises(MissingFileError, match=r"a \.zarr store.*did you mean 'cells\.zarr'"):
        cells_at(tmp_path / "cell.zarr")
