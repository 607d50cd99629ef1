"""docs/benchmarks.md is what the committed results say, and says all of it."""

from __future__ import annotations

import json

import pytest
from benchmarks.__main__ import ORDER
from benchmarks.render import PAGE, RESULTS, render

RESULT = {
    "benchmark": "made_up",
    "command": "python -m benchmarks made_up --seed 0",
    "commit": "0123456789abcdef+changes",
    "also_measured_at": ["fedcba9876543210"],
    "seeds": [0],
    "seconds": 1234.5,
    "environment": {
        "python": "3.11.7", "system": "Linux x86_64", "processor": "Some", "cores": 2,
        "threads": 1, "packages": {"torch": "2.13.0"},
    },
    "claims": [
        {"claim": "|x| is small", "measured": 0.123456, "at_most": 0.2, "holds": True},
        {"claim": "y is large", "measured": 1.0, "at_least": 2, "holds": False},
    ],
    "rows": [
        {"data": "a|b", "cells": 16800, "ap_over_base": 1.23456, "works": True},
        {"data": "c", "cells": 3, "ap_over_base": None, "works": False},
        {"other": 2e6},
    ],
}  # fmt: skip


@pytest.fixture
def page(tmp_path) -> str:
    (tmp_path / "made_up.json").write_text(json.dumps(RESULT))
    return render(tmp_path)


def test_the_page_is_what_the_committed_results_render_to() -> None:
    assert PAGE.read_text("utf-8") == render(order=ORDER), "run `make bench-docs`"


def test_every_committed_result_has_a_section() -> None:
    text = PAGE.read_text("utf-8")
    for path in RESULTS.glob("*.json"):
        assert f"\n## {path.stem}\n" in text


def test_claims_say_what_was_wanted_and_whether_it_held(page: str) -> None:
    assert r"| \|x\| is small | 0.1235 | at most 0.2 | yes |" in page
    assert "| y is large | 1 | at least 2 | **no** |" in page
    assert "1 of 2 claims hold. These do not:" in page
    assert "| [made_up](#benchmark-made-up) | y is large | 1 | at least 2 |" in page


def test_rows_of_the_same_columns_are_one_table(page: str) -> None:
    assert "| data | cells | ap over base | works |\n| --- | ---: | ---: | --- |\n" in page
    assert "| a\\|b | 16,800 | 1.235 | yes |\n| c | 3 | – | no |\n" in page
    assert "| other |\n| ---: |\n| 2,000,000 |\n" in page


def test_where_it_came_from(page: str) -> None:
    words = " ".join(page.split())
    assert "commit 012345678+changes, fedcba987, 1,234 s; Python 3.11.7, Linux x86_64" in words
    assert "2 cores, 1 thread; torch 2.13.0." in words


def test_results_keep_the_order_of_the_benchmarks(tmp_path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.json").write_text(json.dumps(RESULT | {"benchmark": name}))
    text = render(tmp_path, ("c", "missing", "a"))
    assert text.index("## c\n") < text.index("## a\n") < text.index("## b\n")
    assert text == render(tmp_path, ("c", "missing", "a"))
