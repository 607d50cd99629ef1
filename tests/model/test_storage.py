from __future__ import annotations

import json
import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hillflow.data import LinearBasis
from hillflow.errors import FileFormatError, MissingFileError, UnsupportedError
from hillflow.fields import FIELDS, CandidateEdges, make_field
from hillflow.interventions import Intervention
from hillflow.model import Fit, Member
from hillflow.objectives.heads import Heads
from hillflow.records import write_record
from hillflow.schemas import MemberRecord

from ..small_fits import GENES, Law, model_of


def shaken(module: torch.nn.Module) -> torch.nn.Module:
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for parameter in module.parameters():
            noise = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
            parameter += 0.3 * noise.to(parameter.dtype)
    return module


def candidate_edges() -> CandidateEdges:
    return CandidateEdges([0, 1, 2, 0], [1, 2, 0, 0], 3, sign=[1, -1, 0, 0], free=[0, 0, 1, 0])


def variants() -> list[tuple[str, dict]]:
    found = []
    for entry in FIELDS.values():
        found.append((entry.name, {}))
        found.append((entry.name, {"dtype": torch.float64, "seed": 7}))
        if "mask" in entry.prior:
            found.append((entry.name, {"edges": candidate_edges()}))
    extra = [
        ("hill", {"per_edge": True, "l1": 0.1, "floor": 0.01}),
        ("hill-dense", {"hidden": 3, "nonnegative": True, "multiplier": "relu"}),
        ("hill-sparse", {"units": 2, "edges": candidate_edges()}),
        ("locally-linear", {"latent": 2, "components": np.eye(3)[:, :2], "hidden": [5]}),
        ("locally-linear", {"time": False, "max_growth": 2.0}),
        ("c-node", {"hidden": [4, 5], "per_target": True, "split": False}),
        ("sparse", {"hidden": [4], "production": "linear", "time": True, "time_scale": 3.0}),
        ("mlp", {"hidden": [6], "time": True, "split": True}),
    ]
    return found + extra


@pytest.mark.parametrize(("name", "options"), variants())
def test_every_field_comes_back(name, options, tmp_path):
    heads = shaken(Heads.build(make_field(name, GENES, **options), ["score", "growth"], seed=2))
    basis = LinearBasis.fit(np.random.default_rng(0).normal(size=(9, 3)), 2)
    model = model_of(heads.field, heads, basis=basis)
    again = Member.load(model.save(tmp_path / "model"))
    state, new = heads.state_dict(), again.heads.state_dict()
    assert list(new) == list(state)
    assert all(torch.equal(new[k], state[k]) and new[k].dtype == state[k].dtype for k in state)
    assert again.field.options == json.loads(json.dumps(heads.field.options))
    assert again.heads.names == ("score", "growth")
    size = heads.field.state_size
    x = torch.rand(4, size, generator=torch.Generator().manual_seed(0)).numpy()
    np.testing.assert_array_equal(again.velocity(x, 0.5), model.velocity(x, 0.5))
    for part in ("mean", "components", "scale", "explained"):
        np.testing.assert_array_equal(getattr(again.basis, part), getattr(basis, part))
    assert (
        again.save(tmp_path / "twice").joinpath("model.safetensors").read_bytes()
        == (tmp_path / "model" / "model.safetensors").read_bytes()
    )


words = st.text(min_size=1, max_size=6).filter(
    lambda text: text == text.strip() and text.isprintable() and text != "g"
)


@settings(max_examples=20)
@given(
    st.lists(words, min_size=2, max_size=2, unique=True).map(lambda genes: [*genes, "g"]),
    words,
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(0, 2**32),
)
def test_all_else_comes_back(tmp_path_factory, genes, unit, number, seed):
    folder = tmp_path_factory.mktemp("m")
    import pandas as pd

    history = pd.DataFrame({"stage": [0.0, 1.0], "validation_loss": [number, np.nan]})
    model = model_of(
        make_field("linear", genes), time_unit=unit, seed=seed, metrics={"validation_loss": number},
        provenance={"versions": {"hillflow": "1"}, f"in {unit}": [number, None]}, history=history,
        conditions=(Intervention.control(), Intervention.clamp("g", 0.3)), times=(number, 1.0),
    )  # fmt: skip
    again = Member.load(model.save(folder))
    for name in ("genes", "time_unit", "scale", "seed", "metrics", "provenance", "conditions",
                 "times", "basis"):  # fmt: skip
        assert getattr(again, name) == getattr(model, name)
    pd.testing.assert_frame_equal(again.history, history)


@pytest.fixture
def folder(tmp_path):
    return model_of(make_field("hill", GENES)).save(tmp_path / "model")


def edited(folder, **changes):
    path = folder / "model.json"
    write_record(path, {**json.loads(path.read_text()), **changes}, MemberRecord)


@pytest.mark.parametrize("sigmas", [1, 3])
def test_one_sigma_or_one_per_gene_and_a_path_come_back(sigmas, tmp_path):
    names = ["diffusion", "potential", "path"]
    heads = shaken(Heads.build(make_field("linear", GENES), names, sigmas=sigmas))
    again = Member.load(model_of(heads.field, heads).save(tmp_path / "model")).heads
    assert again.diffusion().shape == (sigmas,)
    for name, value in heads.state_dict().items():
        assert torch.equal(again.state_dict()[name], value)


def test_pickles_are_refused_unread(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (exec, ("raise AssertionError('a pickle was read')",))

    for name in ("model.pt", "model.pkl", "model.pth", "model.PICKLE"):
        path = tmp_path / name
        path.write_bytes(pickle.dumps(Bomb()))
        with pytest.raises(FileFormatError, match="could run code"):
            Member.load(path)
    with pytest.raises(MissingFileError, match="never read"):
        Member.load(tmp_path)
    target = model_of(make_field("hill", GENES)).save(tmp_path / "model")
    (target / "model.safetensors").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(FileFormatError, match="of another fit"):
        Member.load(target)


def test_missing_parts_are_named(folder, tmp_path):
    (folder / "model.safetensors").rename(tmp_path / "elsewhere")
    with pytest.raises(MissingFileError, match=r"damaged file: model\.safetensors: missing"):
        Member.load(folder)
    (folder / "model.json").unlink()
    with pytest.raises(MissingFileError, match="an empty folder"):
        Member.load(folder)
    with pytest.raises(MissingFileError, match="nothing at"):
        Member.load(tmp_path / "nowhere")
    with pytest.raises(MissingFileError, match="the file"):
        Member.load(tmp_path / "elsewhere")


def test_a_folder_above_is_told_from_the_model(folder, tmp_path):
    with pytest.raises(MissingFileError, match=r"Run\.open"):
        Member.load(tmp_path)
    Fit((Member.load(folder),) * 2).save(tmp_path / "many")
    with pytest.raises(MissingFileError, match=r"Fit\.load"):
        Member.load(tmp_path / "many")


def test_other_versions_are_refused_by_name(folder):
    edited(folder, format="hillflow-model-9", provenance={"versions": {"hillflow": "7.1"}})
    with pytest.raises(FileFormatError, match=r"hillflow-model-9.*\(7\.1\)"):
        Member.load(folder)


def test_changed_tensors_are_refused(folder, tmp_path):
    path = folder / "model.safetensors"
    whole = path.read_bytes()
    changed = bytearray(whole)
    changed[-3] ^= 1
    path.write_bytes(changed)
    with pytest.raises(FileFormatError, match="changed, or of another fit"):
        Member.load(folder)
    path.write_bytes(whole[:-8])
    with pytest.raises(FileFormatError, match="changed, or of another fit"):
        Member.load(folder)
    other = model_of(make_field("hill", GENES, seed=1)).save(tmp_path / "other")
    path.write_bytes((other / "model.safetensors").read_bytes())
    with pytest.raises(FileFormatError, match="of another fit"):
        Member.load(folder)


def test_halves_that_do_not_fit_are_refused(folder):
    for change in ({"genes": ["A", "B"]}, {"heads": ["score"]}, {"options": {"no": 1}},
                   {"field": "linear"}, {"dtype": "float99", "times": None}):  # fmt: skip
        before = (folder / "model.json").read_text()
        edited(folder, **change)
        with pytest.raises(FileFormatError, match="damaged file: model"):
            Member.load(folder)
        (folder / "model.json").write_text(before)
    (folder / "model.json").write_text("{")
    with pytest.raises(FileFormatError, match="damaged"):
        Member.load(folder)


def test_a_field_that_no_name_rebuilds_is_not_saved(tmp_path):
    with pytest.raises(UnsupportedError, match="registered field"):
        model_of(Law()).save(tmp_path / "model")
    field = make_field("hill", GENES).do(Intervention.knockout("A"))
    with pytest.raises(UnsupportedError, match="IntervenedField"):
        model_of(field).save(tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_saving_again_replaces_both_files(folder):
    before = [(folder / name).read_bytes() for name in ("model.safetensors", "model.json")]
    model_of(make_field("hill", GENES, seed=1)).save(folder)
    after = [(folder / name).read_bytes() for name in ("model.safetensors", "model.json")]
    assert all(one != other for one, other in zip(before, after, strict=True))
    assert sorted(path.name for path in folder.iterdir()) == ["model.json", "model.safetensors"]
