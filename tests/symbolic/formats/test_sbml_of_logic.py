"""SBML of logic laws: another simulator has the field's right-hand side, floor and proteins too."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hillflow._version import __version__
from hillflow.data import Snapshots
from hillflow.fields.with_protein import WithProtein
from hillflow.model import Fit
from hillflow.symbolic import read_laws, write_sbml
from hillflow.symbolic.read_laws import laws_of_member

from ...logic_laws import GENES, logic_member

pytest.importorskip("libsbml")
roadrunner = pytest.importorskip("roadrunner")
STATES = np.random.default_rng(3).uniform(0.0, 1.5, (6, 8))


@pytest.mark.parametrize("source", ["member", "laws"])
@pytest.mark.parametrize("proteins", [False, True])
def test_the_right_hand_side_is_the_fields(tmp_path, source, proteins):
    member = logic_member(spread=0.4, proteins=proteins)
    with torch.no_grad():
        member.field.top.mul_(200)  # floors of 0.16 to 0.24, which matter
    written = member if source == "member" else laws_of_member(member)
    model = roadrunner.RoadRunner(str(write_sbml(written, tmp_path / "laws.xml")))
    named = {"GATA1": 0, "SPI1": 1, "g_NKX2_5": 2, "targets": 3}
    named |= {f"protein_{sid}": 4 + k for sid, k in named.items()} if proteins else {}
    named.pop("protein_g_NKX2_5", None)  # it regulates nothing
    rules = model.getRateRuleIds()
    assert set(rules) == set(named)
    field = member.field
    if proteins:
        field = WithProtein(field, member.heads.protein())
    width = 8 if proteins else 4
    with torch.no_grad():
        expected = field(None, torch.from_numpy(STATES[:, :width])).numpy()
    for state, rates in zip(STATES, expected, strict=True):
        for sid, k in named.items():
            model[f"[{sid}]"] = float(state[k])
        wanted = [rates[named[sid]] for sid in rules]
        np.testing.assert_allclose(model.getRatesOfChange(), wanted, rtol=1e-6, atol=1e-6)


def test_the_notes_say_what_the_file_is(tmp_path):
    libsbml = pytest.importorskip("libsbml")
    fit = Fit(tuple(logic_member(seed, 0.2, proteins=True) for seed in range(3)))
    x = np.random.default_rng(2).uniform(0.05, 1.4, (30, 4))
    cells = Snapshots.from_arrays(x, np.repeat([0.0, 1.0, 2.0], 10), GENES, unit="h")
    member, laws = fit[0], read_laws(fit, cells)
    for source, origin in (
        (laws, "The laws are those of the first of 3 members; predictions of the fit are of all"),
        (member, "The equations are the field logic of one member of a fit."),
        (member.field, "The equations are the field logic."),
    ):
        path = write_sbml(source, tmp_path / "laws.xml", time_unit="h")
        document = libsbml.readSBML(str(path))
        document.checkConsistency()
        assert not document.getNumErrors(libsbml.LIBSBML_SEV_ERROR)
        notes = document.getModel().getNotesString()
        assert f"Written by hillflow {__version__}." in notes
        assert origin in notes
        assert "Noise is left out: these equations give the path without noise" in notes
        assert "Time is in h and rates are in 1/h" in notes
    assert "NKX2-5 (GATA1 3 of 3" in write_sbml(laws, tmp_path / "laws.xml").read_text()


def test_the_decay_and_names_are_kept(tmp_path):
    libsbml = pytest.importorskip("libsbml")
    path = write_sbml(logic_member(proteins=True), tmp_path / "laws.xml")
    model = libsbml.readSBML(str(path)).getModel()
    names = [model.getSpecies(k).getName() for k in range(model.getNumSpecies())]
    assert names[:4] == list(GENES)
    assert set(names[4:]) == {"GATA1 protein", "SPI1 protein", "targets protein"}
    assert model.getParameter("turnover_GATA1").getValue() == pytest.approx(0.5)
    assert model.getTimeUnits() == "time_unit"
