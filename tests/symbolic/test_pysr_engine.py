"""PySR, against a stand-in of the same contract: it needs Julia, which is not here."""

from __future__ import annotations

import sys
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
import sympy

from hillflow.errors import HillflowWarning, InputError, MissingPackageError
from hillflow.symbolic import LawProblem, make_engine
from hillflow.symbolic.pysr_engine import PySREngine

CALLS: list[dict] = []


class StandIn:
    """PySRRegressor as far as it is used: keywords, fit, `equations_`, `sympy`."""

    def __init__(self, *, guesses=None, **options):
        self.guesses = guesses
        CALLS.append({"guesses": guesses, **options})

    def fit(self, x, y, variable_names=None, weights=None):
        CALLS[-1] |= {"shape": x.shape, "names": variable_names, "weights": weights}
        first = sympy.Symbol(variable_names[0])  # without assumptions, as sympy's parser has it
        self._found = [sympy.Float(y.mean()), first, 0.49 / (0.49 + first**2), sympy.sin(first)]
        self.equations_ = pd.DataFrame(
            {"complexity": [1, 1, 7, 2], "loss": 0.0, "equation": map(str, self._found)}
        )
        return self

    def sympy(self, row):
        return self._found[row]


class Old(StandIn):
    """As before version 2: no guesses."""

    def __init__(self, **options):
        assert "guesses" not in options
        super().__init__(**options)


Old.__signature__ = __import__("inspect").Signature()


@pytest.fixture
def problem() -> LawProblem:
    x = np.random.default_rng(0).uniform(0, 2, (60, 2))
    return LawProblem("G", ("S", "NKX2-5"), x, 0.49 / (0.49 + x[:, 0] ** 2))


@pytest.fixture
def pysr(monkeypatch):
    """Put a stand-in where the package would be."""

    def install(regressor: type) -> None:
        module = ModuleType("pysr")
        module.PySRRegressor = regressor
        monkeypatch.setitem(sys.modules, "pysr", module)
        monkeypatch.setattr("hillflow.symbolic.pysr_engine.find_spec", lambda name: True)
        CALLS.clear()

    return install


def test_formulas_come_back_as_laws_of_the_genes(pysr, problem):
    pysr(StandIn)
    engine = make_engine("pysr", iterations=7, guesses=False, settings={"maxsize": 12})
    told = []
    (front,) = engine.fit([problem], seed=5, progress=lambda *now: told.append(now))
    assert front.best.text() == "dG/dt = 0.49/(0.49 + S**2)"
    assert front.best.error < 1e-12
    assert front.best.structure == "free -S"
    assert all("sin" not in law.text() for law in front)  # no function of ours: left out
    (call,) = CALLS
    assert call["niterations"] == 7
    assert call["maxsize"] == 12  # the user's before ours
    assert call["random_state"] == 5
    assert call["names"] == ["x0", "x1"]
    assert call["shape"] == (60, 2)
    assert call["guesses"] is None
    assert told == [("pysr", 1, 1)]


def test_the_template_engines_laws_are_handed_over(pysr, problem):
    pysr(StandIn)
    make_engine("pysr").fit([problem])
    (call,) = CALLS
    assert call["guesses"]
    assert any("x0^" in guess for guess in call["guesses"])
    assert not any("S" in guess or "**" in guess for guess in call["guesses"])


def test_a_pysr_without_guesses_is_told_apart(pysr, problem):
    pysr(Old)
    with pytest.warns(HillflowWarning, match="takes no guesses"):
        make_engine("pysr").fit([problem])


def test_weights_are_passed_on(pysr, problem):
    pysr(StandIn)
    weighted = LawProblem("G", problem.parents, problem.x, problem.y, weights=np.full(60, 2.0))
    make_engine("pysr", guesses=False).fit([weighted])
    np.testing.assert_allclose(CALLS[0]["weights"], 1.0)  # as the problem normalises them


def test_what_to_install_where_it_is_not_or_julia_is_not(monkeypatch, problem):
    monkeypatch.setattr("hillflow.symbolic.pysr_engine.find_spec", lambda name: None)
    assert "Julia" in str(PySREngine().available())
    with pytest.raises(MissingPackageError, match="let it fetch Julia"):
        PySREngine().fit([problem])

    class NoJulia:
        def find_spec(self, name, path=None, target=None):
            if name == "pysr":
                raise Exception("could not fetch Julia")  # as its import does

    monkeypatch.setattr("hillflow.symbolic.pysr_engine.find_spec", lambda name: True)
    monkeypatch.delitem(sys.modules, "pysr", raising=False)
    monkeypatch.setattr(sys, "meta_path", [NoJulia(), *sys.meta_path])
    with pytest.raises(MissingPackageError, match="could not fetch Julia"):
        PySREngine(guesses=False).fit([problem])
    with pytest.raises(InputError, match="1 iteration or more"):
        PySREngine(iterations=0)


def test_pysr_is_not_imported_with_the_package():
    import hillflow.symbolic.pysr_engine  # noqa: F401

    assert "pysr" not in sys.modules
