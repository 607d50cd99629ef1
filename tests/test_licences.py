"""Every package that hillflow needs to run has a known licence that is compatible with ours."""

from __future__ import annotations

import sys
import tomllib
from email.message import Message
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "docs"))

from _pages import licences  # noqa: E402

FOUND = licences.dependencies()


@pytest.mark.parametrize("one", FOUND, ids=lambda one: one.name)
def test_the_licence_is_known_and_compatible(one):
    assert one.compatible, f"{one.name} {one.version}: {one.licence or 'no known licence'}"


def test_direct_and_transitive_packages_are_found():
    names = {one.name.lower(): one for one in FOUND}
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert sum(bool(one.needs) for one in FOUND) == len(declared)
    assert names["numpy"].needs.startswith(">=")
    assert names["mpmath"].needs == ""  # of SymPy
    assert f"| mpmath | – | {names['mpmath'].licence} |" in licences.table()


@pytest.mark.parametrize(
    ("fields", "licence", "compatible"),
    [
        ({"License-Expression": "MIT OR GPL-3.0-only"}, "MIT OR GPL-3.0-only", True),
        ({"License-Expression": "MIT AND GPL-3.0-only"}, "MIT AND GPL-3.0-only", False),
        ({"License-Expression": "(Apache-2.0 WITH LLVM-exception) AND MIT"},
         "(Apache-2.0 WITH LLVM-exception) AND MIT", True),
        ({"License": "MIT"}, "MIT", True),
        ({"License": "MPL-2.0 AND MIT"}, "MPL-2.0 AND MIT", True),
        ({"License": "GPL-3.0"}, "GPL", False),
        ({"License": "GNU Affero General Public License v3"}, "AGPL", False),
        ({"License": "GNU Lesser General Public License v3"}, "LGPL", True),
        ({"License": "BSD 3-Clause", "Classifier": "License :: OSI Approved :: BSD License"},
         "BSD-3-Clause", True),
        ({"Classifier": "License :: OSI Approved :: GNU General Public License v3 (GPLv3)"},
         "GPL", False),
        ({"License": "all rights reserved"}, "", False),
        ({}, "", False),
    ],
)  # fmt: skip
def test_licences_are_read(fields, licence, compatible):
    metadata = Message()
    for name, value in fields.items():
        metadata[name] = value
    found = licences.licence_of(metadata)
    assert found == licence
    assert licences.Dependency("x", "1", "", found).compatible is compatible
