"""A network as RENGE (Ishikawa et al. 2023) infers it; started by `real` in RENGE's environment.

Needs numpy, pandas and renge alone. Reads cells, times and knocked-out genes from an .npz (x, time,
knockout: the index of a gene or −1), prints JSON: the coefficients [target, regulator], and CPU
seconds. One fit, with hyperparameters inside the range that its search covers: the search itself is
150 such fits.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time

import numpy as np
import pandas as pd
from renge import Renge

HYPERPARAMETERS = {"C": 1e-3, "A_l1_ratio": 0.1, "n_k": 2}


def main(path: str) -> None:
    given = np.load(path)
    start = time.process_time()
    genes = [str(k) for k in range(given["x"].shape[1])]
    knockout = np.zeros_like(given["x"])
    rows = np.flatnonzero(given["knockout"] >= 0)
    knockout[rows, given["knockout"][rows]] = 1
    cells = [f"cell{k}" for k in range(len(knockout))]
    indicator = pd.DataFrame(knockout, index=cells, columns=genes).assign(t=given["time"])
    expression = pd.DataFrame(given["x"], index=cells, columns=genes)
    np.random.seed(0)  # noqa: NPY002 - the generator that it draws from
    model = Renge()
    with contextlib.redirect_stdout(sys.stderr):
        model.preprocess_X(indicator, expression)
        model.fit(**HYPERPARAMETERS)
    seconds = time.process_time() - start
    print(json.dumps({"coefficients": model.A.to_numpy().tolist(), "cpu_seconds": seconds}))


if __name__ == "__main__":
    main(sys.argv[1])
