from __future__ import annotations

from rich.progress import Progress

from hillflow.progress import progress_callback, with_prefix


def test_nothing_a_function_and_a_display():
    progress_callback(None)("fitting", 1, 2)
    calls = []
    with_prefix(progress_callback(lambda *call: calls.append(call)), "member 1")("stage 1", 3, 9)
    assert calls == [("member 1: stage 1", 3, 9)]
    with Progress(disable=True) as display:
        report = progress_callback(display)
        for done in range(3):
            report("stage 1", done, 10)
        report("stage 2", 1, 5)
        first, second = display.tasks
    assert (first.description, first.completed, first.total) == ("stage 1", 2, 10)
    assert (second.description, second.completed, second.total) == ("stage 2", 1, 5)
