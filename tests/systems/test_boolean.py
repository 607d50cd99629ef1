import itertools

import numpy as np
import pytest

from hillflow.errors import GeneNameError, InputError
from hillflow.systems import BooleanSystem, Noise, Rule
from hillflow.systems.hematopoiesis import RULES


@pytest.mark.parametrize("text", RULES.values())
def test_homologue_agrees_with_the_truth_table(text):
    rule = Rule.parse(text)
    names = rule.genes()
    for values in itertools.product((False, True), repeat=len(names)):
        world = dict(zip(names, values, strict=True))
        level = {gene: np.array([float(on)]) for gene, on in world.items()}
        assert rule.value(level.__getitem__)[0] == float(eval(text, {}, world))


def test_homologue_is_multilinear():
    rule = Rule.parse("(A or B) and not (C and D)")
    rng = np.random.default_rng(0)
    low, high = rng.random((2, 4, 1))
    for gene in range(4):
        ends = []
        for end in (low, high):
            mixed = low.copy()
            mixed[gene] = end[gene]
            ends.append(rule.value(dict(zip("ABCD", mixed, strict=True)).__getitem__))
        middle = low.copy()
        middle[gene] = 0.5 * (low[gene] + high[gene])
        value = rule.value(dict(zip("ABCD", middle, strict=True)).__getitem__)
        assert value == pytest.approx(0.5 * (ends[0] + ends[1]))


def test_signs_count_the_negations():
    assert Rule.parse("A and not (B or not C)").signs() == {"A": 1, "B": -1, "C": 1}


@pytest.mark.parametrize("text", ["A and", "A + B", "f(A)", "", "1 and A"])
def test_what_is_no_rule_is_refused(text):
    with pytest.raises(InputError, match="a rule of gene names"):
        Rule.parse(text)


def test_a_gene_twice_in_a_rule_is_refused():
    with pytest.raises(InputError, match="'A' more than once"):
        Rule.parse("A and B or A and C")


def test_a_rule_about_a_stranger_is_refused():
    with pytest.raises(GeneNameError, match="found 'C'"):
        BooleanSystem(
            {"A": "B", "B": "not C"}, decay=1.0, start=0.5, spread=0.1, noise=Noise(), step=0.1
        )


def test_sharp_switches_make_the_boolean_network():
    """With a steep Hill function the on state is 1, the off state the leak."""
    system = BooleanSystem(
        {"A": "A", "B": "A and not C", "C": "not A"},
        exponent=60.0, leak=0.1, decay=2.0, start=0.5, spread=0.1, noise=Noise(), step=0.1,
    )  # fmt: skip
    steady = system.production(*[np.array([[0.9, 0.5, 0.1]])] * 2) / system.decay
    assert steady == pytest.approx(np.array([[1.0, 1.0, 0.1]]), abs=1e-6)
