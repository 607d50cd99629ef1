from __future__ import annotations

import warnings

import pytest
import torch

from hillflow.errors import HillflowWarning, InterventionError, UnsupportedError
from hillflow.fields import FIELDS, make_field
from hillflow.fields.base import VectorField
from hillflow.fields.hill_edges import HillField
from hillflow.interventions import Intervention

# Some of these fields may have a negative production, of which `do` warns; see the end.
pytestmark = pytest.mark.filterwarnings("ignore:.*multiplies a production")

ONE_GENE = (
    "g2=ko", "g2=kd:0.3", "g2=oe:2.5", "g2=deg:0.7", "g2=clamp:1.3", "g2=cut", "g2=cut:0.6",
)  # fmt: skip


# Two sources of one target, autoregulation, a target that is cut itself, and a clamped source.
EDGES = "g2=cut:0.6@g4,g5=cut@g4,g1=cut@g1,g3=cut,g0=cut@g3,g6=clamp:1.3,g6=cut:0.5@g7"


class Spring(VectorField):
    """ẋ = x (A − x): no production, no decay."""

    has_split = False

    def forward(self, t, x):
        return x * (torch.arange(x.shape[-1], dtype=x.dtype) - x)


@pytest.mark.parametrize("text", ONE_GENE[:4])
def test_other_equations_are_untouched_to_the_bit(field, states, text: str) -> None:
    others = [i for i in range(8) if i != 2]
    done = field.do(Intervention.parse(text))
    assert torch.equal(done(None, states)[:, others], field(None, states)[:, others])
    assert not torch.equal(done(None, states)[:, 2], field(None, states)[:, 2])


@pytest.mark.parametrize(
    ("text", "production", "extra"),
    [("g2=ko", 0, 0), ("g2=kd:0.3", 0.7, 0), ("g2=oe:2.5", 2.5, 0), ("g2=deg:0.7", 1, 0.7)],
)
def test_its_own_equation(field, states, text: str, production: float, extra: float) -> None:
    moved = field.do(Intervention.parse(text))(None, states)[:, 2]
    made, lost = field.production(states)[:, 2], field.decay(states)[:, 2]
    torch.testing.assert_close(moved, production * made - lost - extra * states[:, 2])


def test_a_clamp_is_the_field_at_the_clamped_state(field, states) -> None:
    done = field.do(Intervention.clamp("g2", 1.3))
    clamped = states.clone()
    clamped[:, 2] = 1.3
    expected = field(None, clamped)
    expected[:, 2] = 0
    assert torch.equal(done(None, states), expected)
    assert torch.equal(done.admit(states), clamped)


def test_a_hidden_gene_sees_itself_and_no_other_sees_it(field, states) -> None:
    done = field.do(Intervention.cut_outgoing("g2", "g5"))
    hidden = states.clone()
    hidden[:, [2, 5]] = 0
    expected = field(None, hidden)
    for own, other in ((2, 5), (5, 2)):
        seen = states.clone()
        seen[:, other] = 0
        expected[:, own] = field(None, seen)[:, own]
    torch.testing.assert_close(done(None, states), expected, rtol=0, atol=1e-14)


def test_the_target_of_a_cut_edge_alone_sees_less(field, states) -> None:
    done = field.do(Intervention.parse("g2=cut:0.6@g4,g5=cut@g4,g1=cut@g1"))
    expected = field.production(states)
    for target, shares in ((4, {2: 0.4, 5: 0.0}), (1, {1: 0.0})):
        seen = states.clone()
        for source, share in shares.items():
            seen[:, source] *= share
        expected[:, target] = field.production(seen)[:, target]
    torch.testing.assert_close(done.production(states), expected, rtol=0, atol=1e-14)
    assert torch.equal(done.decay(states), field.decay(states))  # of g1 too, which is not seen less
    whole = field.do(",".join(f"g2=cut@g{k}" for k in range(8) if k != 2))
    hidden = field.do("g2=cut")
    torch.testing.assert_close(whole(None, states), hidden(None, states), rtol=0, atol=1e-14)


def test_a_screen_of_edges_costs_two_evaluations(field, states) -> None:
    stack = field.do_each([f"g{k}=cut@g{(k + 3) % 8}" for k in range(8)])
    count, plain = 0, type(field).production

    def counted(x, t=None):
        nonlocal count
        count += 1
        return plain(field, x, t)

    field.production = counted
    stack.production(states.expand(8, -1, -1))
    assert count == 2


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_with_a_split_cuts_edges_and_all_others_refuse(name: str) -> None:
    field, x = make_field(name, ("A", "B", "C"), seed=1), torch.tensor([[0.5, 1.0, 1.5]])
    if not field.has_split:
        with pytest.raises(UnsupportedError):
            field.do("A=cut@B")
        return
    seen = field.production(x * torch.tensor([0.0, 1.0, 1.0]))
    cut, plain = field.do("A=cut@B").production(x), field.production(x)
    expected = torch.stack((plain[0, 0], seen[0, 1], plain[0, 2]))
    torch.testing.assert_close(cut[0], expected)


def test_a_stack_equals_one_by_one(field, states) -> None:
    texts = (
        *ONE_GENE, "control", "g2=cut,g5=cut,g0=ko,g1=clamp:2,g7=deg:3", "g2=cut@g3", EDGES
    )  # fmt: skip
    interventions = [Intervention.parse(text) for text in texts]
    x = torch.stack([states * (1 + k) for k in range(len(texts))])
    stack = field.do_each(interventions)
    for parts in ("forward", "production", "decay", "jacobian", "admit"):
        for k, intervention in enumerate(interventions):
            one = field.do(intervention)
            if parts == "forward":
                ours, alone = stack(None, x), one(None, x[k])
            else:
                ours, alone = getattr(stack, parts)(x), getattr(one, parts)(x[k])
            torch.testing.assert_close(ours[k], alone, rtol=1e-12, atol=1e-12)
    rates = stack.decay_rate()
    assert rates.shape == (len(texts), 1, 8)
    assert torch.equal(rates[3, 0], field.do(interventions[3]).decay_rate())


def test_interventions_add_up(field, states) -> None:
    one, two = Intervention.knockout("g0"), Intervention.clamp("g3", 0.4)
    both = field.do(one + two)(None, states)
    assert torch.equal(field.do(one).do(two)(None, states), both)
    assert torch.equal(field.do(one).do_each([two])(None, states[None])[0], both)
    assert field.do(Intervention.control()) is field
    assert field.do(one).do(two).name == f"{field.name} under g0=knockout,g3=clamp:0.4"
    with pytest.raises(InterventionError, match="at most one action"):
        field.do(one).do(Intervention.clamp("g0", 1.0))
    with pytest.raises(UnsupportedError, match="combined"):
        field.do_each([one]).do_each([two])


@pytest.mark.parametrize("text", [*ONE_GENE, "g2=cut,g0=ko,g1=clamp:2"])
def test_gradients_flow_through_an_intervention(field, states, text: str) -> None:
    field.do(Intervention.parse(text))(None, states).square().sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in field.parameters())
    assert any(p.grad.abs().sum() > 0 for p in field.parameters())


def test_the_orthant_is_kept_under_interventions(states, shake) -> None:
    base = shake(HillField(tuple(f"g{i}" for i in range(8)), dtype=torch.float64))
    for text in ONE_GENE:
        done = base.do(Intervention.parse(text))
        assert done.keeps_orthant
        assert (done(None, states)[states == 0] >= 0).all()


def test_what_needs_a_split_is_refused_by_name() -> None:
    field = Spring(("A", "B", "C"))
    for text, fix in (
        ("B=ko", "B=clamp:0"), ("B=kd:0.5", "B=clamp:0"), ("B=oe:2", "B=clamp:0"),
        ("B=cut@C", r"B=cut \(all edges"),
    ):  # fmt: skip
        with pytest.raises(UnsupportedError, match=fix) as caught:
            field.do(Intervention.parse(text))
        assert "'hill'" in str(caught.value)
    x = torch.tensor([[1.0, 2.0, 3.0]])
    assert field.do(Intervention.clamp("B", 1.0))(None, x).tolist() == [[-1.0, 0.0, -3.0]]
    assert field.do(Intervention.degradation("B", 0.5))(None, x).tolist() == [[-1.0, -3.0, -3.0]]
    for asked in (field.production, field.decay):
        with pytest.raises(UnsupportedError, match="production/decay split"):
            asked(x)


def test_an_unknown_gene_is_refused(field) -> None:
    with pytest.raises(InterventionError, match="did you mean 'g1'"):
        field.do(Intervention.knockout("G1"))


def test_a_gene_that_is_partly_cut_is_seen_by_its_share(field, states) -> None:
    done = field.do(Intervention.parse("g2=cut:0.6,g5=cut"))
    seen = states.clone()
    seen[:, 2] *= 0.4
    seen[:, 5] = 0
    expected = field(None, seen)
    for own, other, share in ((2, 5, 0.0), (5, 2, 0.4)):
        theirs = states.clone()
        theirs[:, other] *= share
        expected[:, own] = field(None, theirs)[:, own]
    torch.testing.assert_close(done(None, states), expected, rtol=0, atol=1e-13)


@pytest.mark.parametrize("text", ["g2=cut:0.6,g5=cut,g1=kd:0.5", EDGES, "g4=ko,g2=cut@g4"])
def test_its_jacobian_is_that_of_autodiff(field, states, text: str) -> None:
    from hillflow.fields.base import autodiff_jacobian

    inside = states + 0.1  # off the floor of Hill terms, where slopes jump
    done = field.do(Intervention.parse(text))
    torch.testing.assert_close(
        done.jacobian(inside), autodiff_jacobian(done, inside), rtol=1e-9, atol=1e-10
    )


def test_a_learnt_share_takes_the_place_of_the_given_one(field, states) -> None:
    texts = ("control", "g2=cut:0.8", "g2=cut:0.3,g5=cut:0.9")
    interventions = [Intervention.parse(text) for text in texts]
    raw = torch.tensor([0.2, -0.4], dtype=torch.float64, requires_grad=True)
    learnt = {(interventions[1], "g2"): 0, (interventions[2], "g5"): 1}

    def efficacy(conditions, genes):
        at = [[learnt.get((c, gene)) for gene in genes] for c in conditions]
        zero = raw.new_zeros(())
        rows = [[zero if k is None else raw.sigmoid()[k] for k in row] for row in at]
        return torch.stack([torch.stack(row) for row in rows])

    x = states.expand(3, -1, -1)
    done = field.do_each(interventions).learning(efficacy)
    shares = torch.sigmoid(raw).tolist()
    fixed = field.do_each(
        [
            Intervention.control(),
            Intervention.cut_outgoing("g2", fraction=shares[0]),
            Intervention.parse("g2=cut:0.3") + Intervention.cut_outgoing("g5", fraction=shares[1]),
        ]
    )
    for part in ("production", "decay", "jacobian"):
        ours, theirs = getattr(done, part)(x), getattr(fixed, part)(x)
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)
    done(None, x).square().sum().backward()
    assert (raw.grad != 0).all()


@pytest.mark.parametrize("text", ["g2=oe:2", "g2=kd:0.5"])
def test_a_factor_on_a_production_that_may_be_negative_is_warned_of(field, text: str) -> None:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        field.do(text)
    if field.keeps_orthant:
        assert not said
        return
    (warning,) = said
    assert warning.category is HillflowWarning
    assert warning.filename == __file__  # the user's line, not ours
    assert f"the {field.name} field may be negative" in str(warning.message)


def test_what_sets_a_level_or_stops_production_is_not_warned_of(field) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        field.do("g2=ko,g3=clamp:1,g4=cut,g5=deg:1")
