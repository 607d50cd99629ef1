"""The table of formats that laws are written in."""

from __future__ import annotations

from pathlib import Path

import pytest

from hillflow.errors import InputError
from hillflow.symbolic import (
    LAW_FORMATS,
    LawFormat,
    Laws,
    ParetoFront,
    laws_of_logic,
    write_sbml,
)

from ...logic_laws import logic_field


def test_sbml_is_one_of_them():
    assert next(iter(LAW_FORMATS)) == "sbml"
    entry = LAW_FORMATS["sbml"]
    assert entry.write is write_sbml
    assert entry.suffix == ""  # .xml or .sbml
    assert "COPASI" in entry.description
    assert LAW_FORMATS.table == "law-formats"
    with pytest.raises(InputError, match="the name of a law format"):
        LAW_FORMATS["sbm"]


def test_every_format_writes_logic_laws_into_a_file_of_its_suffix(tmp_path: Path):
    pytest.importorskip("libsbml")
    found = laws_of_logic(logic_field())
    laws = Laws({gene: ParetoFront(gene, [law]) for gene, law in found.items()}, "h")
    for entry in LAW_FORMATS.values():
        path = tmp_path / f"laws{entry.suffix or '.xml'}"
        assert entry.write(laws, path) == path
        assert path.stat().st_size > 0


@pytest.mark.usefixtures("registries")
def test_another_one_is_added_by_its_name():
    entry = LawFormat("text", "one formula a line", ".txt", lambda laws, path: path)
    assert LAW_FORMATS.add(entry, __name__) is LAW_FORMATS["text"]
    with pytest.raises(InputError, match="a new name for a law format"):
        LAW_FORMATS.add(entry, "elsewhere")
