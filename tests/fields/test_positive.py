from __future__ import annotations

import numpy as np
import torch

from hillflow.fields.positive import inverse_softplus, softplus


def test_softplus_is_exact_in_float64() -> None:
    raw = torch.linspace(-50, 60, 400, dtype=torch.float64)
    np.testing.assert_allclose(
        softplus(raw).numpy(), np.logaddexp(0, raw.numpy()), rtol=1e-15, atol=0
    )
    back = inverse_softplus(softplus(raw))
    torch.testing.assert_close(back[raw > -13], raw[raw > -13], rtol=1e-9, atol=1e-9)
    assert inverse_softplus(torch.zeros(1)).isfinite().all()
