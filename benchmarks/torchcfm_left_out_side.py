"""Cells carried to left-out times by torchcfm's own classes; run by `fidelity`, without hillflow.

``python torchcfm_left_out_side.py METHOD SEED CELLS.npz MOVED.npz``. As in its single-cell
examples: one network of state and time, one mini-batch of each interval a step, the paths and their
velocities as the class of the method draws them. Steps and batch are those that `fidelity` gives
ours.
"""

import json
import sys
import time
from itertools import pairwise

import numpy as np
import torch
from torchcfm.conditional_flow_matching import (
    ConditionalFlowMatcher,
    ExactOptimalTransportConditionalFlowMatcher,
    SchrodingerBridgeConditionalFlowMatcher,
)

STEPS, BATCH, WIDTH, RATE, SIGMA = 2000, 128, 64, 1e-3, 0.1
MATCHERS = {
    "cfm": lambda: ConditionalFlowMatcher(sigma=0.0),
    "ot-cfm": lambda: ExactOptimalTransportConditionalFlowMatcher(sigma=0.0),
    "sb-cfm": lambda: SchrodingerBridgeConditionalFlowMatcher(sigma=SIGMA, ot_method="exact"),
}


def network(genes):
    layers = []
    for k, width in enumerate((genes + 1, WIDTH, WIDTH, WIDTH)):
        layers += [torch.nn.Linear(width, WIDTH if k < 3 else genes), torch.nn.SELU()]
    return torch.nn.Sequential(*layers[:-1])


def velocity(model, x, t):
    return model(torch.cat([x, t.expand(len(x), 1)], dim=1))


def trained(name, x, when, times, random):
    matcher, model = MATCHERS[name](), network(x.shape[1])
    optimizer = torch.optim.Adam(model.parameters(), RATE)
    rows = {t: np.flatnonzero(when == t) for t in times}
    for _ in range(STEPS):
        points, clocks, targets = [], [], []
        for start, end in pairwise(times):
            x0, x1 = (
                torch.from_numpy(x[random.choice(rows[t], BATCH)]).float() for t in (start, end)
            )
            t, xt, ut = matcher.sample_location_and_conditional_flow(x0, x1)
            points.append(xt)
            clocks.append((start + t * (end - start))[:, None])
            targets.append(ut / (end - start))
        optimizer.zero_grad()
        predicted = model(torch.cat([torch.cat(points), torch.cat(clocks)], dim=1).float())
        (predicted - torch.cat(targets)).square().mean().backward()
        optimizer.step()
    return model


@torch.no_grad()
def moved(model, x, start, end, steps=20):
    x, h = torch.from_numpy(x).float(), (end - start) / steps
    for k in range(steps):
        t = torch.tensor([[start + k * h]])
        middle = x + h / 2 * velocity(model, x, t)
        x = x + h * velocity(model, middle, t + h / 2)
    return x.numpy()


def main(name, seed, cells, out):
    torch.manual_seed(int(seed))
    data, random = np.load(cells), np.random.default_rng(int(seed))
    x, when = data["x"], data["time"]
    began, found = time.process_time(), {}
    for at in (1.0, 2.0, 3.0):
        times = [float(t) for t in np.unique(when) if t != at]
        model = trained(name, x, when, times, random)
        found[str(at)] = moved(model, x[when == at - 1], at - 1, at)
    print(json.dumps(time.process_time() - began))
    np.savez(out, **found)


main(*sys.argv[1:])
