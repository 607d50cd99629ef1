import pytest

from hillflow.errors import InputError
from hillflow.systems import SYSTEMS, Noise, build_system, simulate


@pytest.mark.parametrize("name", list(SYSTEMS))
def test_every_entry_builds_a_system_that_runs(name):
    entry = SYSTEMS[name]
    system = build_system(name, noise=Noise("additive", 0.01))
    assert system.name == entry.name == name
    assert system.noise.size == 0.01
    assert entry.description
    assert entry.source
    data = simulate(system, entry.times[:2], 2)
    assert len(data.populations) == 2


@pytest.mark.parametrize("name", list(SYSTEMS))
def test_listed_options_are_the_builders_own(name):
    import inspect

    parameters = set(inspect.signature(SYSTEMS[name].build).parameters)
    assert parameters == {*SYSTEMS[name].options, "noise"}


def test_wrong_names_and_options_are_answered_with_the_right_ones():
    with pytest.raises(InputError, match="did you mean 'hematopoiesis'"):
        build_system("haematopoiesis")
    with pytest.raises(InputError, match="found 'genes'"):
        build_system("toggle", genes=3)
