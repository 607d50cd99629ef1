"""SBML: another simulator follows the same trajectories; names, units and bounds survive."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from hillflow.errors import InputError, MissingPackageError, UnsupportedError
from hillflow.fields import VectorField, make_field
from hillflow.solve import trajectory
from hillflow.symbolic import Law, Laws, ParetoFront, SymbolicField, complexity, parse
from hillflow.symbolic.formats.sbml import identifiers, write_sbml

libsbml = pytest.importorskip("libsbml")
roadrunner = pytest.importorskip("roadrunner")
START = (0.4, 0.5, 1.0)


def law(gene: str, formula: str, decay: float | None) -> Law:
    production = parse(formula)
    parents = tuple(sorted(level.name for level in production.free_symbols))
    return Law(
        gene, production, parents, decay, (), "free", "by hand", complexity(production), 0.0,
        None, None, 0.0,
    )  # fmt: skip


def system(*laws: Law) -> Laws:
    fronts = {law.gene: ParetoFront(law.gene, [law]) for law in laws}
    return Laws(fronts, "h", initial=dict(zip(fronts, START, strict=False)))


RING = system(
    law("NKX2-5", "0.1 + 1.5*0.216/(0.216 + time**3.25)", 0.8),
    law("7157", "0.1 + 1.2*`NKX2-5`**2.0/(0.49 + `NKX2-5`**2.0)", 1.0),
    law("time", "0.05 + exp(-1.5*`7157`)*log(2 + `7157`)", 0.6),
)


def simulated(path: Path, times: np.ndarray) -> tuple[list[str], np.ndarray]:
    model = roadrunner.RoadRunner(str(path))
    model.integrator.relative_tolerance = 1e-10
    model.integrator.absolute_tolerance = 1e-12
    table = model.simulate(float(times[0]), float(times[-1]), len(times))
    return list(table.colnames[1:]), np.asarray(table)[:, 1:]


def ours(field: VectorField, times: np.ndarray, start=START) -> np.ndarray:
    x0 = torch.tensor([start], dtype=torch.float64)
    with torch.no_grad():
        path = trajectory(field, x0, times.tolist(), solver="rk4", steps=40)
    return path[:, 0].numpy()


def test_laws_are_simulated_alike_by_roadrunner(tmp_path):
    times = np.linspace(0, 12, 13)
    columns, states = simulated(write_sbml(RING, tmp_path / "ring.xml"), times)
    np.testing.assert_allclose(states, ours(SymbolicField(RING), times), rtol=1e-6)
    assert columns == ["[g_NKX2_5]", "[g_7157]", "[g_time]"]


def test_a_hill_field_is_exported_as_it_is_its_floor_included(tmp_path):
    field = make_field("hill", ("A", "B", "C"), seed=3, floor=0.3, dtype=torch.float64)
    with torch.no_grad():
        field.strength.mul_(20)
        field.log_threshold.add_(torch.tensor([-0.5, 0.2, 0.4]))
    times, start = np.linspace(0, 8, 9), (0.05, 2.0, 0.0)
    path = write_sbml(field, tmp_path / "hill.sbml", initial=start)
    _, states = simulated(path, times)
    expected = ours(field, times, start)
    assert (expected[:, 0] < 0.3).any()  # the floor matters
    np.testing.assert_allclose(states, expected, rtol=1e-4, atol=1e-6)


def test_productions_are_cut_where_the_field_cuts_them(tmp_path):
    laws = system(law("A", "1 - B", 0.5), law("B", "0.5", 0.1), law("C", "1 - C", None))
    times = np.linspace(0, 10, 11)
    path = write_sbml(laws, tmp_path / "cut.xml", initial={"A": 1.0, "C": 3.0})
    expected = ours(laws.field(), times, (1.0, 0.0, 3.0))
    assert expected[-1, 0] < expected[3, 0]  # B above 1: no production of A, rather than less
    _, states = simulated(path, times)
    np.testing.assert_allclose(states, expected, rtol=1e-4)


def test_names_and_units_are_kept(tmp_path):
    document = libsbml.readSBML(str(write_sbml(RING, tmp_path / "ring.xml", name="a ring")))
    assert document.getNumErrors() == 0
    model = document.getModel()
    assert model.getName() == "a ring"
    species = [model.getSpecies(k) for k in range(3)]
    assert [kind.getName() for kind in species] == ["NKX2-5", "7157", "time"]
    assert [kind.getInitialConcentration() for kind in species] == list(START)
    unit = model.getUnitDefinition(model.getTimeUnits()).getUnit(0)
    assert unit.isSecond()
    assert unit.getMultiplier() == 3600
    assert model.getParameter("gamma_g_time").getValue() == 0.6
    odd = libsbml.readSBML(str(write_sbml(RING, tmp_path / "odd.xml", time_unit="pseudotime")))
    assert odd.getModel().getTimeUnits() == "dimensionless"


def test_a_part_of_the_system_stands_by_itself(tmp_path):
    """Levels are known for all genes of the model; those without a law are left out."""
    alone = system(law("A", "0.5", 1.0))
    alone.initial["B"] = 2.0
    names, _ = simulated(write_sbml(alone, tmp_path / "a.xml"), np.linspace(0, 1, 3))
    assert names == ["[A]"]


@given(
    st.lists(
        st.one_of(
            st.sampled_from(["S", "pi", "Time", "exp", "log", "cell", "NKX2-5", "NKX2_5", "g_S",
                             "inf", "a b", "7157", "a&b<c>", "true", "avogadro", "time_unit"]),
            st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=6),
        ),
        min_size=1, max_size=8, unique=True,
    )
)  # fmt: skip
def test_identifiers_are_valid_and_different(names):
    sids = identifiers(names)
    assert list(sids) == names
    assert len(set(sids.values())) == len(names)
    for name, sid in sids.items():
        assert libsbml.SyntaxChecker.isValidSBMLSId(sid)
        assert libsbml.parseL3Formula(sid).getType() == libsbml.AST_NAME
        assert sid in (name, *[other for other in sids.values() if other.startswith("g_")])


def test_mistakes(tmp_path, monkeypatch):
    with pytest.raises(UnsupportedError, match="distill the fit into laws first"):
        write_sbml(make_field("linear", ("A",)), tmp_path / "m.xml")
    with pytest.raises(InputError, match=r"ends in \.xml"):
        write_sbml(RING, tmp_path / "m.txt")
    with pytest.raises(InputError, match="3 initial levels"):
        write_sbml(RING, tmp_path / "m.xml", initial=[1.0])
    with pytest.raises(InputError, match="'x'"):
        write_sbml(RING, tmp_path / "m.xml", initial={"x": 1.0})
    with pytest.raises(InputError, match="0 or more"):
        write_sbml(RING, tmp_path / "m.xml", initial=[-1.0, 0, 0])
    assert not list(tmp_path.iterdir())
    monkeypatch.setitem(__import__("sys").modules, "libsbml", None)
    with pytest.raises(MissingPackageError, match="pip install python-libsbml"):
        write_sbml(RING, tmp_path / "m.xml")
