"""decoupler itself, where it is installed: the same scores and adjusted p-values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from hillflow.activities import infer_activity
from hillflow.networks import Network, decoupler_network


@pytest.mark.parametrize("method", ["ulm", "mlm"])
def test_it_agrees_with_decoupler(x, found, method) -> None:
    decoupler = pytest.importorskip("decoupler", reason="decoupler is not installed")
    target, source = found.weight.nonzero()
    network = Network.from_columns(
        [found.regulators[k] for k in source], [found.genes[k] for k in target],
        weight=np.asarray(found.weight[target, source]).ravel(),
    )  # fmt: skip
    frame = pd.DataFrame(x, columns=list(found.genes))
    score, p = getattr(decoupler.mt, method)(frame, decoupler_network(network))
    ours = infer_activity(x, found, method)
    np.testing.assert_allclose(ours.scores, score[list(ours.scores)], rtol=1e-6)
    theirs = p[list(ours.padj)].to_numpy()
    if method == "mlm":  # decoupler 2.2 leaves the p-values of mlm as they are
        theirs = stats.false_discovery_control(theirs, axis=1)
    np.testing.assert_allclose(ours.padj, theirs, rtol=1e-6)
