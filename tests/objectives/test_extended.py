"""An extended objective needs and learns what the objective does, whatever is added later."""

from __future__ import annotations

import inspect

from hillflow.objectives.base import Objective
from hillflow.objectives.extended import Extended


def test_every_property_of_an_objective_is_that_of_the_one_it_extends():
    own = {name for name, one in vars(Objective).items() if isinstance(one, property)}
    assert own == {name for name, one in vars(Extended).items() if isinstance(one, property)}

    class Other(Objective):
        def loss(self, training, cells, generator):
            return {}

    class More(Extended, Other):
        pass

    answers = {name: property(lambda self, name=name: f"{name} of it") for name in own}
    told = type("Told", (Other,), answers)()
    assert not inspect.isabstract(More)
    assert {name: getattr(More(told), name) for name in own} == {n: f"{n} of it" for n in own}
