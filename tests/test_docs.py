"""Every code block of README.md and docs/ runs, page by page, top to bottom.

Blocks marked ``python`` and ``bash`` run (``hillflow …`` lines through the command line's own
entry point); ``console`` and unmarked blocks are for reading.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from hillflow.cli import main

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
BLOCK = re.compile(r"^```(?:\{code-block\} )?(python|bash)\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_code_blocks_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    for language, code in BLOCK.findall(page.read_text()):
        if language == "python":
            exec(compile(code, page.name, "exec"), names)
            continue
        for line in code.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words:
                assert words[0] == "hillflow", f"only hillflow commands run: {line}"
                assert main(words[1:]) == 0, line


def test_the_readme_has_blocks_that_run():
    assert len(BLOCK.findall((ROOT / "README.md").read_text())) >= 3
