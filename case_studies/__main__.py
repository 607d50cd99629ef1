"""`python -m case_studies NAME`: the code of a case study, from top to bottom, with what it prints.

Data are looked for where the benchmarks look: ``HILLFLOW_DATA``, else ``../shared/data`` beside the
checkout. A study whose data are not there is skipped, with the reason.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.reference_data import MissingDataError, data_file

from hillflow.cli import main as hillflow

HERE = Path(__file__).parent
NAMES = tuple(sorted(page.stem for page in HERE.glob("*.md")))
_BLOCK = re.compile(r"^```(python|bash)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_DATA = re.compile(r"\$HILLFLOW_DATA/(\w+)/")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m case_studies", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    name = parser.parse_args(arguments).name
    text = (HERE / f"{name}.md").read_text(encoding="utf-8")
    try:
        for folder in _DATA.findall(text):
            os.environ["HILLFLOW_DATA"] = str(data_file(f"{folder}/expression.h5ad").parents[1])
    except MissingDataError as error:
        print(f"Skipped {name}: {error}", file=sys.stderr)
        return 0
    with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):
        return run(text, name)


def run(text: str, name: str) -> int:
    """Run the blocks of a page in the current folder; the exit code of the first that fails."""
    names: dict[str, Any] = {}
    for language, code in _BLOCK.findall(text):
        if language == "python":
            exec(compile(code, f"{name}.md", "exec"), names)
            continue
        for line in code.replace("\\\n", " ").splitlines():
            words = shlex.split(os.path.expandvars(line), comments=True)
            code_of_line = hillflow(words[1:]) if words else 0  # all of them are our commands
            if code_of_line:
                return code_of_line
    return 0


if __name__ == "__main__":
    sys.exit(main())
