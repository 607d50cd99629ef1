"""Logic laws of known tables: a 'logic' field whose rules are AND, OR, NOT, and a member of it."""

from __future__ import annotations

import itertools

import numpy as np
import torch

from hillflow.fields.edges import CandidateEdges
from hillflow.fields.logic import LogicField
from hillflow.model import Member
from hillflow.objectives.heads import Heads, Protein

from .small_fits import model_of

GENES = ("GATA1", "SPI1", "NKX2-5", "targets")
# Regulators of each gene, in the order of its table.
REGULATORS = {0: (0, 1), 1: (0, 1), 2: (0, 1, 3), 3: ()}
# Rows: 00, 01, 10, 11, …; the first regulator is the highest bit.
ROWS = {
    0: [0.02, 0.01, 0.95, 0.04],  # GATA1 & !SPI1
    1: [0.02, 0.97, 0.01, 0.93],  # SPI1
    2: [0.02, 0.9, 0.03, 0.9, 0.9, 0.95, 0.04, 0.97],  # targets | GATA1 & !SPI1
    3: [0.7],
}


def logic_field(seed: int = 0, spread: float = 0.0) -> LogicField:
    """The tables above, with Hill curves of their own; rows vary by `spread` on the logits."""
    edges = [(source, target) for target, sources in REGULATORS.items() for source in sources]
    field = LogicField(
        GENES, edges=CandidateEdges(*map(list, zip(*edges, strict=True)), 4), dtype=torch.float64
    )
    random = np.random.default_rng(seed)
    with torch.no_grad():
        for gene, rows in ROWS.items():
            a = np.log(rows) - np.log1p(-np.array(rows)) + spread * random.normal(size=len(rows))
            whole = np.repeat(a, 8 // len(rows))  # slots that a gene lacks are the lowest bits
            field.table[gene] = torch.from_numpy(whole)
        shape = field.log_threshold.shape
        field.log_threshold.copy_(torch.from_numpy(np.log(random.uniform(0.35, 0.65, shape))))
        field.raw_exponent.copy_(torch.from_numpy(random.uniform(0, 2, shape)))
        field.raw_scale.fill_(float(np.log(np.expm1(1.0))))
        field.raw_decay.fill_(float(np.log(np.expm1(0.9))))
        field.top.copy_(torch.tensor([1.0, 1.2, 0.8, 1.0]))
    return field


def logic_member(seed: int = 0, spread: float = 0.0, proteins: bool = False) -> Member:
    """A member of a fit with this field, with proteins if wanted."""
    head = Protein(4, torch.float64) if proteins else None
    if head is not None:
        rates = torch.tensor([0.5, 0.8, 1.1, 2.0], dtype=torch.float64)
        head.unit.copy_(rates / head().detach())
    field = logic_field(seed, spread)
    return model_of(field, Heads(field, protein=head))


def production(field: LogicField, x: np.ndarray) -> np.ndarray:
    """Σ_T a_T Π h Π (1 − h) of each gene, row by row, in NumPy."""
    values = {name: getattr(field, name)().detach().numpy() for name in ("threshold", "exponent")}
    a = 1 / (1 + np.exp(-field.table.detach().numpy()))
    top, result = field.top.numpy(), np.zeros_like(x)
    for gene, sources in REGULATORS.items():
        h = []
        for k, source in enumerate(sources):
            level = np.maximum(x[:, source], 1e-3 * top[source])
            K, n = values["threshold"][gene, k], values["exponent"][gene, k]
            h.append(level**n / (K**n + level**n) * bool(field.used[gene, k]))
        h += [np.zeros(len(x))] * (3 - len(sources))
        for row, on in enumerate(itertools.product((0, 1), repeat=3)):
            share = np.prod([p if one else 1 - p for p, one in zip(h, on, strict=True)], axis=0)
            result[:, gene] += a[gene, row] * share
    return field.scale().detach().numpy() * result
