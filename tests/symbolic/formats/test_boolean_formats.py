"""`.bnet` and SBML-qual, read back by other tools: the same fixed points as the rules."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hillflow._version import __version__
from hillflow.data import Snapshots
from hillflow.errors import InputError, UnsupportedError
from hillflow.model import Fit
from hillflow.symbolic import Laws, ParetoFront, read_laws, write_bnet, write_sbml_qual

from ...logic_laws import GENES, logic_member
from .test_sbml import law

SAFE = {"GATA1": "GATA1", "SPI1": "SPI1", "NKX2-5": "g_NKX2_5", "targets": "g_targets"}
X = np.random.default_rng(2).uniform(0.05, 1.4, (90, 4))
CELLS = Snapshots.from_arrays(X, np.repeat([0.0, 1.0, 2.0], 30), GENES, unit="h", scale="log1p")


@pytest.fixture(scope="module")
def laws() -> Laws:
    return read_laws(logic_member(), CELLS)


def test_bnet_is_one_line_a_gene(laws, tmp_path):
    lines = write_bnet(laws, tmp_path / "laws.bnet").read_text().splitlines()
    assert lines == [
        "targets, factors", f"# Written by hillflow {__version__}.",
        "# The laws are the fitted model itself.",
        "# g_NKX2_5: 'NKX2-5'", "# g_targets: 'targets'",
        "GATA1, GATA1 & !SPI1", "SPI1, SPI1", "g_NKX2_5, g_targets | GATA1 & !SPI1",
        "g_targets, 1",
    ]  # fmt: skip


def test_bnet_says_of_which_member_and_which_rules_are_fragile(tmp_path):
    members = [logic_member(seed, 0.1) for seed in range(3)]
    rows = np.repeat([0.02, 0.01, 0.95, 0.5], 2)
    members[0].field.table.data[0] = torch.from_numpy(rows).logit()
    members[1].field.drop_(0, 1, torch.from_numpy(X))
    laws = read_laws(Fit(tuple(members)), CELLS)
    text = write_bnet(laws, tmp_path / "laws.bnet").read_text()
    assert (
        "# The laws are those of the first of 3 members; predictions of the fit are of all" in text
    )
    assert "# Members that have each regulator: GATA1 (GATA1 3 of 3, SPI1 2 of 3);" in text
    assert "# GATA1: the rule is fragile, near the cut with GATA1 and SPI1 on" in text
    assert "model itself" not in text


@pytest.mark.parametrize("form", ["bnet", "sbml"])
def test_aeon_finds_the_same_fixed_points(laws, tmp_path, form):
    aeon = pytest.importorskip("biodivine_aeon")
    if form == "bnet":
        read = aeon.BooleanNetwork.from_file(str(write_bnet(laws, tmp_path / "laws.bnet")))
        safe = SAFE
    else:
        read = aeon.BooleanNetwork.from_file(str(write_sbml_qual(laws, tmp_path / "laws.sbml")))
        safe = dict(zip(GENES, ("GATA1", "SPI1", "NKX2_5", "targets"), strict=True))
    graph = aeon.AsynchronousGraph(read)
    names = [read.get_variable_name(variable) for variable in read.variables()]
    found = {
        tuple(sorted(name for name in names if vertex[name]))
        for vertex in aeon.FixedPoints.symbolic(graph).vertices()
    }
    assert found == {
        tuple(sorted(safe[gene] for gene in state)) for state in laws.boolean().fixed_points()
    }


def test_qual_is_valid_and_keeps_names(laws, tmp_path):
    libsbml = pytest.importorskip("libsbml")
    document = libsbml.readSBML(str(write_sbml_qual(laws, tmp_path / "laws.xml")))
    assert document.checkConsistency() == 0
    assert "The laws are the fitted model itself." in document.getModel().getNotesString()
    qual = document.getModel().getPlugin("qual")
    species = [qual.getQualitativeSpecies(k) for k in range(4)]
    assert [each.getName() for each in species] == list(GENES)
    on = [laws.initial[gene] > laws.boolean()[gene].level for gene in GENES]
    assert [each.getInitialLevel() for each in species] == on
    rule = qual.getTransition(2)
    formula = libsbml.formulaToL3String(rule.getFunctionTerm(0).getMath())
    assert formula == "(targets == 1) || ((GATA1 == 1) && (SPI1 == 0))"
    signs = [rule.getInput(k).getSign() for k in range(3)]
    positive, negative = libsbml.INPUT_SIGN_POSITIVE, libsbml.INPUT_SIGN_NEGATIVE
    assert signs == [positive, positive, negative]
    assert qual.getTransition(3).getDefaultTerm().getResultLevel() == 1


def test_other_laws_have_no_rules(tmp_path):
    plain = law("A", "0.5", 1.0)
    with pytest.raises(UnsupportedError, match="logic laws"):
        write_bnet(Laws({"A": ParetoFront("A", [plain])}), tmp_path / "a.bnet")
    with pytest.raises(InputError, match=r"\.bnet"):
        write_bnet(Laws({"A": ParetoFront("A", [plain])}), tmp_path / "a.txt")
    assert not list(tmp_path.iterdir())
