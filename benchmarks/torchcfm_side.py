"""OT-CFM as torchcfm users run it; started by `flow_matching_speed` in torchcfm's environment.

Needs torch, numpy and torchcfm alone. Reads populations from an .npz, prints JSON.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
import torch
from torchcfm.conditional_flow_matching import ExactOptimalTransportConditionalFlowMatcher


def main(path: str, batch: int, steps: int, seed: int) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    np.random.seed(seed)  # noqa: NPY002 (torchcfm draws from it)
    with np.load(path) as file:
        populations = [torch.from_numpy(file[key]) for key in sorted(file.files)]
    dims = populations[0].shape[1]
    layers: list[torch.nn.Module] = []
    for left, right in ((dims + 1, 64), (64, 64), (64, 64)):
        layers += [torch.nn.Linear(left, right), torch.nn.SiLU()]
    network = torch.nn.Sequential(*layers, torch.nn.Linear(64, dims))
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    matcher = ExactOptimalTransportConditionalFlowMatcher(sigma=0.0)

    def step() -> tuple[float, float]:
        times, points, velocities, costs = [], [], [], []
        for k in range(len(populations) - 1):
            start, end = (
                p[torch.randint(len(p), (batch,))] for p in (populations[k], populations[k + 1])
            )
            s, x, velocity = matcher.sample_location_and_conditional_flow(start, end)
            times.append(s + k)
            points.append(x)
            velocities.append(velocity)
            costs.append(float(velocity.square().sum(1).mean()))
        inputs = torch.cat([torch.cat(points), torch.cat(times)[:, None]], dim=1)
        loss = (network(inputs) - torch.cat(velocities)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return float(loss.detach()), float(np.mean(costs))

    for _ in range(10):
        step()
    start = time.process_time()
    seen = [step() for _ in range(steps)]
    seconds = time.process_time() - start
    losses, costs = np.array(seen).T
    tail = losses[-max(1, steps // 5) :]
    print(json.dumps({
        "seconds_per_1000": 1000 * seconds / steps, "plan_cost": float(costs.mean()),
        "loss": float(tail.mean()), "loss_sd": float(tail.std()),
    }))  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1], *(int(word) for word in sys.argv[2:]))
