"""One thread for the linear algebra of NumPy and SciPy.

The matrices here are small: threads of BLAS mostly wait for each other, and on a busy machine they
wait for long. One thread also gives the same bits on any number of cores. Training has its own
option, ``threads``, for torch.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Within the block BLAS takes one thread; afterwards, as many as before."""
    import numpy as np  # noqa: F401
    import scipy.linalg  # noqa: F401  only libraries that are loaded can be told
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"):
        yield
