"""`device=` of fit, knockout and predict, and `--device`: refused early, the same numbers."""

from __future__ import annotations

import anndata
import numpy as np
import pandas as pd
import pytest

import hillflow as hf
from hillflow.errors import HillflowWarning, InputError
from hillflow.findings import collect_findings
from hillflow.results.fit_run import FINISHED

from ..pretend_device import pretend_device
from .conftest import quiet


@pytest.mark.parametrize(
    "call",
    [
        lambda run, **given: hf.fit(run.data, **given),
        lambda run, **given: hf.knockout(run, "A", **given),
        lambda run, **given: hf.predict(run, "A=ko", **given),
    ],
    ids=["fit", "knockout", "predict"],
)
def test_a_device_that_is_not_there_is_refused_before_any_work(call, run: hf.Run, monkeypatch):
    def work(*arguments, **options):
        raise AssertionError("work began")

    for name in ("_fit.read_cells", "_knockout.open_run", "_predict.open_snapshots"):
        monkeypatch.setattr(f"hillflow.workflow.{name}", work)
    with pytest.raises(InputError, match=r"a device that PyTorch .* sees here: cpu.*'graphics'"):
        call(run, device="graphics")


@pytest.mark.parametrize("others", [{"jobs": 2}, {"cluster": "local"}])
def test_processes_do_not_share_a_device(others, run: hf.Run):
    with pretend_device() as name:
        with pytest.raises(InputError, match=f"one process on the device '{name}'"):
            hf.fit(run.data, device=name, **others)
        with pytest.raises(InputError, match=f"one process on the device '{name}'"):
            hf.knockout(run, "A", device=name, **others)


def test_a_run_fitted_on_a_device_opens_and_predicts_anywhere(toggle: anndata.AnnData, tmp_path):
    options = {"field": "linear", "effort": 0.01, "seed": 2}
    here = quiet(hf.fit, toggle, **options)
    with pretend_device() as name:
        made = quiet(hf.fit, toggle, tmp_path / "run", device=name, **options)
        assert made.fit[0].provenance["device"] == name
    with (
        collect_findings() as said,
        pytest.warns(HillflowWarning),
    ):  # the same request on another device
        there = hf.fit(toggle, tmp_path / "run", resume=True, **options)
    assert FINISHED in {finding.code for finding in said}
    assert there.fit[0].provenance["device"] == name
    cells = here.data.x[:5]
    np.testing.assert_allclose(there.fit.velocity(cells), here.fit.velocity(cells), rtol=1e-3)


def test_knockouts_and_predictions_are_the_same_on_a_device(device, run: hf.Run):
    here = quiet(hf.knockout, run, "A,B"), quiet(hf.predict, run, "A=ko")
    with device() as name:
        knocked = quiet(hf.knockout, run, "A,B", device=name)
        predicted = quiet(hf.predict, run, "A=ko", device=name)
    pd.testing.assert_frame_equal(knocked.effects, here[0].effects, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(predicted.adata.X, here[1].adata.X, rtol=1e-4, atol=1e-6)
    assert {p.device.type for p in run.fit.heads.parameters()} == {"cpu"}
