from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.progress import Progress

import hillflow as hf
from hillflow import progress
from hillflow.progress import in_words, progress_callback, shown_progress, with_prefix
from hillflow.workflow import _fit


@pytest.fixture
def clock(monkeypatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


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


def test_a_log_has_a_line_now_and_then_with_what_is_left(clock):
    stream = io.StringIO()
    with shown_progress(Console(file=stream)) as tell:
        tell("about 40 s and 1.0 GB of memory", 0, 0)
        for step in range(1, 26):
            clock[0] = float(step)
            tell("laws", step, 25)
        clock[0] = 40.0
        tell("[steps]", 1_500, 0)
        tell("candidate edges", 0, 0)
        clock[0] = 1_000.0
        tell("stage 2", 100, 2_100)
        clock[0] = 1_400.0
        tell("stage 2", 500, 2_100)
    assert stream.getvalue().splitlines() == [
        "about 40 s and 1.0 GB of memory",
        "laws: 10 of 25, about 15 s left",
        "laws: 20 of 25, about 5 s left",
        "[steps]: 1,500",
        "candidate edges",
        "stage 2: 100 of 2,100",
        "stage 2: 500 of 2,100, about 27 min left",
    ]


def test_a_terminal_has_a_bar_that_goes_away():
    stream = io.StringIO()
    with shown_progress(Console(file=stream, force_terminal=True)) as display:
        assert isinstance(display, Progress)
        tell = progress_callback(display)
        tell("laws", 1, 2)
        tell("of unknown length", 0, 0)
        display.refresh()
    assert "laws" in stream.getvalue()
    assert stream.getvalue().endswith("\x1b[2K")


def test_a_verb_shows_its_progress_when_asked(capsys, monkeypatch):
    monkeypatch.setattr(_fit, "LONG", 0.0)
    cells = hf.simulate("toggle", cells=20, times=[0, 1, 2], progress=True)
    hf.fit(cells, field="linear", effort=0.01, progress=True)
    assert "this fit takes about " in capsys.readouterr().err


def test_times_are_in_the_unit_that_suits_them():
    assert [in_words(s) for s in (0.2, 99, 100, 5_900, 12_600)] == [
        "1 s", "99 s", "2 min", "98 min", "3.5 h",
    ]  # fmt: skip
