"""Laws as pysindy finds them; started by `symbolic_recovery` in pysindy's environment.

Needs numpy and pysindy alone. Reads problems from an .npz (x, y and x_off of each), prints JSON:
for each library and problem the regulators named, the values off the support, and the time.
Sequentially thresholded least squares; of several thresholds the one of least BIC.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pysindy

THRESHOLDS = (0.01, 0.03, 0.1, 0.3)
CURVES = [(k, n) for k in (0.4, 0.6, 0.9) for n in (2, 4)]


def _curve(k: float, n: int) -> Callable[[Any], Any]:
    # pysindy counts the arguments of a function, defaults included: there must be one
    return lambda x: x**n / (k**n + x**n)


def _name(k: float, n: int) -> Callable[[str], str]:
    return lambda x: f"h({x}; {k}, {n})"


def libraries() -> dict[str, Any]:
    hill = pysindy.CustomLibrary(
        library_functions=[_curve(k, n) for k, n in CURVES],
        function_names=[_name(k, n) for k, n in CURVES],
    )
    return {
        "cubic": pysindy.PolynomialLibrary(degree=3),
        "Hill terms": pysindy.PolynomialLibrary(degree=1) + hill,
    }


def fitted(library: Any, x: np.ndarray, y: np.ndarray, x_off: np.ndarray) -> dict[str, Any]:
    size = y.std()
    rates = np.repeat(y[:, None] / size, x.shape[1], 1)  # as many rates as states are wanted
    best: tuple[float, Any] = (np.inf, None)
    for threshold in THRESHOLDS:
        optimizer = pysindy.STLSQ(threshold=threshold, alpha=1e-3)
        model = pysindy.SINDy(optimizer=optimizer, feature_library=library)
        model.fit(x, t=1.0, x_dot=rates)
        away = np.mean((np.asarray(model.predict(x))[:, 0] - rates[:, 0]) ** 2)
        used = np.count_nonzero(model.coefficients()[0])
        score = len(y) * np.log(away) + used * np.log(len(y))
        if score < best[0]:
            best = (score, model)
    model = best[1]
    kept = np.flatnonzero(model.coefficients()[0])
    names = [model.get_feature_names()[k] for k in kept]
    columns = sorted({int(found) for name in names for found in re.findall(r"x(\d+)", name)})
    return {"parents": columns, "off": (np.asarray(model.predict(x_off))[:, 0] * size).tolist()}


def main(path: str) -> None:
    with np.load(path) as file:
        count = len(file.files) // 3
        problems = [tuple(file[f"{k}_{what}"] for what in ("x", "y", "off")) for k in range(count)]
    results = {}
    for name, library in libraries().items():
        start = time.process_time()
        laws = [fitted(library, *problem) for problem in problems]
        results[name] = {"seconds": (time.process_time() - start) / count, "laws": laws}
    print(json.dumps(results))


if __name__ == "__main__":
    main(sys.argv[1])
