"""What `docs/_pages` makes: every public name has its entry, every finding its row."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

import pytest

import hillflow

ROOT = Path(__file__).parents[1]
SOURCE = Path(hillflow.__file__).parent
sys.path.append(str(ROOT / "docs"))

from _pages import codes, docstrings, reference, tables  # noqa: E402

INTERNAL = {"schemas"}  # of files, for `hillflow.records` alone
ROOMS = sorted({path.parent.name for path in SOURCE.glob("*/__init__.py")} - INTERNAL)
# Not a code, though it looks like one: a file's name.
_FILE = re.compile(
    r"\.(bnet|css|csv|cx2|h5ad|html|js|json|md|npz|png|safetensors|sbml|tex|tsv|xhtml|xml)$"
)


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return reference.pages()


def test_every_room_has_a_page(pages):
    assert set(ROOMS) <= set(pages)


@pytest.mark.parametrize("room", ROOMS)
def test_every_name_that_a_room_exports_has_an_entry(pages, room):
    text = pages[room] + pages["hillflow"]
    for name in importlib.import_module(f"hillflow.{room}").__all__:
        entry = rf":: hillflow\.({room}\.)?{re.escape(name)}\b"
        assert re.search(entry, text), f"hillflow.{room}.{name}"


def test_the_front_door_has_an_entry_for_every_name(pages):
    for name in set(hillflow.__all__) - {"__version__", "pl"}:
        assert re.search(rf":: hillflow\.{name}\b", pages["hillflow"]), name


def test_every_registry_is_on_a_page_with_all_its_entries(pages):
    for table, registry in tables.REGISTRIES.items():
        (page,) = (text for text in pages.values() if f"``hillflow methods {table}``" in text)
        for name in registry:
            assert f"\n`{name}`\n: " in page
            assert f"| `{name}` |" in tables.short(table)


def test_every_code_in_the_source_is_in_the_table():
    listed = {code.code for code in codes.codes()}
    rooms = "|".join({code.partition(".")[0] for code in listed})
    written = {
        text
        for path in SOURCE.rglob("*.py")
        for text in re.findall(rf'"((?:{rooms})\.[a-z]+(?:-[a-z]+)*)"', path.read_text())
        if not _FILE.search(text)
    }
    assert written <= listed | {"snapshots.x", "run.data"}
    assert len(written) > 30
    table = codes.table()
    assert all(f"| `{code}` |" in table for code in listed)


def test_every_finding_has_a_code_and_words():
    for code in codes.codes():
        assert code.code != codes.WITHOUT_CODE, code.text
        assert re.search(r"[a-z]{3}", code.text), code


def test_names_in_docstrings_become_links_or_code():
    names = docstrings.Names(
        ["hillflow.Network", "hillflow.data.Population", "hillflow.systems.Population"]
    )
    made = docstrings.prepared(
        "See `Network.select`, `Population` and `x`; |w| and ``a|b``.\n\n>>> a | b\n",
        names, "hillflow.systems.sde",
    )  # fmt: skip
    assert made == (
        "See :py:obj:`Network.select <hillflow.Network.select>`, "
        ":py:obj:`Population <hillflow.systems.Population>` and ``x``; \\|w\\| and ``a|b``."
        "\n\n>>> a | b\n"
    )
    assert names.find("Population", "hillflow.causal.graph") is None


def test_attributes_that_share_a_text_are_one_entry():
    text = "Sum.\n\nAttributes\n----------\nname, text\n    Key, and words.\nE\n    G.\n"
    assert docstrings.prepared(text, docstrings.Names(()), "") == (
        "Sum.\n\nAttributes\n----------\nname,text\n    Key, and words.\nE\n    \\G.\n"
    )
