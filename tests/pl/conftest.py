"""A model that is a known linear law, cells of it, and a run with every result in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from hillflow.data import Snapshots
from hillflow.interventions import Intervention
from hillflow.model import Fit, Member
from hillflow.objectives.heads import Heads
from hillflow.results import fit_run
from hillflow.train import Setting

from ..linear_law import LinearLaw, exact_flow

GENES = ("NKX2-5", "a&b<c>", "NA", "7157")  # a name may look like markup, or like nothing
TIMES = (0.0, 1.0, 3.0)
# ẋ = W x + b − x: a chain, with a brake at its end
WEIGHTS = np.array([[0, 0, 0, 0], [1.0, 0, 0, 0], [0, 0.8, 0, 0], [-0.5, 0, 0, 0]])
OFFSET, RATE = np.array([0.5, 0.1, 0.2, 1.5]), np.ones(4)


class Chain(LinearLaw):
    """The law above."""

    name = "chain"
    keeps_orthant = False

    def __init__(self, scale: float = 1.0) -> None:
        super().__init__(GENES, WEIGHTS * scale, OFFSET, RATE)


def exact(start: np.ndarray, time: float) -> np.ndarray:
    """The flow of the law."""
    return exact_flow(start, time, WEIGHTS, OFFSET, RATE)


def chain_cells(each: int = 40) -> Snapshots:
    random = np.random.default_rng(0)
    x = [exact(1 + 0.3 * random.normal(size=(each, 4)), time) for time in TIMES] * 2
    done = np.repeat(["control", "NKX2-5=ko"], 3 * each)
    labels = np.where(np.concatenate(x)[:, 2] > 0.9, "late", "early")
    return Snapshots.from_arrays(
        np.concatenate(x).clip(0), np.tile(np.repeat(TIMES, each), 2), GENES, done,
        unit="h", scale="log1p", labels=labels,
    )  # fmt: skip


def chain_model(scale: float = 1.0) -> Member:
    return Member(
        heads=Heads(Chain(scale)).eval(), time_unit="h", scale="log1p", times=TIMES,
        conditions=(Intervention.control(),), basis=None, seed=3, metrics={}, provenance={},
        history=pd.DataFrame({"stage": [0.0], "validation_loss": [np.nan]}),
    )  # fmt: skip


@pytest.fixture(autouse=True)
def close_figures() -> Iterator[None]:
    """pyplot keeps every figure until it is closed."""
    yield
    plt.close("all")


@pytest.fixture(scope="session")
def cells() -> Snapshots:
    return chain_cells()


@pytest.fixture(scope="session")
def model() -> Member:
    return chain_model()


@pytest.fixture(scope="session")
def members() -> Fit:
    return Fit(tuple(chain_model(scale) for scale in (0.9, 1.0, 1.1)))


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory, cells: Snapshots) -> Path:
    """A run that nothing has been asked of."""
    folder = tmp_path_factory.mktemp("report") / "bare"
    fit_run("linear", cells, members=2, setting=Setting(effort=0.02), out=folder)
    return folder


@pytest.fixture(scope="session")
def filled(bare: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same run with its graph, perturbations, laws and validation."""
    import shutil

    from hillflow.causal import graph, knockout, stable_states
    from hillflow.evaluate import ValidationSetting, validate
    from hillflow.networks import Network
    from hillflow.results import Run
    from hillflow.results.subject import subject_of_run
    from hillflow.symbolic import Law, Laws, Parameter, ParetoFront, parse

    folder = tmp_path_factory.mktemp("filled") / "chain"
    shutil.copytree(bare, folder)
    run = Run.open(folder)
    found = graph(run.fit, run.data)
    found.save(folder / "edges.csv")
    knockout(run.fit, ["NKX2-5", "a&b<c>", "NA"], run.data, graph=found).save(
        folder / "knockouts.csv"
    )
    stable_states(chain_model(), run.data, ["NA=ko"]).save(folder / "scm.json")
    law = Law(
        gene="a&b<c>", production=parse("0.1 + 1.5*`NKX2-5`**2.0/(0.3 + `NKX2-5`**2.0)"),
        parents=("NKX2-5",), decay=1.0, parameters=(Parameter("K", 0.5, 0.4, 0.7),),
        family="hill", engine="template", complexity=9, error=0.05, error_off=0.1,
        error_left_out=None, bic=-80.0, agreement=1.0,
        flags=("K lies <outside> the data",), signs=(1,),
    )  # fmt: skip
    Laws({law.gene: ParetoFront(law.gene, [law])}, "h").save(folder / "laws.json")
    reference = Network.from_columns(
        ["NKX2-5", "a&b<c>", "NKX2-5"], ["a&b<c>", "NA", "7157"], sign=[1, 1, -1],
        evidence=["12345678", "", ""], name="known",
    )  # fmt: skip
    subject = subject_of_run(run)
    validate(subject, reference, setting=ValidationSetting(draws=9)).save(
        folder / "validation.json"
    )
    return folder
