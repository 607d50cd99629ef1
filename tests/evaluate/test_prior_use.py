"""Which edges a model was given: read off its field, asked for, or none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hillflow.errors import InputError
from hillflow.evaluate.prior_use import prior_used
from hillflow.fields import CandidateEdges, make_field
from hillflow.interventions import Intervention
from hillflow.model import Member
from hillflow.model.describe import describe_method
from hillflow.networks import Network
from hillflow.objectives import make_method
from hillflow.objectives.heads import Heads

GENES = ("A", "B", "C")
PRIOR = Network.from_columns(["A", "B", "B"], ["B", "C", "B"], sign=[1, -1, 0])


def model_of(field, prior: CandidateEdges | None = None, **provenance: object) -> Member:
    return Member(
        Heads(field), "h", "unknown", (0.0, 1.0), (Intervention.control(),), None, 0, {},
        provenance, pd.DataFrame(), prior=prior,
    )  # fmt: skip


@pytest.mark.parametrize("free", ["none", "regulators", "all"])
def test_a_mask_is_read_off_the_field_and_free_edges_are_no_prior(free: str) -> None:
    field = make_field("hill", GENES, edges=PRIOR.align(GENES).mask(free), seed=0)
    found = prior_used([model_of(field)])
    assert found is not None
    signs = dict(zip(zip(found.source, found.target, strict=True), found.sign, strict=True))
    assert signs == {("A", "B"): 1, ("B", "C"): -1, ("B", "B"): 0}


@pytest.mark.parametrize("self_edges", [True, False])
def test_all_pairs_are_no_prior(self_edges: bool) -> None:
    edges = CandidateEdges.all_pairs(3, self_edges)
    assert prior_used([model_of(make_field("hill", GENES, edges=edges, seed=0))]) is None
    assert prior_used([model_of(make_field("linear", GENES, seed=0))]) is None


def test_a_prior_that_pulled_on_the_loss_stands_in_the_model(tmp_path: Path) -> None:
    edges = CandidateEdges.from_mask(PRIOR.align(GENES).mask("all"), GENES)
    method = make_method("phoenix").with_prior(edges)
    assert method.prior is edges
    assert make_method("phoenix").prior is None
    model = model_of(make_field("hill-dense", GENES, seed=0), method.prior)
    model.save(tmp_path / "model")
    for one in (model, Member.load(tmp_path / "model")):
        found = prior_used([one])
        assert found is not None
        signs = dict(zip(zip(found.source, found.target, strict=True), found.sign, strict=True))
        assert signs == {("A", "B"): 1, ("B", "C"): -1, ("B", "B"): 0}


def test_priors_that_the_model_does_not_keep_must_be_named() -> None:
    ahead, back = (CandidateEdges(np.array([k]), np.array([1 - k]), 3) for k in (0, 1))
    stages = (
        stage
        for edges in (ahead, back)
        for stage in make_method("phoenix").with_prior(edges).stages
    )
    both = replace(make_method("phoenix"), stages=tuple(stages))
    assert both.prior is None
    method = describe_method(both)
    model = model_of(make_field("hill-dense", GENES, seed=0), method=method)
    with pytest.raises(InputError, match="--prior NAME or FILE"):
        prior_used([model])
    assert prior_used([model], PRIOR) is PRIOR
    without = describe_method(make_method("phoenix"))
    assert prior_used([model_of(make_field("hill-dense", GENES, seed=0), method=without)]) is None
