"""The pages of the benchmarks are what the committed results say, and say all of it."""

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
    return render(tmp_path)["benchmarks/made_up.md"]


def test_the_pages_are_what_the_committed_results_render_to() -> None:
    docs = PAGE.parent
    written = [PAGE, *(docs / "benchmarks").glob("*.md")]
    found = {path.relative_to(docs).as_posix(): path.read_text("utf-8") for path in written}
    assert found == render(order=ORDER), "run `make bench-docs`"


def test_every_committed_result_has_a_page() -> None:
    pages = render(order=ORDER)
    for path in RESULTS.glob("*.json"):
        assert pages[f"benchmarks/{path.stem}.md"].startswith(f"# {path.stem}\n")
        assert f"[{path.stem}](benchmarks/{path.stem}.md)" in pages["benchmarks.md"]


def test_the_overview_says_what_does_not_hold(tmp_path) -> None:
    (tmp_path / "made_up.json").write_text(json.dumps(RESULT))
    overview = render(tmp_path)["benchmarks.md"]
    assert "1 of 2 claims hold. These do not:" in overview
    assert "| [made_up](benchmarks/made_up.md) | y is large | 1 | at least 2 |" in overview
    assert "| [made_up](benchmarks/made_up.md) |  | 1 of 2 |" in overview


def test_claims_say_what_was_wanted_and_whether_it_held(page: str) -> None:
    assert r"| \|x\| is small | 0.1235 | at most 0.2 | yes |" in page
    assert "| y is large | 1 | at least 2 | **no** |" in page


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
    pages = render(tmp_path, ("c", "missing", "a"))
    assert list(pages) == ["benchmarks.md", *(f"benchmarks/{name}.md" for name in "cab")]
    assert "\nbenchmarks/c\nbenchmarks/a\nbenchmarks/b\n" in pages["benchmarks.md"]
    assert pages == render(tmp_path, ("c", "missing", "a"))
