"""The laws of a run: read from a model that is made of laws, else those found before."""

from __future__ import annotations

from hillflow.errors import MissingFileError
from hillflow.results.run import Run
from hillflow.symbolic import Laws, read_laws
from hillflow.symbolic.read_laws import has_laws


def laws_of_run(run: Run) -> Laws:
    """The laws of all genes of a fit of the field 'logic'; of other fits those in the run."""
    if has_laws(run.fit):
        return read_laws(run.fit, run.data)
    if run.laws is None:
        raise MissingFileError(
            "the laws of a run", f"no laws.json in {run.name}",
            f"run `{run.command('laws')}` first (hillflow.laws(run))",
        )  # fmt: skip
    return run.laws
