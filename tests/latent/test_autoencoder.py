"""The geodesic autoencoder keeps lengths along a rolled sheet, and finds the way back."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from hillflow.data import LinearBasis
from hillflow.errors import FileFormatError, InputError, MissingFileError
from hillflow.findings import collect_findings
from hillflow.latent import GeodesicAutoencoder

GENES = ("A", "B", "C")


def roll(cells: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A sheet rolled up to a spiral, [cells, 3], and the cells' places on it, [cells, 2]."""
    random = np.random.default_rng(seed)
    angle, across = 1.5 * np.pi * (1 + 2 * random.random(cells)), 21 * random.random(cells)
    x = np.stack([angle * np.cos(angle), across, angle * np.sin(angle)], axis=1)
    arc = (angle * np.sqrt(1 + angle**2) + np.arcsinh(angle)) / 2
    return x + 0.1 * random.normal(size=x.shape), np.stack([arc, across], axis=1)


def correlation(z: np.ndarray, place: np.ndarray) -> float:
    return float(np.corrcoef(pdist(z), pdist(place))[0, 1])


@pytest.fixture(scope="module")
def model() -> GeodesicAutoencoder:
    return GeodesicAutoencoder.fit(roll(800)[0], GENES, latent=2, steps=900)


def test_latent_distances_are_those_on_the_sheet_where_components_fail(model) -> None:
    x, place = roll(300, seed=1)  # other cells than those of the fit
    assert correlation(model.encode(x), place) > 0.95
    assert correlation(LinearBasis.fit(x, 2).project(x), place) < 0.5
    # In the units of the data: no factor is free.
    assert abs(pdist(model.encode(x)).mean() / pdist(place).mean() - 1) < 0.05


def test_cells_are_found_again(model) -> None:
    x, _ = roll(300, seed=1)
    lost = np.square(model.decode(model.encode(x)) - x).sum() / np.square(x - x.mean(0)).sum()
    assert lost < 0.03
    assert model.metrics["reconstruction_error"] < 0.03
    assert model.metrics["distance_correlation"] > 0.98


@pytest.mark.filterwarnings("ignore::hillflow.errors.HillflowWarning")
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path) -> None:
    x, _ = roll(60)
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        GeodesicAutoencoder.fit(x, GENES, 2, steps=20, seed=seed).save(tmp_path / name)
    a, b, c = ((tmp_path / name / "latent.safetensors").read_bytes() for name in "abc")
    assert a == b
    assert a != c


def test_saved_and_read_it_gives_the_same_coordinates(model, tmp_path) -> None:
    x, _ = roll(20, seed=2)
    read = GeodesicAutoencoder.load(model.save(tmp_path / "room"))
    np.testing.assert_array_equal(read.encode(x), model.encode(x))
    np.testing.assert_array_equal(read.decode(read.encode(x)), model.decode(model.encode(x)))
    assert (read.genes, read.metrics) == (model.genes, model.metrics)


def test_damaged_and_missing_files_are_named(model, tmp_path) -> None:
    room = model.save(tmp_path / "room")
    tensors, about = room / "latent.safetensors", room / "latent.json"
    content = tensors.read_bytes()
    tensors.write_bytes(content[:-1] + b"x")
    with pytest.raises(FileFormatError, match=r"latent\.safetensors"):
        GeodesicAutoencoder.load(room)
    tensors.unlink()
    with pytest.raises(MissingFileError, match=r"latent\.safetensors"):
        GeodesicAutoencoder.load(room)
    about.write_text(json.dumps(json.loads(about.read_text()) | {"unit": 2.0}))
    with pytest.raises(FileFormatError, match=r"latent\.json"):
        GeodesicAutoencoder.load(room)


@pytest.mark.parametrize(
    ("options", "said"),
    [({"latent": 0}, "one latent coordinate"), ({"neighbors": 60}, "neighbours"),
     ({"seed": -1}, "seed")],
)  # fmt: skip
def test_what_cannot_be_fitted_is_refused(options, said) -> None:
    with pytest.raises(InputError, match=said):
        GeodesicAutoencoder.fit(roll(60)[0], GENES, steps=5, **options)


def test_states_of_other_genes_are_refused(model) -> None:
    with pytest.raises(InputError, match=r"\[cells, 3 genes\]"):
        model.encode(np.ones((5, 2)))
    with pytest.raises(InputError, match=r"\[cells, 2 coordinates\]"):
        model.decode(np.ones((5, 3)))


@pytest.mark.filterwarnings("ignore::hillflow.errors.HillflowWarning")
def test_a_room_too_small_for_the_data_is_said() -> None:
    sphere = np.random.default_rng(0).normal(size=(200, 3))
    sphere /= np.linalg.norm(sphere, axis=1, keepdims=True)
    with collect_findings() as said:
        GeodesicAutoencoder.fit(sphere, GENES, latent=1, steps=60)
    assert "latent.distances" in [one.code for one in said]
