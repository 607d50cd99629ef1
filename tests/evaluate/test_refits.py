"""Members' own graphs are read off as the ensemble's was, or it is said why they are not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hillflow.causal import graph
from hillflow.data import Snapshots
from hillflow.evaluate import ValidationSetting, validate
from hillflow.evaluate.refits import refits_of
from hillflow.model import Fit
from hillflow.networks import Network
from hillflow.results import Run, fit_run
from hillflow.results.subject import subject_of_run
from hillflow.train import Setting, train

GENES = tuple("ABCD")
REFERENCE = Network.from_columns(["A", "A", "B"], ["B", "C", "D"], sign=[1, -1, 1])
QUICK = ValidationSetting(draws=9, baselines=())


def cells() -> Snapshots:
    random = np.random.default_rng(0)
    return Snapshots.from_arrays(
        random.uniform(size=(90, 4)), np.repeat([0.0, 1.0, 2.0], 30), GENES, unit="h"
    )


def ensemble(out: Path | None = None, *, members: int = 3, bootstrap: bool = True) -> Fit:
    setting = Setting(effort=0.02, bootstrap=bootstrap)
    return fit_run("linear", cells(), members=members, out=out, setting=setting).fit


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> tuple[Fit, Path]:
    out = tmp_path_factory.mktemp("refits") / "run"
    return ensemble(out), out


def test_the_members_average_to_the_graph(three) -> None:
    found = graph(three[0], cells())
    refits, why = refits_of(three[0].members, found, cells())
    assert why == ""
    assert len(refits) == 3
    mean = pd.concat([one.edges for one in refits]).groupby(["source", "target"])["weight"].mean()
    whole = found.edges.set_index(["source", "target"])["weight"]
    np.testing.assert_allclose(mean.to_numpy(), whole.loc[mean.index].to_numpy(), rtol=1e-6)


def test_the_readout_of_a_written_graph_is_recognised(three, tmp_path: Path) -> None:
    asked = graph(three[0], cells(), "jacobian")
    read = Network.load(asked.save(tmp_path / "edges.csv"), GENES)
    first, _ = refits_of(three[0].members, read, cells())
    second, _ = refits_of(three[0].members, asked, cells())
    for one, other in zip(first, second, strict=True):
        pd.testing.assert_frame_equal(one.edges, other.edges)
    read.edges["weight"] *= 2.5
    none, why = refits_of(three[0].members, read, cells())
    assert none == ()
    assert "no readout of the fit" in why
    assert "--readout jacobian" in why


@pytest.mark.parametrize(
    ("readout", "named"), [("law", "--readout weight"), ("consensus", "--readout jacobian")]
)
def test_of_a_network_that_regressions_joined_the_advice_can_be_followed(readout, named) -> None:
    field = "logic" if readout == "law" else "linear"
    fit = train(field, cells(), members=2, setting=Setting(effort=0.01, bootstrap=True))
    refits, why = refits_of(fit.members, graph(fit, cells(), readout), cells())
    assert refits == ()
    assert named in why
    advised = graph(fit, cells(), named.removeprefix("--readout "))
    assert refits_of(fit.members, advised, cells())[1] == ""


def test_of_the_strongest_edges_alone_there_is_no_interval(three) -> None:
    few = graph(three[0], cells()).select(top=5)
    refits, why = refits_of(three[0].members, few, cells())
    assert refits == ()
    assert "without --top" in why


def test_of_a_network_that_others_joined_there_is_no_interval(three) -> None:
    other = train("linear", cells(), members=2, seed=7, setting=Setting(effort=0.02))
    joint = graph(Fit.of(three[0], other), cells())
    refits, why = refits_of(three[0].members, joint, cells())
    assert refits == ()
    assert "includes other runs" in why


def test_a_run_and_an_ensemble_have_an_interval_over_cells(three) -> None:
    fitted, out = three
    of_run = validate(subject_of_run(Run.open(out)), REFERENCE, setting=QUICK)
    assert "from 3 refits to resampled cells" in of_run.summary()
    one = of_run.over_cells.scores["ap"]
    assert len(one.values) == 3
    assert one.low < one.mean < one.high
    of_ensemble = validate(fitted, REFERENCE, data=cells(), setting=QUICK)
    np.testing.assert_allclose(of_ensemble.over_cells.scores["ap"].values, one.values)
    # linear: AP of each member is that of validating it alone
    alone = validate(fitted.members[1], REFERENCE, data=cells(), setting=QUICK)
    assert alone.scores is not None
    assert alone.scores.ap == pytest.approx(one.values[1])


def test_a_graph_cut_short_is_remarked_on(three) -> None:
    graph(three[0], cells()).select(top=9).save(three[1] / "edges.csv")
    found = validate(subject_of_run(Run.open(three[1])), REFERENCE, setting=QUICK)
    (three[1] / "edges.csv").unlink()
    assert "edges.csv lists 9 of 16 pairs" in found.summary()
    assert "edges.csv of the run run" in found.subject


def test_why_there_is_none(three) -> None:
    def words(fitted: object) -> str:
        return validate(fitted, REFERENCE, data=cells(), setting=QUICK).over_cells.description

    assert "one member; fit with ensemble=10 (--ensemble 10)" in words(three[0].members[0])
    assert "differ only by seed" in words(ensemble(members=2, bootstrap=False))
    assert "a single network" in words(graph(three[0], cells()))
    given = validate(three[0], REFERENCE, data=cells(), prior=REFERENCE, setting=QUICK)
    assert given.over_cells.description == "no interval over cells: there is no score"
