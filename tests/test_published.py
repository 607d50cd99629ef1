"""The table of published methods names what exists: compositions, tests, options."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from hillflow.workflow._methods import method_rows

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "docs"))
from _pages.published import LEFT_OUT, PAGE, PUBLISHED, page, table  # noqa: E402

ROWS = [one for rows in PUBLISHED.values() for one in rows]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_names_what_exists(row) -> None:
    assert row.uses
    for registry, name in row.uses:
        assert name in {one["name"] for one in method_rows(registry)}
    file, _, name = row.test.partition("::")
    text = (ROOT / file).read_text(encoding="utf-8")
    assert not name or f"def {name}(" in text


def test_every_named_method_is_in_the_table() -> None:
    """But those that are our own."""
    ours = {"default", "law", "endpoint"}
    names = {name for row in ROWS for registry, name in row.uses if registry == "methods"}
    assert {one["name"] for one in method_rows("methods")} - names <= ours


def test_rows_stay_rows_in_markdown() -> None:
    for line in table().splitlines():
        if line.startswith("| **"):
            assert line.count("|") == 6
    assert all(why for _, why in LEFT_OUT)


def test_the_committed_page_has_the_table() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == page(), "docs/published.md is not current. Fix: make tables"
    assert table() in text
