"""``check``: a look at the data before any fit."""

from __future__ import annotations

from dataclasses import replace

from hillflow.evaluate.data_check import DataCheck, check_data
from hillflow.findings import collect_findings, unique_findings
from hillflow.seeds import check_seed
from hillflow.workflow.cells import CellsLike, read_cells
from hillflow.workflow.options.check import CHECK, CheckOptions
from hillflow.workflow.options.data import DataOptions
from hillflow.workflow.verb import verb


@verb(CHECK)
def check(cells: CellsLike, data: DataOptions, options: CheckOptions) -> DataCheck:
    """Do what `hillflow.check` promises.

    Returns
    -------
    DataCheck
        Its tables are ``populations``, ``perturbations`` and ``answers``.

    Examples
    --------
    >>> import hillflow as hf
    >>> found = hf.check(hf.simulate("toggle", cells=60, times=[0, 1, 2]))
    >>> found.answers.set_index("question").loc["Who regulates whom?", "answer"]
    'hardly'
    """
    with collect_findings() as said:
        found = check_data(read_cells(cells, data), seed=check_seed(options.seed))
    return replace(found, noted=tuple(unique_findings([*said, *found.noted])))
