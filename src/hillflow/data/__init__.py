"""Measured data: snapshots of cell populations, or time series, checked when they are built."""

from __future__ import annotations

from hillflow.data.basis import LinearBasis
from hillflow.data.batches import without_batches
from hillflow.data.cells import Cells
from hillflow.data.data_sets import DataSets, align_data_sets
from hillflow.data.growth import add_growth_rates
from hillflow.data.h5ad import read_gene_names
from hillflow.data.metacells import metacells
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
from hillflow.data.times import Times, parse_times
from hillflow.data.trajectories import Steps, Trajectories

__all__ = [
    "Cells",
    "DataSets",
    "LinearBasis",
    "Population",
    "Snapshots",
    "Split",
    "Steps",
    "Times",
    "Trajectories",
    "add_growth_rates",
    "align_data_sets",
    "leave_out_cells",
    "leave_out_condition",
    "leave_out_series",
    "leave_out_time",
    "metacells",
    "normalize",
    "parse_times",
    "pooled_control",
    "read_gene_names",
    "select_variable_genes",
    "without_batches",
]
