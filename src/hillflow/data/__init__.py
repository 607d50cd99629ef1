"""What was measured: populations at times, or units through time, checked once on the way in."""

from __future__ import annotations

from hillflow.data.basis import LinearBasis
from hillflow.data.h5ad import read_gene_names
from hillflow.data.kinds import Cells, check_genes, check_kind
from hillflow.data.pooled import pooled_control
from hillflow.data.prepare import normalize, select_variable_genes
from hillflow.data.snapshots import Population, Snapshots
from hillflow.data.splits import (
    Split,
    leave_out_cells,
    leave_out_condition,
    leave_out_series,
    leave_out_time,
)
from hillflow.data.times import Times, format_time, parse_times
from hillflow.data.trajectories import Steps, Trajectories

__all__ = [
    "Cells",
    "LinearBasis",
    "Population",
    "Snapshots",
    "Split",
    "Steps",
    "Times",
    "Trajectories",
    "check_genes",
    "check_kind",
    "format_time",
    "leave_out_cells",
    "leave_out_condition",
    "leave_out_series",
    "leave_out_time",
    "normalize",
    "parse_times",
    "pooled_control",
    "read_gene_names",
    "select_variable_genes",
]
