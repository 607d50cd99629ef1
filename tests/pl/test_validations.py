"""A validation that a run keeps is drawn as the one that was computed."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from hillflow import pl
from hillflow.errors import InputError
from hillflow.evaluate import Validation, ValidationSetting, validate
from hillflow.networks import Network
from hillflow.pl._validations import validation_of

GENES = tuple("ABCDEF")
REFERENCE = Network.from_columns(
    ["A", "A", "B", "C"], ["B", "C", "D", "E"], sign=[1, -1, -1, 1], name="ours"
)


@pytest.fixture(scope="module", params=[None, "prior"])
def computed(request) -> Validation:
    pairs = [(s, t) for s in GENES for t in GENES if s != t]
    source, target = zip(*pairs, strict=True)
    weight = np.random.default_rng(0).normal(size=len(pairs))
    table = pd.DataFrame({"source": source, "target": target, "weight": weight})
    prior = Network.from_columns(["A"], ["B"], sign=[1]) if request.param else None
    return validate(table, REFERENCE, prior=prior, setting=ValidationSetting(draws=19))


def test_what_is_kept_shows_the_same(computed):
    kept = validation_of(json.loads(json.dumps(computed.to_json())))
    now = validation_of(computed)
    for name in ("title", "counts", "signed", "found", "pairs", "over_cells", "precisions",
                 "base_rate", "chance_interval", "verdicts"):  # fmt: skip
        assert getattr(kept, name) == getattr(now, name), name
    np.testing.assert_array_equal(kept.signs.confusion, now.signs.confusion)
    assert kept.edges["source"].tolist() == now.edges["source"].tolist()
    for one, other in zip(pl.validation(computed), pl.validation(computed.to_json()), strict=True):
        assert one.get_title("left") == other.get_title("left")
        assert [text.get_text() for text in one.texts] == [t.get_text() for t in other.texts]


def test_scores_curves_and_signs_take_a_validation(computed):
    for given in (computed, computed.to_json()):
        bars = [bar.get_width() for bar in pl.scores(given).containers[0]]
        assert bars == list(validation_of(computed).precisions.values())
        assert len(pl.precision_recall(given).collections) == 1  # the band of chance
        assert "right" in pl.signs(given).get_title("left")


def test_without_scores_only_the_page_is_drawn():
    nothing = validate(REFERENCE, REFERENCE, prior=REFERENCE, setting=ValidationSetting(draws=9))
    for given in (nothing, nothing.to_json()):
        assert "Nothing is left" in pl.validation(given)[0].texts[0].get_text()
        with pytest.raises(InputError, match="no edge could be scored"):
            pl.scores(given)
        with pytest.raises(InputError, match="published and inferred"):
            pl.signs(given)
