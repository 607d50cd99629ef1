import numpy as np
import pytest

from hillflow.errors import GeneNameError, InputError
from hillflow.systems import HillTermSystem, Noise, Term, activates, represses

KINETICS = {"decay": 1.0, "start": 0.5, "spread": 0.1, "noise": Noise(), "step": 0.1}


def test_terms_are_summed_and_factors_multiplied():
    system = HillTermSystem(
        ("A", "B"),
        [
            Term("A", 0.2),
            Term("A", 2.0, (activates("B", 0.5, 2.0), represses("A", 1.0, 1.0))),
        ],
        **KINETICS,
    )
    a, b = 0.3, 0.7
    expected = 0.2 + 2.0 * b**2 / (0.25 + b**2) * (1.0 / (1.0 + a)) - a
    assert system.drift(np.array([[a, b]]))[0] == pytest.approx([expected, -b])


def test_a_term_of_a_stranger_is_refused():
    with pytest.raises(GeneNameError, match="found 'C'"):
        HillTermSystem(("A", "B"), [Term("A", 1.0, (activates("C"),))], **KINETICS)


def test_a_negative_weight_is_refused():
    with pytest.raises(InputError, match="term weights of 0 or more"):
        HillTermSystem(("A",), [Term("A", -1.0)], **KINETICS)


def test_a_regulator_with_two_signs_is_refused():
    terms = [Term("A", 1.0, (activates("B"),)), Term("A", 1.0, (represses("B"),))]
    with pytest.raises(InputError, match="one sign for each pair"):
        HillTermSystem(("A", "B"), terms, **KINETICS)
