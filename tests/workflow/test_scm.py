"""`hillflow.scm`: its options, what it keeps, the page, and the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import hillflow as hf
from hillflow.cli import main
from hillflow.errors import FileFormatError, GeneNameError, InputError, InterventionError
from hillflow.model import Fit
from hillflow.page.contents import Contents
from hillflow.page.reproduce import reproduce
from hillflow.page.scm import scm as section
from hillflow.page.sentences import states_sentence
from hillflow.workflow._demo import _stable_states
from hillflow.workflow.demo_words import states_in_words

from ..linear_law import LinearLaw
from ..small_fits import model_of
from .conftest import quiet

GENES = ("A", "B", "C")
# A → B ⊣ C: one state, from everywhere.
CHAIN = np.array([[0.0, 0, 0], [0.5, 0, 0], [0, -0.4, 0]])


@pytest.fixture(scope="module")
def cells() -> hf.Snapshots:
    x = np.random.default_rng(0).uniform(0.2, 2, (40, 3))
    return hf.Snapshots.from_arrays(x, np.repeat([0.0, 1.0], 20), GENES, unit="h", scale="log1p")


@pytest.fixture
def chain(run: hf.Run, cells: hf.Snapshots) -> hf.Run:
    """A run in memory whose fit is the chain."""
    member = model_of(LinearLaw(GENES, CHAIN, np.ones(3), np.ones(3)))
    return hf.Run.of(Fit((member,)), cells, run.manifest["request"], run.manifest["asked"])


@pytest.fixture(scope="module")
def hill(toggle, tmp_path_factory) -> hf.Run:
    """A sketch of a bounded field, in a folder."""
    return quiet(hf.fit, toggle, tmp_path_factory.mktemp("hill") / "run", field="hill", effort=0.02)


def test_unless_named_every_gene_is_knocked_out_and_the_run_keeps_the_result(chain):
    result = quiet(hf.scm, chain)
    assert list(result.interventions["intervention"]) == [f"{gene}=knockout" for gene in GENES]
    # x_A = 1, x_B = 1 + x_A / 2, x_C = 1 − 0.4 x_B
    np.testing.assert_allclose(result.levels[1], [1, 1.5, 0.4], atol=1e-8)
    assert chain.scm is result
    assert result.asked == {}
    assert result.switches.empty


def test_named_interventions_and_paths(chain):
    result = quiet(hf.scm, chain, do="A+B,C=clamp:2,A=cut@B", source="A", target="C")
    names = ["A=knockout,B=knockout", "C=clamp:2", "A=cut_edge@B"]
    assert list(result.interventions["intervention"]) == names
    ((number, paths),) = result.asked_paths()
    assert (number, paths["path"].tolist()) == (1, ["A → B ⊣ C"])
    effects = result.effects.set_index(["source", "target"])
    assert paths["effect"][0] == pytest.approx(effects.loc[("A", "C"), "total"], rel=1e-5)
    assert "Paths at state 1" in str(result)
    assert result.asked == {"do": "A+B,C=clamp:2,A=cut@B", "source": "A", "target": "C"}


def test_it_is_on_the_page_with_its_command(chain):
    assert section(Contents.read(chain)) == {}
    assert states_sentence(Contents.read(chain)) is None
    quiet(hf.scm, chain, do=["A", "B"], source="A", target="C", max_genes=0)
    contents = Contents.read(chain)
    values = section(contents)
    assert values["states"]["headings"][:3] == ["State", "Cells", "Share"]
    assert [row[0] for row in values["outcomes"]["rows"]] == ["A=knockout", "B=knockout"]
    assert values["switches"]["rows"] == []
    assert [number for number, _ in values["paths"]] == [1]
    assert states_sentence(contents) == "1 stable state: 1 of 100% of the cells."
    assert set(chain.scm.findings) <= set(contents.findings)
    command = "hillflow scm RUN --do A,B --source A --target C --max-genes 0"
    assert command in reproduce(contents)["commands"]


def test_mistakes_are_named_before_the_work(chain):
    with pytest.raises(InputError, match=r"source=… .* and target=… .* together"):
        hf.scm(chain, source="A")
    with pytest.raises(GeneNameError, match="did you mean 'A'"):
        hf.scm(chain, source="a", target="B")
    with pytest.raises(InterventionError, match="did you mean 'A'"):
        hf.scm(chain, do="a")
    with pytest.raises(InputError, match="two different genes"):
        hf.scm(chain, source="A", target="A")
    assert chain.scm is None


def test_a_large_panel_waits_for_names(run):
    genes = tuple(f"G{k}" for k in range(31))
    x = np.random.default_rng(0).uniform(0.5, 1.5, (20, 31))
    cells = hf.Snapshots.from_arrays(x, np.repeat([0.0, 1.0], 10), genes, unit="h")
    law = LinearLaw(genes, np.zeros((31, 31)), np.ones(31), np.ones(31))
    large = hf.Run.of(Fit((model_of(law),)), cells, run.manifest["request"], run.manifest["asked"])
    result = quiet(hf.scm, large, cells=5)
    assert result.interventions.empty
    assert "scm.no-interventions" in [finding.code for finding in result.findings]


def test_python_and_the_command_line_write_the_same_bytes(hill, tmp_path: Path, capsys):
    python, command = tmp_path / "python.json", tmp_path / "command.json"
    quiet(hf.scm, hill, python, do="A", source="A", target="B", cells=30)
    words = ["scm", hill.path, "--do", "A", "--source", "A", "--target", "B", "--cells", 30]
    assert main([str(word) for word in (*words, "--out", command)]) == 0
    shown = capsys.readouterr()
    assert "What interventions do to each state" in shown.out
    assert f"Wrote {command}" in shown.err.replace("\n", "")
    assert python.read_bytes() == command.read_bytes()
    assert not (hill.path / "scm.json").exists()
    assert main([str(word) for word in (*words, "--json")]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed.pop("out") == str(hill.path / "scm.json")
    kept = hf.Run.open(hill.path).scm
    assert kept.to_json() == printed
    again = hill.save(tmp_path / "copy")  # with its results
    assert again.scm.to_json() == printed


def test_a_result_of_other_genes_is_refused(hill, chain, tmp_path: Path):
    copy = hill.save(tmp_path / "other")
    stray = quiet(hf.scm, chain, max_genes=0).save(tmp_path / "stray.json")
    (copy.path / "scm.json").write_bytes(stray.read_bytes())
    with pytest.raises(FileFormatError, match=r"damaged run: scm\.json"):
        copy.scm


def test_the_demo_says_what_it_finds(chain, monkeypatch):
    monkeypatch.setattr("hillflow.workflow._demo.KNOCKOUTS", ("A",))
    found = quiet(_stable_states, chain)
    words = "The law has 1 stable state, where its cells rest: 100% at 1."
    assert states_in_words(found) == words
    assert states_in_words(None) == "The law comes to rest nowhere, so it has no stable states."
