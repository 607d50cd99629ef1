"""Laws beside their model: none apart for the same law, far apart for another, runaways said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from hillflow.data import Snapshots, Trajectories
from hillflow.errors import GeneNameError
from hillflow.fields import make_field
from hillflow.model import Fit
from hillflow.objectives.heads import Heads
from hillflow.symbolic import SymbolicField, agreement, laws_of_hill


def test_the_fields_own_laws_agree_and_others_do_not(known, model, cells):
    laws = laws_of_hill(model.field, "h")
    met = agreement(SymbolicField(laws), model, cells)
    assert met.trajectory == pytest.approx(0, abs=1e-9)
    assert [row["perturbation"] for row in met.knockouts] == [
        f"{gene}=knockout" for gene in ("E2F1", "NKX2-5", "S")
    ]
    assert max(row["error"] for row in met.knockouts) < 1e-4
    laws["S"] = known.law_of("S", "0.2", (), 1.0)
    other = agreement(SymbolicField(laws), model, cells, interventions=["NKX2-5=ko"])
    assert other.by_gene["NKX2-5"] < other.by_gene["S"]
    assert other.trajectory > 0.05
    (row,) = other.knockouts
    assert row["correlation"] < 0.999


def test_errors_are_in_deviations_of_the_model(known, model, cells):
    """Against the two simulations taken apart by hand."""
    laws = laws_of_hill(model.field)
    laws["S"] = known.law_of("S", "0.2", (), 1.0)
    symbolic = SymbolicField(laws)
    met = agreement(symbolic, model, cells, interventions=[], cells=40, steps=10)
    start = model.denoise(cells.x[cells.time == 0])
    theirs = model.simulate(start, model.times)
    mine = np.exp(-np.array([2.0, 5.0]))[:, None] * (start[:, 1] - 0.2) + 0.2
    gap = np.sqrt(np.mean((mine - theirs[1:, :, 1]) ** 2)) / theirs[..., 1].std()
    assert met.by_gene["S"] == pytest.approx(gap, rel=1e-6)


def test_an_ensemble_is_met_in_its_mean(known, model, cells):
    """The mean of two members, taken by hand; neither member stands for both."""
    faster = make_field("hill", known.GENES, dtype=torch.float64)
    faster.load_state_dict(model.field.state_dict())
    with torch.no_grad():
        faster.log_threshold.add_(0.3)
    other = replace(model, heads=Heads(faster).eval())
    symbolic = SymbolicField(laws_of_hill(model.field))
    asked = {"interventions": ["NKX2-5=ko"], "cells": 40}
    met = agreement(symbolic, Fit((model, other)), cells, **asked)
    start = model.denoise(cells.x[cells.time == 0])
    one, two = (m.simulate(start, model.times, steps=20) for m in (model, other))
    mean = (one + two) / 2
    gap = np.sqrt(np.mean((one[1:] - mean[1:]) ** 2, axis=(0, 1))) / mean.std((0, 1))
    assert met.trajectory == pytest.approx(gap.mean(), rel=1e-4)
    assert met.trajectory > 0.01
    (row,) = met.knockouts
    (alone,) = agreement(symbolic, model, cells, **asked).knockouts
    assert row["error"] > alone["error"]


@pytest.mark.parametrize("shares", [(0.6, 0.6), (0.4, 0.8)])
def test_knockouts_are_what_the_models_were_fitted_to(model, cells, shares):
    """Laws beside models whose knockouts hide a share of the gene: the same share, or the mean."""
    symbolic = SymbolicField(laws_of_hill(model.field))
    fitted = Fit(tuple(replace(model, efficacy=share) for share in shares))
    met = agreement(symbolic, fitted, cells, interventions=["NKX2-5=ko"])
    (row,) = met.knockouts
    assert row["error"] < (1e-4 if shares[0] == shares[1] else 0.05)


def test_a_gene_that_hardly_moves_does_not_outweigh_the_others(known, model, cells):
    with torch.no_grad():
        model.field.strength[3:6] = 0.0  # S, which nothing regulates, decays to its level
    start = Snapshots.from_arrays(
        np.tile([0.6, 0.5, 0.6], (30, 1)), np.repeat([0.0, 2.0, 5.0], 10), cells.genes
    )
    moved = laws_of_hill(model.field)
    moved["S"] = known.law_of("S", "0.51", (), 1.0)
    theirs = model.simulate(start.x[start.time == 0], model.times)
    assert theirs[..., 1].std() < 1e-3 * theirs[..., 0].std()
    met = agreement(SymbolicField(moved), model, start, interventions=[])
    largest = theirs.std((0, 1)).max()
    gap = 0.01 * np.sqrt(np.mean((1 - np.exp(-np.array([2.0, 5.0]))) ** 2))
    assert met.by_gene["S"] == pytest.approx(gap / (0.1 * largest), rel=0.05)


def test_laws_that_run_away_are_named(known, model, cells):
    laws = laws_of_hill(model.field)
    laws["S"] = known.law_of("S", "5*S**3", ("S",), 0.1)
    met = agreement(SymbolicField(laws), model, cells, interventions=["S=ko"])
    assert met.trajectory is None
    assert met.diverged == ("control",)
    assert met.knockout_correlation is None


def test_units_start_where_they_were_first_seen(known, model):
    courses = known.courses(units=4, points=6)
    assert isinstance(courses, Trajectories)
    met = agreement(SymbolicField(laws_of_hill(model.field)), model, courses, interventions=[])
    assert met.trajectory < 1e-9


def test_other_genes_are_refused(known, model, cells):
    laws = known.ring()
    turned = SymbolicField({gene: laws[gene] for gene in reversed(known.GENES)})
    with pytest.raises(GeneNameError, match="in the same order"):
        agreement(turned, model, cells)
