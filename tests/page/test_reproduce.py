"""What the page says of how a run was made: true calls only."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

import hillflow as hf
from hillflow.page.contents import Contents
from hillflow.page.reproduce import DEFAULT_SHUFFLES, options_as_words, reproduce
from hillflow.results import Run
from hillflow.workflow.options.validate import ValidateOptions


def reproduced(run: Run, **manifest: object) -> dict:
    contents = Contents.read(run)
    changed = replace(run, manifest=run.manifest | manifest)
    return reproduce(replace(contents, run=changed))


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("hillflow fit cells.h5ad --out run", "hillflow fit cells.h5ad --out run"),
        ("hillflow --plugin f.py fit cells.h5ad", "hillflow --plugin f.py fit cells.h5ad"),
    ],
)
def test_a_fit_of_the_command_line_is_its_command(bare, command, shown):
    values = reproduced(Run.open(bare), command=command)
    assert values["call"] is None
    assert values["commands"] == [shown, "hillflow report bare"]
    assert values["unknown"] == []


@pytest.mark.parametrize("command", ["s2.py", "", "ipykernel_launcher.py -f x.json", "__main__.py"])
def test_a_fit_from_python_is_its_call(bare, command):
    values = reproduced(Run.open(bare), command=command)
    assert values["call"] == (
        "hf.fit(data, field='linear', method='default', ensemble=2, seed=0, effort=0.02)"
    )
    assert values["commands"] == ["hillflow report bare"]


def test_what_was_left_out_is_part_of_the_call():
    condition = SimpleNamespace(name="control")
    rows = [("control", 2.0), ("A=knockout", 1.0), ("A=knockout", 2.0), ("control", 4.0)]
    run = SimpleNamespace(
        fit=SimpleNamespace(conditions=[condition]),
        metrics={"left_out": [{"perturbation": name, "time": time} for name, time in rows]},
        manifest={
            "asked": {
                "field": {"name": "auto"}, "method": {"name": "default"}, "members": 1, "seed": 7,
                "setting": {"efficacy": "learn"},
            }
        },
    )  # fmt: skip
    from hillflow.page.reproduce import _fit_call

    assert _fit_call(run) == (  # type: ignore[arg-type]
        "hf.fit(data, field='auto', method='default', seed=7, efficacy='learn', "
        "leave_out_time=[2.0, 4.0], leave_out_perturbation='A=knockout')"
    )


def test_results_whose_options_are_not_known_have_no_command(filled):
    values = reproduced(Run.open(filled))
    assert values["unknown"] == ["knockout", "laws", "validate"]
    assert [line for line in values["commands"] if "knockout" in line or "laws" in line] == []
    (graph,) = (line for line in values["commands"] if line.startswith("hillflow graph"))
    assert "--readout" in graph


@pytest.mark.filterwarnings("ignore::hillflow.errors.HillflowWarning")
def test_what_was_asked_is_repeated():
    cells = hf.simulate("toggle", cells=20, times=[0, 1, 2])
    run = hf.fit(cells, field="linear", effort=0.02)
    hf.graph(run, top=3)
    hf.laws(run, genes="A", parents=1, members=0)
    hf.laws(run, genes=["B"], parents=1, members=0, tolerance=0.1)
    hf.laws(run, genes=["B"], parents=1, members=0, tolerance=0.1)
    values = reproduced(run)
    assert values["commands"] == [
        "hillflow graph RUN",
        "hillflow laws RUN --genes A --parents 1 --members 0",
        "hillflow laws RUN --genes B --parents 1 --tolerance 0.1 --members 0",
        "hillflow report RUN",
    ]
    hf.laws(run, genes="A", parents=1, members=0, graph=run.graph)  # has no word in a command line
    assert reproduced(run)["unknown"] == ["laws"]


def test_a_validation_is_repeated_if_its_options_are_known(filled):
    contents = Contents.read(Run.open(filled))
    assert contents.validation is not None
    about = {"name": "hematopoiesis"}
    known = contents.validation | {"reference": about}
    assert ValidateOptions().shuffles == DEFAULT_SHUFFLES

    def command(**changes: object) -> list[str]:
        values = reproduce(replace(contents, validation=known | changes))
        return [line for line in values["commands"] if "validate" in line]

    assert command() == ["hillflow validate chain --against hematopoiesis --shuffles 9"]
    usual = [{"shuffles": DEFAULT_SHUFFLES}]
    assert command(nulls=usual) == ["hillflow validate chain --against hematopoiesis"]
    assert command(alignment="3 exact, 1 case-folded, 0 alias") == []
    assert command(universe={"pairs": 12, "words": "all ordered pairs"}) == []
    assert command(reference={"name": "mine"}) == []


def test_options_are_words():
    asked = {"genes": ["A", "B"], "all": True, "top_per_target": 3, "graph": "my edges.csv"}
    assert options_as_words(asked) == [
        "--genes", "A,B", "--all", "--top-per-target", "3", "--graph", "my edges.csv",
    ]  # fmt: skip
    assert options_as_words({}) == []
    assert options_as_words(None) is None
    assert options_as_words({"genes": None}) is None


@pytest.mark.filterwarnings("ignore::hillflow.errors.HillflowWarning")
def test_a_call_has_what_is_needed_to_repeat_it(tmp_path):
    cells = hf.simulate("toggle", cells=20, times=[0, 1, 2], knockouts="A")
    cells.obs = cells.obs.rename(columns={"time": "hour", "perturbation": "guide"})
    cells.obs["guide"] = cells.obs["guide"].replace({"control": "NT"})
    cells.write_h5ad(tmp_path / "cells.h5ad")
    columns = {"time": "hour", "perturbation": "guide", "control": "NT", "time_unit": "h"}
    asked = {**columns, "genes": ["A", "B"], "field": "linear", "effort": 0.02}
    shown = ", ".join(f"{name}={value!r}" for name, value in asked.items())
    hf.fit(cells, tmp_path / "run", **asked, jobs=2)
    values = reproduced(Run.open(tmp_path / "run"), command="script.py")
    assert values["call"] == f"hf.fit(adata, {str(tmp_path / 'run')!r}, {shown})"
    facts = dict(values["facts"])
    assert (facts["time column"], facts["perturbation column"]) == ("hour", "guide")
    assert facts["label of the control"] == "NT"
    in_memory = hf.fit(str(tmp_path / "cells.h5ad"), **asked)
    values = reproduced(in_memory, command="script.py")
    assert values["call"] == f"hf.fit({str(tmp_path / 'cells.h5ad')!r}, {shown})"


@pytest.mark.filterwarnings("ignore::hillflow.errors.HillflowWarning")
def test_default_columns_are_named_and_what_cannot_be_shown_is_left_open():
    cells = hf.simulate("toggle", cells=20, times=[0, 1, 2])
    run = hf.fit(cells, field=hf.fields.make_field("linear", ["A", "B"]), effort=0.02)
    call = reproduced(run, command="script.py")["call"]
    assert call == "hf.fit(adata, time='time', field=…, effort=0.02)"
    read = hf.fit(hf.Snapshots.from_anndata(cells), field="linear", effort=0.02)
    call = reproduced(read, command="script.py")["call"]
    assert call == "hf.fit(cells, field='linear', effort=0.02)"
