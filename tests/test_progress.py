from __future__ import annotations

from rich.progress import Progress

from hillflow.progress import teller, within


def test_nothing_a_function_and_a_display():
    teller(None)("fitting", 1, 2)
    told = []
    within(teller(lambda *news: told.append(news)), "member 1")("stage 1", 3, 9)
    assert told == [("member 1: stage 1", 3, 9)]
    with Progress(disable=True) as display:
        tell = teller(display)
        for done in range(3):
            tell("stage 1", done, 10)
        tell("stage 2", 1, 5)
        first, second = display.tasks
    assert (first.description, first.completed, first.total) == ("stage 1", 2, 10)
    assert (second.description, second.completed, second.total) == ("stage 2", 1, 5)
