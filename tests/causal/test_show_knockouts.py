"""Predicted perturbations in words: short names, and what must be said of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hillflow.causal import knockout
from hillflow.causal.show_knockouts import short_name
from hillflow.interventions import Action, Intervention

from .laws import Law, ensemble, model_of, wild_type

LEVELS = st.floats(0, 1e6)


@given(
    st.lists(
        st.one_of(
            st.just(("knockout", None)),
            st.tuples(st.just("knockdown"), st.floats(0, 1)),
            st.tuples(st.sampled_from(["clamp", "degradation", "overexpression"]), LEVELS),
            st.tuples(st.just("cut_outgoing"), st.none() | st.floats(0, 1)),
        ),
        min_size=1, max_size=3,
    )
)  # fmt: skip
def test_short_names_mean_the_same(actions):
    full = Intervention(
        tuple(Action(gene, *one) for gene, one in zip(("A1", "B2", "C3"), actions, strict=False))
    )
    assert Intervention.parse(short_name(full)) == full


@pytest.mark.parametrize(
    ("share", "code", "words"),
    [
        (
            0.25,
            "knockout.control-leaves-support",
            "the fit takes 75% of the cells to states where no cell was measured even without",
        ),
        (1.0, "knockout.leaves-support", "1 of 1 perturbations"),
    ],
)
def test_cells_that_leave_what_was_measured_are_warned_of(share, code, words):
    result = knockout(model_of(Law()), ["A"], wild_type())
    shifts = replace(
        result.shifts, control_in_support=np.full(2, share), in_support=np.zeros((1, 2))
    )
    (finding,) = [
        one for one in replace(result, shifts=shifts).findings if "in_support" in one.text
    ]
    assert (finding.code, finding.severity) == (code, "warning")
    assert words in finding.text


def test_one_member_has_no_interval_and_says_so():
    codes = [
        [finding.code for finding in knockout(fit, ["A"], wild_type()).findings]
        for fit in (model_of(Law()), ensemble(2))
    ]
    assert "knockout.one-member" in codes[0]
    assert "knockout.one-member" not in codes[1]
