"""Options that take one value are given once; closed outputs end quietly."""

from __future__ import annotations

import subprocess
import sys

import pytest

from hillflow.cli import main


@pytest.mark.parametrize(
    "words",
    [["fit", "x.h5ad", "--leave-out-time", "1", "--leave-out-time=2"],
     ["fit", "x.h5ad", "--leave-out-perturbation", "A", "--leave-out-perturbation", "B"],
     ["knockout", "run", "--genes", "A", "--genes", "B"],
     ["graph", "run", "--top", "2", "--top", "3"]],
)  # fmt: skip
def test_a_repeated_option_is_refused(words, capsys):
    assert main(words) == 2
    said = capsys.readouterr().err
    assert "once, found it 2 times" in said
    assert "with commas between them" in said


def test_options_that_collect_their_values_are_repeated(capsys):
    assert main(["fit", "none.h5ad", "--where", "a=b", "--where", "c=d"]) == 2
    assert "once" not in capsys.readouterr().err
    assert main(["methods", "couplings", "--json", "--json"]) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="a shell that can close an output")
@pytest.mark.parametrize("end", [">&-", "2>&- >/dev/null", "| true"])
def test_closed_outputs_end_quietly(end):
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m hillflow priors list {end}"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert "Traceback" not in done.stderr + done.stdout
