"""A run of the field 'logic' is its own laws: read, exported, and nothing searched for."""

from __future__ import annotations

import numpy as np
import pytest

import hillflow as hf
from hillflow.cli import main
from hillflow.errors import InputError, UnsupportedError
from hillflow.symbolic import Laws


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> hf.Run:
    """A sketch of a fit in a folder."""
    folder = tmp_path_factory.mktemp("logic") / "run"
    cells = hf.simulate("toggle", cells=20, times=[0, 1, 2])
    return hf.fit(cells, folder, field="logic", method="ot-cfm", effort=0.01, ensemble=2)


def test_laws_are_read_not_distilled(run):
    laws = hf.laws(run)
    member = run.fit[0]
    x = run.data.x[:30]
    with np.errstate(all="ignore"):
        expected = member.field.production(member.field._like().new_tensor(x)).detach().numpy()
    for i, gene in enumerate(laws):
        law = laws[gene].best
        np.testing.assert_allclose(law.evaluate(x, run.fit.genes), expected[:, i], rtol=2e-5)
        assert (law.engine, law.error) == ("logic field", 0.0)
        assert law.rule.kept is None or 0 <= law.rule.kept <= 1
    assert laws.agreement is None
    said = " ".join(str(laws).split())
    assert "the fitted model itself" not in said
    assert "the laws are those of the first of 2 members; predictions of the fit are of all" in said
    assert "Constants of the curves" in said or not laws.edges().size
    saved = hf.Run.open(run.path).laws
    assert saved["A"].best.rule == laws["A"].best.rule
    assert saved.floor == pytest.approx(laws.floor)


def test_one_member_is_the_model_itself(tmp_path):
    cells = hf.simulate("toggle", cells=20, times=[0, 1, 2])
    alone = hf.fit(cells, tmp_path / "run", field="logic", method="ot-cfm", effort=0.01)
    assert "the fitted model itself, not an approximation" in str(hf.laws(alone))
    assert "those of hillflow.laws" not in str(alone)


def test_a_run_says_of_which_member_its_laws_are(run, capsys):
    assert main(["info", str(run.path)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Laws those of hillflow.laws are of the first of 2 members; losses, noise" in said


def test_constants_are_listed_unless_told_not_to(run, tmp_path, capsys):
    out = ["--out", str(tmp_path / "laws.json")]
    assert main(["laws", str(run.path), *out]) == 0
    assert "Constants of the genes" in capsys.readouterr().out
    assert main(["laws", str(run.path), *out, "--overwrite", "--no-constants"]) == 0
    assert "Constants" not in capsys.readouterr().out
    assert "Constants" not in str(hf.laws(run, constants=False))
    laws = hf.laws(run, constants=True)
    assert laws.about["asked"] == [{}]  # no result depends on it


def test_laws_are_compared_between_conditions_on_request(run, tmp_path):
    with pytest.raises(InputError, match="cells of two conditions or more"):
        hf.laws(run, invariance=True)
    cells = hf.simulate("toggle", cells=20, times=[0, 1, 2], knockouts="A,B")
    perturbed = hf.fit(cells, field="logic", method="ot-cfm", effort=0.01, noise=False)
    plain, compared = hf.laws(perturbed), hf.laws(perturbed, invariance=True)
    assert set(compared.about["conditions"]) == {"A", "B"}
    # The control and the knockout of the other gene: its own teaches a gene nothing.
    assert compared.about["conditions"]["A"]["condition"] in ("control", "B=knockout")
    assert "A elsewhere" in str(compared)
    assert "elsewhere" not in str(plain)


def test_a_run_has_its_laws_before_they_are_asked_for(tmp_path):
    cells = hf.simulate("toggle", cells=20, times=[0, 1, 2])
    run = hf.fit(cells, tmp_path / "run", field="logic", method="ot-cfm", effort=0.01)
    assert run.kept("laws") is None
    assert list(run.laws) == ["A", "B"]
    hf.laws(run, genes="B")  # what was asked for is what the run keeps
    assert list(run.laws) == list(run.kept("laws")) == ["B"]
    linear = hf.fit(cells, field="linear", method="ot-cfm", effort=0.01)
    assert linear.laws is None


def test_laws_of_one_gene_join_the_others(run, tmp_path):
    laws = hf.laws(run, genes="B", out=tmp_path / "b.json")
    assert list(laws) == list(Laws.load(tmp_path / "b.json")) == ["B"]
    assert set(laws.floor) == {"A", "B"}  # of its regulators too


@pytest.mark.parametrize(
    ("options", "named"),
    [({"engine": "operon"}, "engine"), ({"parents": 2}, "parents"), ({"also": "A"}, "also"),
     ({"tolerance": 0.1}, "tolerance"), ({"members": 0}, "members")],
)  # fmt: skip
def test_options_of_the_search_are_refused(run, options, named):
    with pytest.raises(InputError, match=f"its own laws, with {named}=… \\(--{named}\\)"):
        hf.laws(run, **options)


@pytest.mark.parametrize(
    ("to", "name"),
    [("sbml", "laws.xml"), ("sbml-qual", "laws.sbml"), ("bnet", "laws.bnet"),
     ("latex", "laws.tex"), ("markdown", "laws.md"), ("mathml", "laws.xhtml")],
)  # fmt: skip
def test_a_run_is_exported_without_its_laws(run, tmp_path, to, name):
    if to.startswith("sbml"):
        pytest.importorskip("libsbml")
    fresh = hf.Run.open(run.path)
    words = ["export", str(fresh.path), "--to", to, "--out", str(tmp_path / name)]
    assert main(words) == 0
    assert (tmp_path / name).stat().st_size > 0


def test_other_fields_have_no_boolean_reading(tmp_path):
    cells = hf.simulate("toggle", cells=20, times=[0, 1, 2])
    linear = hf.fit(cells, field="linear", method="ot-cfm", effort=0.01)
    hf.laws(linear, parents=1, members=0)
    with pytest.raises(UnsupportedError, match="Boolean reading"):
        hf.export(linear, "bnet", tmp_path / "laws.bnet")
