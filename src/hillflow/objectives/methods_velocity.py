"""The method of RNA velocities alone."""

from __future__ import annotations

from hillflow.objectives.method import Method
from hillflow.objectives.registry import register
from hillflow.objectives.stage import Stage
from hillflow.objectives.velocity import Velocity
from hillflow.transport import Independent

register(
    Method(
        name="velocity",
        formula="E‖f(x) − v‖², v an RNA velocity of each cell, by the variance of each gene",
        source="as in Qiu et al. 2022 (Dynamo), on velocities of any program",
        learns=("velocity",),
        trains="any",
        data="snapshots",
        cost="one field evaluation per step",
        when_not="cells of several times are there: another method with velocity_layer=… uses "
        "both, and gives rates in the time of the data",
        coupling=Independent(),
        stages=(Stage(Velocity(), steps=1500, cells=1024, rate=1e-2),),
    ),
    module=__name__,
)
