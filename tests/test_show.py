from __future__ import annotations

from collections.abc import Iterable
from html.parser import HTMLParser

import numpy as np
import pytest
from rich.console import Console

from hillflow.findings import Finding
from hillflow.show import Block, Drawing, Facts, Formula, Shown, Table, Text, cell

GENE = "<b>[GATA1]</b>"  # a name that HTML or rich markup would swallow


class Result(Shown):
    def blocks(self) -> Iterable[Block]:
        yield Text("A result\nof two lines")
        yield Facts([("Gene", GENE)])
        yield Table(
            ["gene", "effect", "seen"],
            [[GENE, np.float64(1.23456), True], ["SPI1", None, False]],
            "Effects",
            "after a day",
        )
        yield Formula("dA/dt = 1 - A", "<math></math>", ["without growth"])
        yield Drawing("<svg></svg>", "two genes")

    @property
    def findings(self) -> tuple[Finding, ...]:
        return (Finding("room.what", f"nothing of {GENE} is known"),)


def test_plain_text():
    assert str(Result()).splitlines() == [
        "A result",
        "of two lines",
        "",
        "Gene        <b>[GATA1]</b>",
        "",
        "Effects",
        "gene            effect  seen",
        "──────────────  ──────  ────",
        "<b>[GATA1]</b>   1.235   yes",
        "SPI1                 –",
        "after a day",
        "",
        "dA/dt = 1 - A",
        "    without growth",
        "",
        "Warning: nothing of <b>[GATA1]</b> is known",
    ]


def test_html_escapes_every_text_and_closes_every_tag():
    html = Result()._repr_html_()
    assert GENE not in html
    assert html.count("&lt;b&gt;[GATA1]&lt;/b&gt;") == 3
    assert "<math></math>" in html
    assert "<svg></svg>" in html
    open_tags: list[str] = []

    class Balance(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            if tag != "br":
                open_tags.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert open_tags.pop() == tag

    Balance().feed(html)
    assert open_tags == []


def test_a_terminal_shows_names_as_they_are():
    console = Console(width=60, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(Result())
    assert console.export_text().count(GENE) == 2


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (float("nan"), "–"), (np.float32("nan"), "–"), (True, "yes"), (False, ""),
     (np.True_, "yes"), (1234567, "1,234,567"), (np.int64(1234), "1,234"),
     (0.000123456, "0.0001235"), ("GATA1", "GATA1")],
)  # fmt: skip
def test_a_cell_of_a_table(value, text):
    assert cell(value) == text
