"""What predicted cells say of where they come from, also after a file."""

from __future__ import annotations

import hashlib

import anndata
import numpy as np
import pandas as pd
import pytest

from hillflow import keys
from hillflow._version import __version__
from hillflow.data import Snapshots
from hillflow.errors import InputError
from hillflow.fields import make_field
from hillflow.interventions import Intervention
from hillflow.model.describe import fingerprint
from hillflow.model.member import Member
from hillflow.model.provenance import record_prediction
from hillflow.objectives.heads import Heads

GENES = ("A", "B", "C")


def model_of(seed: int, **provenance) -> Member:
    field = make_field("linear", GENES, seed=seed)
    return Member(
        heads=Heads(field), time_unit="h", scale="log1p", times=(0.0, 1.0),
        conditions=(Intervention.control(),), basis=None, seed=seed, metrics={},
        provenance={
            "method": {"name": "default", "stages": []}, "versions": {"hillflow": "1"}, "seed": 3,
            **provenance,
        }, history=pd.DataFrame(),
    )  # fmt: skip


@pytest.fixture
def cells() -> Snapshots:
    """12, 15 and 18 control cells at 0, 1 and 2 h."""
    counts = (12, 15, 18)
    x = np.random.default_rng(0).gamma(2.0, size=(sum(counts), 3))
    return Snapshots.from_arrays(x, np.repeat([0.0, 1.0, 2.0], counts), GENES, unit="h")


def test_a_prediction_says_what_it_was_made_by_and_from(cells, tmp_path):
    model = model_of(7)
    adata = model.predict(cells, "B=clamp:2,A=ko", start=1.0).to_anndata()
    written = record_prediction(adata, cells, model, start=1.0)
    assert written == tuple(f"uns['hillflow']['{key}']" for key in (
        "prediction", "params", "version",
    ))  # fmt: skip
    adata.write_h5ad(tmp_path / "predicted.h5ad")
    kept = anndata.read_h5ad(tmp_path / "predicted.h5ad").uns[keys.UNS]
    source = kept[keys.PREDICTION]
    assert source[keys.PERTURBATION] == "A=knockout,B=clamp:2"
    assert (source[keys.START_TIME], source[keys.START_CELLS]) == (1.0, 15)
    assert not source[keys.ABSOLUTE]
    assert source[keys.DATA] == fingerprint(cells)
    saved = (model.save(tmp_path / "model") / "model.safetensors").read_bytes()
    assert list(source[keys.MODELS]) == [hashlib.sha256(saved).hexdigest()]
    assert (kept[keys.PARAMS]["field"], kept[keys.PARAMS]["seed"]) == ("linear", 7)
    assert (kept[keys.VERSION], kept[keys.TIME_UNIT]) == (__version__, "h")


def test_models_and_data_are_told_apart_and_known_again(cells, tmp_path):
    models = [model_of(seed, ensemble={"seed": 3}) for seed in (0, 1)]
    adata = models[0].predict(cells, "A=ko").to_anndata()
    record_prediction(adata, cells, *models)
    first = adata.uns[keys.UNS]
    assert len(set(first[keys.PREDICTION][keys.MODELS])) == 2
    assert (first[keys.PARAMS]["members"], first[keys.PARAMS]["seed"]) == (2, 3)
    again = [Member.load(model.save(tmp_path / str(model.seed))) for model in models]
    record_prediction(adata, cells.take(np.arange(40)), *again)
    second = adata.uns[keys.UNS][keys.PREDICTION]
    np.testing.assert_array_equal(second[keys.MODELS], first[keys.PREDICTION][keys.MODELS])
    assert second[keys.DATA] != first[keys.PREDICTION][keys.DATA]


def test_several_perturbations_are_no_prediction(cells):
    model = model_of(0)
    each = [model.predict(cells, name).to_anndata() for name in ("A=ko", "B=ko")]
    with pytest.raises(InputError, match="before you join them"):
        record_prediction(anndata.concat(each, index_unique="-"), cells, model)
    with pytest.raises(InputError, match="found none"):
        record_prediction(anndata.AnnData(cells.x), cells, model)
    with pytest.raises(InputError, match="after the snapshots"):
        record_prediction(each[0], cells)
    assert keys.PREDICTION not in each[0].uns[keys.UNS]
