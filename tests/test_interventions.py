from __future__ import annotations

import dataclasses
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hillflow.errors import InterventionError
from hillflow.interventions import KINDS, Action, Intervention, parse_conditions

genes = st.sampled_from(["GATA1", "NKX2-5", "HLA-DRA", "7157", "a&b<c>", "two words", "control",
                         "ko", "1e5", "E2F1", "nan", "Δ"])  # fmt: skip
positive = st.floats(0, 1e12, allow_nan=False)
actions = st.one_of(
    st.builds(Action, genes, st.sampled_from(["knockout", "cut_outgoing"])),
    st.builds(Action, genes, st.sampled_from(["knockdown", "cut_outgoing"]), st.floats(0, 1)),
    st.builds(Action, genes, st.sampled_from(["overexpression", "clamp", "degradation"]), positive),
)
edges = st.builds(Action, genes, st.just("cut_edge"), st.none() | st.floats(0, 1), genes)
interventions = st.tuples(
    st.lists(actions, max_size=4, unique_by=lambda action: action.gene),
    st.lists(edges, max_size=3, unique_by=lambda action: (action.gene, action.target)),
).map(lambda chosen: Intervention(tuple(chosen[0] + chosen[1])))


@given(interventions)
def test_the_text_reads_back(intervention):
    again = Intervention.parse(str(intervention))
    assert again == intervention
    assert hash(again) == hash(intervention)
    assert str(again) == str(intervention)


@given(interventions)
def test_labels_read_back_too(intervention):
    label = intervention.name
    assert parse_conditions([label, "control"])[label] == intervention


@given(interventions)
def test_pickling(intervention):
    assert pickle.loads(pickle.dumps(intervention)) == intervention


@given(st.lists(actions, max_size=4, unique_by=lambda action: action.gene), st.randoms())
def test_the_order_of_actions_means_nothing(chosen, random):
    shuffled = random.sample(chosen, len(chosen))
    assert Intervention(tuple(chosen)) == Intervention(tuple(shuffled))


@pytest.mark.parametrize(
    ("made", "text", "factor"),
    [
        (Intervention.knockout("A"), "A=knockout", 0.0),
        (Intervention.knockdown("A", 0.8), "A=knockdown:0.8", 0.2),
        (Intervention.knockdown("A", 1), "A=knockdown:1", 0.0),
        (Intervention.overexpression("A", factor=3), "A=overexpression:3", 3.0),
        (Intervention.overexpression("A", level=3), "A=clamp:3", 1.0),
        (Intervention.clamp("A", 0), "A=clamp:0", 1.0),
        (Intervention.clamp("A", -0.0), "A=clamp:0", 1.0),
        (Intervention.degradation("A", 0.5), "A=degradation:0.5", 1.0),
        (Intervention.cut_outgoing("A"), "A=cut_outgoing", 1.0),
        (Intervention.cut_outgoing("A", fraction=0.25), "A=cut_outgoing:0.25", 1.0),
        (Intervention.clamp("A", 1e6), "A=clamp:1e06", 1.0),
        (Intervention.clamp("A", 1 / 3), "A=clamp:0.3333333333333333", 1.0),
    ],
)
def test_kinds_and_their_values(made, text, factor):
    (action,) = made
    assert made.name == text
    assert action.production_factor == pytest.approx(factor)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GATA1=ko", Intervention.knockout("GATA1")),
        ("GATA1", Intervention.knockout("GATA1")),
        ("GATA1+SPI1", Intervention.knockout("GATA1", "SPI1")),
        (" GATA1 , SPI1 ", Intervention.knockout("GATA1", "SPI1")),
        ("A=kd:.5", Intervention.knockdown("A", 0.5)),
        ("A = OE : 2", Intervention.overexpression("A", factor=2)),
        ("A=overexpress:2", Intervention.overexpression("A", factor=2)),
        ("A=deg:1e-3", Intervention.degradation("A", 1e-3)),
        ("A=cut", Intervention.cut_outgoing("A")),
        ("A=cut:0.7", Intervention.cut_outgoing("A", fraction=0.7)),
        ("A=cut:1", Intervention.cut_outgoing("A")),
        ("A=clamp:1.5+B=ko", Intervention.clamp("A", 1.5) + Intervention.knockout("B")),
        ("control", Intervention.control()),
        (" Control ", Intervention.control()),
        ("", Intervention.control()),
    ],
)
def test_short_forms(text, expected):
    assert Intervention.parse(text) == expected


def test_an_edge_is_a_gene_and_the_target_that_no_longer_sees_it():
    one = Intervention.parse("GATA1=cut:0.25@SPI1")
    assert one == Intervention.cut_edge("GATA1", "SPI1", 0.25)
    assert one == Intervention.parse(" GATA1 = CUT_EDGE : .25 @ SPI1 ")
    assert one.name == "GATA1=cut_edge:0.25@SPI1"
    (action,) = one
    assert [action.share_seen_by(gene) for gene in ("SPI1", "GATA1", "KLF1")] == [0.75, 1.0, 1.0]
    assert (one.genes, one.perturbed, one.sources) == (("GATA1", "SPI1"), (), ("GATA1",))
    more = one + Intervention.parse("GATA1=cut@GATA1,GATA1=clamp:2")  # one a gene, and one an edge
    assert more.perturbed == ("GATA1",)
    assert Intervention.parse(more.name) == more


@pytest.mark.parametrize("target", ["0.5", "a:b", "x@y", "ko", "A>B", "Tp53_KO", "a&b<c>"])
def test_no_name_of_a_target_is_taken_for_something_else(target):
    edge = Intervention.cut_edge("A", target, 0.5)
    assert Intervention.parse(f"A=cut:0.5@{target}") == edge
    assert parse_conditions([edge.name])[edge.name] == edge


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A=ko@B", "cut_edge for a target"), ("A=cut_edge", "A=cut@TARGET"),
        ("A=cut@", "a gene name"), ("A=cut:2@B", "between 0 and 1"),
        ("A=cut@B,A=cut:0.5@B", "one per edge"),
    ],
)  # fmt: skip
def test_what_is_no_edge_is_refused(text, words):
    with pytest.raises(InterventionError, match=words):
        Intervention.parse(text)


@pytest.mark.parametrize("text", ["A>B", "A->B"])
def test_an_edge_written_with_an_arrow_is_corrected(text):
    with pytest.raises(InterventionError, match="A=cut@B"):
        Intervention.parse(text).check(("A", "B"))


def test_bare_names_take_the_kind_asked_for():
    assert Intervention.parse("A+B=ko", "kd", 0.3) == (
        Intervention.knockdown("A", 0.3) + Intervention.knockout("B")
    )


def test_the_control():
    control = Intervention.control()
    assert control.is_control
    assert not Intervention.knockout("A").is_control
    assert (control.name, control.genes, len(control), list(control)) == ("control", (), 0, [])
    assert control  # a condition like any other
    assert control + Intervention.knockout("A") == Intervention.knockout("A")
    assert Intervention.knockout() == control


def test_combinations():
    both = Intervention.clamp("SPI1", 1) + Intervention.knockout("GATA1")
    assert both.genes == ("GATA1", "SPI1")
    assert len(both) == 2
    assert repr(both) == "Intervention('GATA1=knockout,SPI1=clamp:1')"


def test_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Intervention.knockout("A").actions = ()
    with pytest.raises(dataclasses.FrozenInstanceError):
        Action("A", "knockout").gene = "B"


MISTAKES = [
    (lambda: Intervention.knockout("A", "A"), "one action per gene", "several on 'A'", "keep one"),
    (lambda: Intervention.parse("A=ko,A=oe:2"), "one action per gene", "'A'", "keep one"),
    (lambda: Intervention.clamp("A", 1) + Intervention.knockout("A"), "one action", "'A'", "keep"),
    (lambda: Intervention.knockout("a+b"), "without , + or =", "'a+b'", "rename this gene"),
    (lambda: Intervention.knockout("a,b"), "without , + or =", "'a,b'", "rename this gene"),
    (lambda: Intervention.knockout("a=b"), "without , + or =", "'a=b'", "rename this gene"),
    (lambda: Intervention.knockout(""), "a gene name", "''", "name the gene"),
    (lambda: Intervention.knockout(" A"), "a gene name", "' A'", "without spaces"),
    (lambda: Intervention.knockout(7157), "a gene name", "7157", "as text"),
    (lambda: Intervention.parse("A,,B"), "a gene name", "''", "name the gene"),
    (lambda: Intervention.parse("=ko"), "a gene name", "''", "name the gene"),
    (lambda: Intervention.parse("A=kockout"), "knockout (ko),", "'kockout'", "mean 'knockout'"),
    (lambda: Intervention.parse("A=2"), "knockdown (kd), overexpression (oe)", "'2'",
     "write A=oe:2 (its production is multiplied by 2) or A=clamp:2 (its level is held at 2)"),
    (lambda: Intervention.parse("A=0.3"), "knockdown (kd), overexpression (oe)", "'0.3'",
     "write A=kd:0.3 (its production falls by 30 %)"),
    (lambda: Intervention.parse("A=0"), "knockout (ko)", "'0'", "write for example A=ko"),
    (lambda: Intervention.parse("A=-2"), "knockout (ko)", "'-2'", "write for example A=ko"),
    (lambda: Intervention.parse("A=nan"), "knockout (ko)", "'nan'", "write for example A=ko"),
    (lambda: Intervention.parse("A=kd"), "a value", "knockdown of A without", "A=knockdown:0.5"),
    (lambda: Intervention.parse("A", "clamp"), "a value", "clamp of A without", "A=clamp:1.5"),
    (lambda: Intervention.parse("A=oe"), "a value", "overexpression of A", "overexpression:2"),
    (lambda: Intervention.parse("A=oe:-1"), "a value of overexpression from 0", "-1.0 for A", ":2"),
    (lambda: Intervention.parse("A=ko:1"), "no value", "with the value 1.0", "write A=knockout"),
    (lambda: Intervention.parse("A=oe:two"), "a number after oe:", "'two'", "A=oe:2"),
    (lambda: Intervention.parse("A=oe:"), "a number after oe:", "''", "A=oe:2"),
    (lambda: Intervention.clamp("A", "high"), "a number after clamp:", "'high'", "A=clamp:1.5"),
    (lambda: Intervention.knockdown("A", 1.5), "between 0 and 1", "1.5 for A", "A=knockdown:0.5"),
    (lambda: Intervention.knockdown("A", -0.1), "between 0 and 1", "-0.1 for A", "A=knockdown:0.5"),
    (lambda: Intervention.clamp("A", -1), "from 0 to 1e+12", "-1.0 for A", "A=clamp:1.5"),
    (lambda: Intervention.clamp("A", float("inf")), "from 0 to", "inf for A", "A=clamp:1.5"),
    (lambda: Intervention.degradation("A", float("nan")), "from 0 to", "nan for A", "tion:0.1"),
    (lambda: Intervention.overexpression("A"), "a factor or a level", "neither", "level=2.0"),
    (lambda: Intervention.overexpression("A", factor=1, level=1), "a factor or", "both", "level="),
    (lambda: Intervention.knockout("gata1").check(["GATA1"]), "genes of the fit",
     "'gata1' in 'gata1=knockout'", "did you mean 'GATA1'?"),
    (lambda: Intervention.knockout("gata1").check(["GATA1"], "the data"), "genes of the data",
     "'gata1' in 'gata1=knockout'", "misspelt, did you mean 'GATA1'?"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "expected", "found", "fix"), MISTAKES)
def test_mistakes_are_refused(call, expected, found, fix):
    with pytest.raises(InterventionError) as caught:
        call()
    assert expected in caught.value.expected
    assert found in caught.value.found
    assert fix in caught.value.fix


def test_an_unknown_kind_is_answered_with_every_kind_once():
    with pytest.raises(InterventionError) as caught:
        Intervention.parse("GATA1=explode")
    message = str(caught.value)
    assert all(message.count(kind) == 1 for kind in KINDS)
    assert all(f"({short})" in message for short in ("ko", "kd", "oe", "deg", "cut"))
    assert message.endswith("write for example GATA1=ko.")


def test_only_data_can_be_read_with_another_gene():
    for of, advised in (("the fit", False), ("the data", True)):
        with pytest.raises(InterventionError) as caught:
            Intervention.knockout("GATA3").check(["GATA1", "GATA2"], of)
        assert ("leave its cells out" in caught.value.fix) == advised


def test_check_returns_itself():
    done = Intervention.knockout("A", "B")
    assert done.check(["B", "A"]) is done


def test_every_kind_has_a_constructor():
    for kind in KINDS:
        assert callable(getattr(Intervention, kind))


def test_labels_of_a_perturbation_column():
    labels = ["WT", "GATA1_KO", "Spi1-null", "KLF1 knockout", "TAL1", "A_del+B_KO", "GATA1=clamp:1",
              "TAL1+WT", "WT", "WT+WT", "A=kd:0.5+B=ko"]  # fmt: skip
    read = parse_conditions(labels, control="WT", kind="cut_outgoing")
    assert read == {
        "WT": Intervention.control(),
        "GATA1_KO": Intervention.knockout("GATA1"),
        "Spi1-null": Intervention.knockout("Spi1"),
        "KLF1 knockout": Intervention.knockout("KLF1"),
        "TAL1": Intervention.cut_outgoing("TAL1"),
        "A_del+B_KO": Intervention.knockout("A", "B"),
        "GATA1=clamp:1": Intervention.clamp("GATA1", 1),
        "TAL1+WT": Intervention.cut_outgoing("TAL1"),
        "WT+WT": Intervention.control(),
        "A=kd:0.5+B=ko": Intervention.knockdown("A", 0.5) + Intervention.knockout("B"),
    }


def test_guide_names_are_not_guessed():
    assert parse_conditions(["sgGATA1"])["sgGATA1"].genes == ("sgGATA1",)


def test_what_targets_see_of_a_gene():
    for text, share in (("A=cut", 0.0), ("A=cut:0.7", 0.3), ("A=cut:0", 1.0), ("A=ko", 1.0)):
        (action,) = Intervention.parse(text)
        assert action.visible_share == pytest.approx(share)
    for wrong in ("A=cut:1.1", "A=cut:-0.1", "A=cut:nan"):
        with pytest.raises(InterventionError, match="between 0 and 1"):
            Intervention.parse(wrong)


def test_an_established_knockout_is_a_clamp_at_zero():
    given = Intervention.parse("A=ko,B=oe:2,C=cut")
    assert given.established() == Intervention.parse("A=clamp:0,B=oe:2,C=cut")
    assert Intervention.control().established().is_control


@pytest.mark.parametrize("text", ["A=oe:1e300", "A=clamp:1e300", "A=deg:1e13"])
def test_a_value_that_overflows_is_refused(text):
    with pytest.raises(InterventionError, match=r"from 0 to 1e\+12, found 1"):
        Intervention.parse(text)
