"""`hillflow.knockout`: modes, what is kept, and what is shown."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

import hillflow as hf
from hillflow.causal import knockout
from hillflow.errors import InterventionError
from hillflow.workflow._knockout import read_mode


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("knockout", ("knockout", None)), ("ko", ("knockout", None)),
        ("knockdown=0.5", ("knockdown", 0.5)), ("overexpress=2", ("overexpression", 2.0)),
        ("clamp:1.5", ("clamp", 1.5)), ("cut_outgoing", ("cut_outgoing", None)),
    ],
)  # fmt: skip
def test_modes(text, expected):
    assert read_mode(text) == expected


def test_a_mode_that_does_not_exist_is_answered_with_those_that_do():
    with pytest.raises(InterventionError, match=r"knockdown=0\.5, overexpress=2"):
        read_mode("remove")


def test_nothing_is_cut_on_a_narrow_screen(blood_run: hf.Run) -> None:
    wanted = ["GATA1+SPI1", "FLI1=clamp:0.25,SPI1=clamp:2.125", "KLF1"]
    result = knockout(blood_run.fit, wanted, blood_run.data)
    stream = io.StringIO()
    Console(file=stream, width=80).print(result)
    shown = stream.getvalue()
    assert "…" not in shown
    assert all(len(line) <= 80 for line in shown.splitlines())
    words = " ".join(shown.replace("│", " ").split())
    assert "GATA1=ko, SPI1=ko" in words
    assert {"FLI1=clamp:0.25,", "SPI1=clamp:2.125"} <= set(words.split())  # over two lines
    ranking = result.ranking.set_index("perturbation")
    assert f"{ranking.loc['KLF1=knockout', 'fate_shift']:.0%}" in words
