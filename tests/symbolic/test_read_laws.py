"""Laws of a fit of the field 'logic' are the first member's own; the others give intervals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from hillflow.data import Snapshots
from hillflow.errors import UnsupportedError
from hillflow.fields import make_field
from hillflow.fields.with_protein import WithProtein
from hillflow.model import Fit
from hillflow.objectives.heads import Heads, Noise
from hillflow.symbolic import Laws, agreement, read_laws
from hillflow.symbolic.member_intervals import interval_kind, member_interval
from hillflow.symbolic.read_laws import has_laws, laws_of_member

from ..logic_laws import GENES, logic_member, production
from ..small_fits import model_of

X = np.random.default_rng(2).uniform(0.05, 1.4, (90, 4))
CELLS = Snapshots.from_arrays(X, np.repeat([0.0, 1.0, 2.0], 30), GENES, unit="h", scale="log1p")


@pytest.fixture(scope="module")
def members() -> Fit:
    fit = [logic_member(seed, 0.2, proteins=True) for seed in range(4)]
    for member in fit[1:]:
        member.field.drop_(2, 1, torch.from_numpy(X))  # SPI1 acts on NKX2-5 in the first alone
    return Fit(tuple(fit))


def test_intervals_and_agreement_are_over_the_members(members, tmp_path):
    laws = read_laws(members, CELLS)
    law = laws["GATA1"].best
    values = [
        next(
            p.value for p in laws_of_member(member)["GATA1"].best.parameters if p.name == "K[SPI1]"
        )
        for member in members
    ]
    threshold = next(p for p in law.parameters if p.name == "K[SPI1]")
    assert threshold.value == values[0]
    assert (threshold.low, threshold.high) == (min(values), max(values))  # four members are few
    assert law.interval == "range of 4 members"
    assert (law.members, law.in_members, law.agreement) == (4, (4, 4), 1.0)
    assert law.flags == ()
    assert laws.proteins == pytest.approx(dict(zip(GENES, (0.5, 0.8, 1.1, 2.0), strict=True)))
    said = " ".join(str(laws).split())
    assert "γ_p from 0.5 to 2 1/h" in said
    assert "the laws are those of the first of 4 members; predictions of the fit are of all" in said
    assert "the law of the first of 4 members; members with each regulator: GATA1 4 of 4" in said
    assert "the fitted model itself" not in said
    again = Laws.load(laws.save(tmp_path / "laws.json"))["GATA1"].best
    assert (again.members, again.in_members, again.rule) == (4, (4, 4), law.rule)


def test_a_regulator_of_few_members_is_flagged(members):
    law = read_laws(members, CELLS, ["NKX2-5"])["NKX2-5"].best
    assert law.agreement == 0.25
    assert dict(zip(law.parents, law.in_members, strict=True)) == {
        "GATA1": 4, "SPI1": 1, "targets": 4,
    }  # fmt: skip
    assert law.flags == ("SPI1 regulates it in 1 of 4 members only",)
    alone = next(p for p in law.parameters if p.name == "K[SPI1]")
    assert np.isnan(alone.low)


def test_of_five_members_or_more_quantiles_are_taken():
    fit = Fit(tuple(logic_member(seed, 0.2) for seed in range(6)))
    law = read_laws(fit, CELLS)["GATA1"].best
    values = [
        next(
            p.value for p in laws_of_member(member)["GATA1"].best.parameters if p.name == "K[SPI1]"
        )
        for member in fit
    ]
    threshold = next(p for p in law.parameters if p.name == "K[SPI1]")
    low, high = np.quantile(values, [0.025, 0.975])
    assert (threshold.low, threshold.high) == (min(low, values[0]), max(high, values[0]))
    assert law.interval == "2.5 to 97.5 % quantiles of 6 members"
    assert interval_kind(0) == "95 % intervals"
    assert member_interval([1.0]) is None
    assert member_interval([3.0, 1.0]) == (1.0, 3.0)
    assert member_interval([0.0, 1, 2, 3, 4]) == (0.0, pytest.approx(3.9))


def test_a_fragile_rule_is_marked_and_no_flag_of_the_law():
    member = logic_member()
    rows = np.repeat([0.02, 0.01, 0.95, 0.5], 2)
    member.field.table.data[0] = torch.from_numpy(rows).logit()
    law = read_laws(member, CELLS)["GATA1"].best
    assert law.flags == ()
    assert law.rule.close == (("GATA1", "SPI1"),)
    assert "near the cut" in str(law)


def test_effects_are_means_over_the_cells():
    member = logic_member()
    law = read_laws(member, CELLS)["GATA1"].best
    effect = next(p for p in law.parameters if p.name == "effect[SPI1]")
    states = np.tile(X, (2, 1))
    states[: len(X), 1], states[len(X) :, 1] = 1e9, 0.0
    made = production(member.field, states)[:, 0]
    assert effect.value == pytest.approx((made[: len(X)] - made[len(X) :]).mean(), rel=1e-6)
    assert effect.unit == "1/h"


def test_noise_is_read_with_its_interval():
    members = []
    for size in (0.1, 0.3):
        member = logic_member()
        head = Noise(4, torch.float64)
        head.unit.fill_(size / Noise.start)
        members.append(replace(member, heads=Heads(member.field, noise=head)))
    laws = read_laws(Fit(tuple(members)), CELLS)
    assert laws.noise == pytest.approx(dict.fromkeys(GENES, 0.1))
    noise = next(p for p in laws["SPI1"].best.parameters if p.name == "noise")
    assert (noise.low, noise.high) == pytest.approx((0.1, 0.3))
    said = " ".join(str(laws).split())
    assert "ν = 0.1, of dx = " in said  # one value, no range
    assert "0.1 [0.1, 0.3]" in said
    assert "predictions of the fit are of all members" in said


def test_a_threshold_beyond_all_levels_is_flagged(members):
    member = logic_member()
    with torch.no_grad():
        member.field.log_threshold[0] = torch.log(torch.tensor([5.0, 0.01, 1.0]))
    law = read_laws(member, CELLS)["GATA1"].best
    high, low = X[:, 0].max(), X[:, 1].min()
    assert law.flags == (
        f"K[GATA1] = 5 is above all levels of GATA1 ({high:.3g})",
        f"K[SPI1] = 0.01 is below all levels of SPI1 ({low:.3g})",
    )
    assert law.agreement is None


def test_the_laws_are_the_model(members):
    member = members[0]
    laws = read_laws(member, CELLS)
    same = agreement(laws.field(), member, CELLS, cells=5, interventions=["GATA1=ko"], steps=5)
    assert same.trajectory < 1e-6
    assert same.knockouts[0]["error"] < 1e-6
    rates = torch.tensor(list(laws.proteins.values()), dtype=torch.float64)
    state = torch.from_numpy(np.c_[X, X[::-1]].copy())
    expected = WithProtein(member.field, rates)(None, state)
    torch.testing.assert_close(WithProtein(laws.field(), rates)(None, state), expected.detach())


def test_other_fields_are_not_read():
    other = model_of(make_field("hill", GENES))
    assert not has_laws(Fit((other,)))
    with pytest.raises(UnsupportedError, match="made of laws"):
        laws_of_member(other)
