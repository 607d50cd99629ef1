"""Every code block of README.md, docs/ and case_studies/ runs, page by page, top to bottom.

Blocks marked ``python`` and ``bash`` run (``hillflow …`` lines through the command line's own
entry point); ``console`` and unmarked blocks are for reading. Case studies are written at full
size and run here at small size: the same commands, with the options in `SMALL` after their own.
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest

from hillflow.cli import main

ROOT = Path(__file__).parents[1]
STUDIES = sorted((ROOT / "case_studies").glob("*.md"))
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *STUDIES])
SMALL = {
    "simulate": ["--cells", "30"],
    "fit": ["--ensemble", "2", "--effort", "0.02"],
    "laws": ["--members", "0", "--parents", "2"],
    "validate": ["--shuffles", "19"],
}
BLOCK = re.compile(r"^```(?:\{code-block\} )?(python|bash)\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_code_blocks_run(page, tmp_path, monkeypatch, request):
    monkeypatch.chdir(tmp_path)
    blocks = BLOCK.findall(page.read_text())
    if any("$HILLFLOW_DATA" in code for _, code in blocks):
        monkeypatch.setenv("HILLFLOW_DATA", str(request.getfixturevalue("benchmark_data")))
    names: dict = {}
    for language, code in blocks:
        if language == "python":
            exec(compile(code, page.name, "exec"), names)
            continue
        for line in code.replace("\\\n", " ").splitlines():
            words = shlex.split(os.path.expandvars(line), comments=True)
            if words:
                assert words[0] == "hillflow", f"only hillflow commands run: {line}"
                small = SMALL.get(words[1], []) if page in STUDIES else []
                assert main([*words[1:], *small]) == 0, line


def test_the_readme_has_blocks_that_run():
    assert len(BLOCK.findall((ROOT / "README.md").read_text())) >= 3
