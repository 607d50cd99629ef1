"""Exact flows of linear and affine fields, by the matrix exponential or its action on vectors."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from hillflow.draws import normal
from hillflow.errors import InputError, NumericalError

LinearMap = Tensor | Callable[[Tensor], Tensor]

# Al-Mohy & Higham 2011, table 3.1: with m Taylor terms and ‖A‖ ≤ θ_m the backward error
# stays below the unit roundoff of the precision.
_THETA = {
    torch.float64: {
        5: 2.4e-3, 10: 1.4e-1, 15: 6.4e-1, 20: 1.4, 25: 2.4, 30: 3.5, 35: 4.7, 40: 6.0, 45: 7.2,
        50: 8.5, 55: 9.9,
    },
    torch.float32: {
        5: 1.3e-1, 10: 1.0, 15: 2.2, 20: 3.6, 25: 4.9, 30: 6.3, 35: 7.7, 40: 9.1, 45: 11.0,
        50: 12.0, 55: 13.0,
    },
}  # fmt: skip


def affine_flow(A: Tensor, b: Tensor, x: Tensor, dt: float | Tensor) -> Tensor:
    """Return x(dt) for ẋ = A x + b, exact for any dt and any A, including singular ones.

    The exponential of the augmented matrix [[A, b], [0, 0]]·dt contains both e^{A dt} and
    ∫e^{As}b ds (Van Loan 1978). Cost O(d³) per matrix; for d up to some hundreds.

    Parameters
    ----------
    A, b, x
        [..., d, d], [..., d] and [..., d]; leading axes broadcast. One A for all x costs one
        exponential.
    dt
        A number, or a tensor that broadcasts against x[..., 0].

    Returns
    -------
    Tensor
        [..., d].

    Examples
    --------
    >>> import math
    >>> import torch
    >>> from hillflow.solve import affine_flow
    >>> A, b = torch.tensor([[-1.0]]), torch.tensor([2.0])  # relaxes to 2 at rate 1
    >>> round(affine_flow(A, b, torch.tensor([0.0]), math.log(2)).item(), 6)
    1.0
    """
    size = A.shape[-1]
    if A.shape[-2:] != (size, size) or b.shape[-1:] != (size,) or x.shape[-1:] != (size,):
        raise InputError(
            "A [..., d, d] with b and x [..., d]",
            f"shapes {list(A.shape)}, {list(b.shape)} and {list(x.shape)}",
            "give all three the same d",
        )
    leading = torch.broadcast_shapes(A.shape[:-2], b.shape[:-1])
    top = torch.cat(
        [A.expand(*leading, size, size), b.expand(*leading, size).unsqueeze(-1)], dim=-1
    )
    augmented = torch.cat([top, top.new_zeros(*leading, 1, size + 1)], dim=-2)
    if isinstance(dt, Tensor):
        dt = dt.to(augmented)[..., None, None]
    flow = torch.linalg.matrix_exp(augmented * dt)[..., :-1, :]
    return (flow[..., :-1] @ x.unsqueeze(-1)).squeeze(-1) + flow[..., -1]


def expm_action(
    A: LinearMap, v: Tensor, t: float | Tensor = 1.0, *, norm: float | None = None
) -> Tensor:
    """Return e^{At} v for each row of v, without computing the exponential.

    The Taylor series of e^{At/s} is applied s times, with at most m terms. s and m are those of
    least cost whose backward error is at roundoff for the norm of A t, and a series ends once two
    consecutive terms are negligible (Al-Mohy & Higham 2011, algorithm 3.2). If A is a matrix, the
    mean of its diagonal is subtracted first, which shortens the series. Cost: about 1.5–3·‖At‖
    products with A; memory two more copies of v.

    Parameters
    ----------
    A
        A matrix [n, n], dense or sparse (COO, CSR), acting on columns; or a linear function of
        [..., n] that applies it to each row.
    v
        Rows to act on, [..., n].
    t
        A number, or one per row: a tensor that broadcasts against v[..., 0].
    norm
        A bound on ‖A‖ (any operator norm) for a function; by default it is estimated from
        repeated products with one random row. For a matrix the 1-norm is computed.

    Returns
    -------
    Tensor
        [..., n].

    Examples
    --------
    >>> import torch
    >>> from hillflow.solve import expm_action
    >>> rotation = torch.tensor([[0.0, -1.0], [1.0, 0.0]], dtype=torch.float64)
    >>> v = torch.tensor([[1.0, 0.0]], dtype=torch.float64)
    >>> expm_action(rotation, v, torch.pi / 2).abs().round(decimals=6).tolist()
    [[0.0, 1.0]]
    """
    if v.dtype not in _THETA:
        raise InputError("rows in float32 or float64", str(v.dtype), "convert with v.double()")
    estimated = norm is None and not isinstance(A, Tensor)
    if isinstance(A, Tensor):
        apply, shift, norm = _matrix_map(A, v)
    else:
        apply, shift = A, 0.0
        norm = _estimated_norm(A, v) if norm is None else norm
    longest = float(t.detach().abs().max()) if isinstance(t, Tensor) else abs(t)
    if isinstance(t, Tensor):
        t = t.to(v).unsqueeze(-1)
    while True:
        if not math.isfinite(norm * longest):
            raise NumericalError(
                "a finite norm of A t", str(norm * longest), "check A and t for NaN and infinity"
            )
        terms, stages = _cheapest(norm * longest, v.dtype)
        result, settled = _taylor(apply, v, t, shift, terms, stages)
        if settled or not estimated:
            return result
        norm = 2.0 * norm + 1e-3  # the estimate was too low for so few terms


def _taylor(
    apply: Callable[[Tensor], Tensor], v: Tensor, t: float | Tensor, shift: float, terms: int,
    stages: int,
) -> tuple[Tensor, bool]:  # fmt: skip
    """Apply the series of e^{(A − μI)t/s} and the factor e^{μt/s}, `stages` times."""
    tolerance = torch.finfo(v.dtype).eps / 2
    exponent = t * shift / stages
    growth = exponent.exp() if isinstance(exponent, Tensor) else math.exp(exponent)
    result, settled = v, True
    for _ in range(stages):
        term, before = result, _largest(result)
        for k in range(1, terms + 1):
            term = apply(term) * (t / (stages * k))
            result = result + term
            size = _largest(term)
            if before + size <= tolerance * _largest(result):
                break
            before = size
        else:
            settled = False
        result = result * growth
    return result, settled


def _matrix_map(A: Tensor, v: Tensor) -> tuple[Callable[[Tensor], Tensor], float, float]:
    """Return the action of A − μI on rows, μ, and ‖A − μI‖₁."""
    n = v.shape[-1]
    if A.shape != (n, n):
        raise InputError(f"a matrix [{n}, {n}] for rows of {n}", f"{list(A.shape)}", "match them")
    if A.layout is torch.strided:
        diagonal, columns = A.detach().diagonal(), A.detach().abs().sum(0)
    else:
        entries = A.detach().to_sparse_coo().coalesce()
        (row, column), value = entries.indices(), entries.values()
        zero = torch.zeros(n, dtype=value.dtype, device=value.device)
        diagonal = zero.index_add(0, row[row == column], value[row == column])
        columns = zero.index_add(0, column, value.abs())
    shift = float(diagonal.mean())
    norm = float((columns - diagonal.abs() + (diagonal - shift).abs()).max())

    def apply(rows: Tensor) -> Tensor:
        flat = rows.reshape(-1, n)
        product = flat @ A.mT if A.layout is torch.strided else (A @ flat.mT).mT
        return product.reshape(rows.shape) - shift * rows

    return apply, shift, norm


@torch.no_grad()
def _estimated_norm(A: Callable[[Tensor], Tensor], v: Tensor, products: int = 6) -> float:
    """Return twice the largest growth in repeated products with one random row."""
    row = normal(v.shape[-1:], v, torch.Generator().manual_seed(0))
    row = row.expand(v.shape).clone()  # the shape with which the function is called later
    growth = 0.0
    for _ in range(products):
        length = float(row.norm())
        if length == 0.0:
            break
        row = A(row / length)
        growth = max(growth, float(row.norm()))
    return 2.0 * growth


def _cheapest(norm: float, dtype: torch.dtype) -> tuple[int, int]:
    """Return the numbers of terms and of stages that need the fewest products."""
    options = [
        (m * max(1, math.ceil(norm / theta)), m, max(1, math.ceil(norm / theta)))
        for m, theta in _THETA[dtype].items()
    ]
    _, terms, stages = min(options)
    return terms, stages


def _largest(rows: Tensor) -> float:
    return float(rows.detach().abs().max()) if rows.numel() else 0.0
