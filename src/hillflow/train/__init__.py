"""From a field and data to a fit: training, and the choice among fields and methods.

What a stage is made of (`Stage`, `Match`, `Rollout`, `Variational`, `Teach`, paths) is in
`hillflow.objectives`; methods with a name are listed by `hillflow methods methods`.
"""

from __future__ import annotations

from hillflow.train.choose_method import choose_method
from hillflow.train.contest import choose_field
from hillflow.train.losses import no_change_loss, validation_loss
from hillflow.train.prepare import Prepared, Setting, prepare
from hillflow.train.train import Plan, carry_out, member_seed, plan, train

__all__ = [
    "Plan",
    "Prepared",
    "Setting",
    "carry_out",
    "choose_field",
    "choose_method",
    "member_seed",
    "no_change_loss",
    "plan",
    "prepare",
    "train",
    "validation_loss",
]
