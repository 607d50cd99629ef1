"""What was learned beside the field is said wherever a fit is shown."""

from __future__ import annotations

import torch

from hillflow.model import Fit
from hillflow.objectives.heads import Heads, Noise, Protein

from ..small_fits import Law, model_of


def test_noise_and_proteins_are_said_with_their_units():
    noise, protein = Noise(3), Protein(3)
    noise.unit.copy_(torch.tensor([0.1, 0.2, 0.4]))  # a tenth of it to start with
    protein.unit.copy_(torch.tensor([0.01, 0.02, 0.04]))  # ten times it
    member = model_of(Law(), Heads(Law(), noise=noise, protein=protein))
    text = Fit((member,)).summary()
    assert "Noise       ν from 0.01 to 0.04 over the genes (median 0.02), in units" in text
    assert "units of expression (log1p): at rest" in text
    assert "the variance of a gene is about ν times its mean" in text
    assert "Proteins    rates γ_p from 0.1 to 0.4 per h over the genes (median 0.2)" in text
    assert "half-lives of 1.7 to 6.9 h" in text
    assert "rates γ_p" in Fit((member,))._repr_html_()
    assert repr(member).endswith("1 condition, noise 0.01 to 0.04, protein rates 0.1 to 0.4 1/h)")


def test_of_a_fit_without_them_nothing_is_said(known):
    text = Fit((known,)).summary()
    assert "Noise" not in text
    assert "Proteins" not in text
    assert repr(known).endswith("1 condition)")
    bare = model_of(known.field, Heads(known.field, noise=Noise(3)), time_unit="", scale="unknown")
    assert "ν = 0.1, in units of expression: at rest" in Fit((bare,)).summary()
    assert repr(bare).endswith("noise 0.1)")
