"""Noise that moves cells below 0 is said, with what to do."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from hillflow.causal import knockout
from hillflow.errors import HillflowWarning
from hillflow.fields import make_field
from hillflow.findings import collect_findings
from hillflow.objectives.heads import Heads, Noise

from ..linear_law import LinearLaw
from ..small_fits import GENES, Law, model_of

BELOW = r"noise moves simulated cells of this .* fit below 0.*field='logic'"


def noisy(field, size):
    noise = Noise(3, field.dtype)
    noise.unit.fill_(size / Noise.start)
    return model_of(field, Heads(field, noise=noise))


def test_a_field_that_does_not_keep_0_warns_once_and_says_what_to_do(cells):
    member = noisy(Law(), 2.0)
    with collect_findings() as said, pytest.warns(HillflowWarning, match=BELOW):
        member.predict(cells, "A=ko")
    assert [finding.code for finding in said] == ["simulate.below-zero"]
    with pytest.warns(HillflowWarning, match=BELOW):
        knockout(member, ["A"], cells)


def test_nothing_is_said_where_nothing_is_wrong(cells):
    start = cells.x[cells.rows(0.0)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert noisy(make_field("logic", GENES), 2.0).simulate(start, [0, 2]).min() >= 0
        noisy(Law(), 1e-4).simulate(start, [0, 2])  # too little noise to fall below 0
        assert noisy(Law(), 2.0).simulate(start, [0, 2], noise=False).min() >= 0
        noisy(Law(), 2.0).simulate(start - 10, [0, 2])  # cells were below 0 before


def test_a_fit_without_noise_never_warns():
    falling = LinearLaw(GENES, np.zeros((3, 3)), np.full(3, -5.0), np.ones(3))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert model_of(falling).simulate(np.zeros((1, 3)), [0, 1]).min() < 0
