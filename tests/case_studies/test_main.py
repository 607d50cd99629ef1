"""`python -m case_studies NAME` runs a page, or says why it is skipped."""

from __future__ import annotations

import os
from pathlib import Path

import case_studies.__main__ as studies
import pytest


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for pages, and another for data that holds none."""
    monkeypatch.setattr(studies, "HERE", tmp_path)
    monkeypatch.setattr(studies, "NAMES", ("page",))
    data = tmp_path / "data"
    data.mkdir()
    monkeypatch.setenv("HILLFLOW_DATA", str(data))
    monkeypatch.setattr("benchmarks.reference_data.ROOT", tmp_path / "checkout")
    return tmp_path


def test_every_page_has_a_name() -> None:
    assert {"blood", "thp1", "yeast", "bsubtilis", "hipsc"} <= set(studies.NAMES)


def test_blocks_run_in_order_in_a_folder_of_their_own(pages, capsys, monkeypatch) -> None:
    monkeypatch.chdir(pages)
    text = "```python\nk = 2\n```\n```console\nno command\n```\n```python\nprint(k + 1)\n"
    text += 'open("made.txt", "w").close()\n```\n```bash\nhillflow priors list\n```\n'
    (pages / "page.md").write_text(text)
    assert studies.main(["page"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("3\n")
    assert "hematopoiesis" in said
    assert not (pages / "made.txt").exists()
    assert Path.cwd() == pages


def test_without_its_data_a_page_is_skipped_with_the_reason(pages, capsys) -> None:
    (pages / "page.md").write_text('```python\nopen("$HILLFLOW_DATA/made_up/expression.h5ad")\n```')
    assert studies.main(["page"]) == 0
    said = capsys.readouterr()
    assert "Skipped page" in said.err
    assert "made_up/expression.h5ad" in said.err
    assert "set HILLFLOW_DATA" in said.err
    assert not said.out


def test_data_beside_the_checkout_are_found(pages, monkeypatch, capsys) -> None:
    beside = pages / "shared" / "data"
    (beside / "made_up").mkdir(parents=True)
    (beside / "made_up" / "expression.h5ad").touch()
    monkeypatch.setenv("HILLFLOW_DATA", "")
    (pages / "page.md").write_text(
        '```python\nimport os\nprint(os.path.expandvars("$HILLFLOW_DATA/made_up/"))\n```'
    )
    assert studies.main(["page"]) == 0
    assert capsys.readouterr().out.strip() == f"{beside}{os.sep}made_up/"


def test_an_error_on_the_command_line_is_the_exit_code(pages, capsys) -> None:
    (pages / "page.md").write_text("```bash\nhillflow graph nothing.h5ad\n```")
    assert studies.main(["page"]) == 2
