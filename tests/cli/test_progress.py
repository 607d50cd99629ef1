"""Progress of long work: a line now and then in a log, a bar on a terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.progress import Progress

from hillflow.cli import progress
from hillflow.cli.progress import shown_progress


@pytest.fixture
def clock(monkeypatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_a_log_has_a_line_now_and_then(clock):
    stream = io.StringIO()
    with shown_progress(Console(file=stream)) as tell:
        for step in range(1, 26):
            clock[0] = float(step)
            tell("laws", step, 25)
        clock[0] = 40.0
        tell("[steps]", 1_500, 0)
    assert stream.getvalue() == "laws: 10 of 25\nlaws: 20 of 25\n[steps]: 1,500\n"


def test_a_terminal_has_a_bar_that_goes_away():
    stream = io.StringIO()
    with shown_progress(Console(file=stream, force_terminal=True)) as display:
        assert isinstance(display, Progress)
        display.add_task("laws", total=2)
        display.refresh()
    assert "laws" in stream.getvalue()
    assert stream.getvalue().endswith("\x1b[2K")
