import subprocess
import sys

import pytest
import torch

from hillflow.objectives.adam import Adam


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_steps_are_those_of_torch_to_the_last_bit(dtype: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(0)
    start = [torch.randn(shape, generator=generator, dtype=dtype) for shape in [(3, 4), (5,), ()]]
    ours, theirs = ([tensor.clone().requires_grad_() for tensor in start] for _ in range(2))
    adam, reference = Adam(ours), torch.optim.Adam(theirs)
    for step in range(300):
        rate = 0.1 / (1 + step)
        for optimizer, parameters in ((adam, ours), (reference, theirs)):
            optimizer.zero_grad()
            # The last one has no gradient at first.
            used = parameters if step > 10 else parameters[:2]
            torch.stack([(p.sin() + p.square()).sum() for p in used]).sum().backward()
        reference.param_groups[0]["lr"] = rate
        reference.step()
        adam.step(rate)
    for mine, other in zip(ours, theirs, strict=True):
        assert torch.equal(mine, other)
        assert adam.state[mine].keys() == reference.state[other].keys()
        for key, value in adam.state[mine].items():
            assert torch.equal(value, reference.state[other][key]), key


def test_a_fit_leaves_the_compiler_of_torch_alone() -> None:
    code = """
import sys
import numpy as np
from hillflow.data import Snapshots
from hillflow.train import Setting, train
x = np.random.default_rng(0).random((60, 3))
cells = Snapshots.from_arrays(x, np.repeat([0, 1, 2], 20), list("ABC"), unit="h", scale="log1p")
train("linear", cells, setting=Setting(effort=0.02))
assert "torch" in sys.modules and "torch._dynamo" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
