from __future__ import annotations

import pytest
import torch

from hillflow.train.deterministic import deterministic


def test_settings_hold_inside_and_come_back():
    inside = []

    def work() -> None:
        with deterministic(1):
            inside.append((torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()))
            raise RuntimeError

    torch.set_num_threads(2)
    with pytest.raises(RuntimeError):
        work()
    assert inside == [(1, True)]
    assert torch.get_num_threads() == 2
    assert not torch.are_deterministic_algorithms_enabled()
