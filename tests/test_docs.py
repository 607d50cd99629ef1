"""Every code block of README.md, docs/ and case_studies/ runs; see `page_blocks`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from . import page_blocks

ROOT = Path(__file__).parents[1]
STUDIES = sorted((ROOT / "case_studies").glob("*.md"))
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *STUDIES])
WITH_FILES = [page for page in PAGES if page_blocks.files(page)]
PLAIN = [page for page in PAGES if page not in WITH_FILES and page_blocks.blocks(page)]


@pytest.mark.slow
@pytest.mark.parametrize("page", PLAIN, ids=lambda page: page.name)
def test_code_blocks_run(page, tmp_path, monkeypatch, request):
    monkeypatch.chdir(tmp_path)
    if page.name != "figures.md":  # elsewhere figures are in passing
        request.getfixturevalue("unrendered")
    if "$HILLFLOW_DATA" in page.read_text(encoding="utf-8"):
        monkeypatch.setenv("HILLFLOW_DATA", str(request.getfixturevalue("benchmark_data")))
    try:
        page_blocks.run(page)
    finally:
        page_blocks.without_limits()


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_FILES, ids=lambda page: page.name)
def test_files_of_a_page_work_as_plugins(page, tmp_path):
    ran = subprocess.run(
        [sys.executable, page_blocks.__file__, str(page)],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, f"{ran.stdout[-4000:]}\n{ran.stderr[-4000:]}"


def test_the_readme_goes_from_cells_to_cytoscape():
    ((language, code),) = page_blocks.blocks(ROOT / "README.md")
    assert language == "python"
    for call in ("hf.fit(adata", "hf.graph(run)", '"cx2"', "hf.knockout(run"):
        assert call in code
