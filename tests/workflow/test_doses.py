"""Followed units with doses: fit, save, open, and predict other doses and other units."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import hillflow as hf
from hillflow.cli import main
from hillflow.errors import InputError, UnsupportedError
from hillflow.objectives import Match, Stage, make_method
from hillflow.objectives.match import Shooting

TIMES = np.array([0.0, 1.0, 2.0, 4.0, 8.0])
UNITS = [f"u{k}" for k in range(4)]
AMOUNTS = [1.0, 2.0, 3.0, 4.0]


def doses(units: list[str], amounts: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"unit": units, "time": 0.0, "input": "tablet", "amount": amounts})


@pytest.fixture(scope="module")
def units():
    """A depot that empties at rate 1 into blood, which empties at 0.3."""
    curve = (np.exp(-0.3 * TIMES) - np.exp(-TIMES)) / 0.7
    levels = np.array(AMOUNTS)[:, None, None] * curve[None, :, None]
    return hf.Trajectories.from_arrays(levels, TIMES, ["blood"], UNITS, unit="h").to_anndata()


@pytest.fixture(scope="module")
def run(units, tmp_path_factory):
    folder = tmp_path_factory.mktemp("doses") / "run"
    stage = Stage(Match(Shooting()), steps=250, cells=32, rate=1e-1)
    ages = pd.DataFrame({"unit": UNITS, "age": [60.0, 40.0, 70.0, 50.0]})
    return hf.fit(
        units, folder, series="series", inputs=doses(UNITS, AMOUNTS), covariates=ages,
        field="linear", method=replace(make_method("phoenix"), stages=(stage,)),
    )  # fmt: skip


def levels(prediction) -> np.ndarray:
    x = prediction.adata.to_df()["blood"].to_numpy()
    return x.reshape(-1, len(TIMES))


def test_an_opened_run_predicts_another_dose(run) -> None:
    other = hf.predict(hf.Run.open(run.path), inputs=doses(["u1"], [6.0]))
    assert other.adata.obs["series"].unique().tolist() == ["u1"]
    curve = 6 * (np.exp(-0.3 * TIMES) - np.exp(-TIMES)) / 0.7
    assert levels(other)[0] == pytest.approx(curve, abs=0.25)  # of at most 2.8
    assert [row["time"] for row in other.populations] == TIMES[1:].tolist()


def test_new_units_start_at_the_mean_and_need_their_covariates(run) -> None:
    table = doses(["new"], [2.0])
    with pytest.raises(InputError, match="covariates of the new units"):
        hf.predict(run, inputs=table)
    predicted = hf.predict(run, inputs=table, covariates={"unit": ["new"], "age": [50.0]})
    same = hf.predict(run, inputs=doses(["u1"], [2.0]))
    assert levels(predicted) == pytest.approx(levels(same), abs=1e-5)
    both = doses(["new", "u1"], [1.0, 1.0])
    with pytest.raises(InputError, match="or new ones"):
        hf.predict(run, inputs=both)


def test_nothing_acts_on_what_is_given(run) -> None:
    edges = run.fit.members[0].field.edges
    assert set(edges.target.tolist()) == {0}
    assert set(edges.source.tolist()) == {0, 1, 2}


def test_the_command_line_reads_the_same_tables(run, units, tmp_path) -> None:
    units.write_h5ad(tmp_path / "units.h5ad")
    doses(UNITS, AMOUNTS).to_csv(tmp_path / "doses.csv", index=False)
    assert main([
        "fit", str(tmp_path / "units.h5ad"), "--series", "series", "--inputs",
        str(tmp_path / "doses.csv"), "--field", "linear", "--method", "phoenix", "--effort",
        "0.01", "--out", str(tmp_path / "run"),
    ]) == 0  # fmt: skip
    assert main([
        "predict", str(tmp_path / "run"), "--inputs", str(tmp_path / "doses.csv"), "--out",
        str(tmp_path / "predicted.h5ad"),
    ]) == 0  # fmt: skip
    assert (tmp_path / "predicted.h5ad").is_file()


def test_wrong_calls_are_refused(run, units) -> None:
    table = doses(UNITS, AMOUNTS)
    with pytest.raises(InputError, match="one without the others"):
        hf.fit(units, inputs=table)
    with pytest.raises(UnsupportedError, match="linear decay, for units with doses"):
        hf.fit(units, series="series", inputs=table, field="mlp")
    with pytest.raises(UnsupportedError, match="no option of snapshots"):
        hf.predict(run, inputs=table, cautious=True)
    plain = hf.fit(units, series="series", field="linear", effort=0.01)
    with pytest.raises(UnsupportedError, match="a run on series with doses"):
        hf.predict(plain, inputs=table)
