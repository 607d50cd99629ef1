"""From a field and data to a fit: training, and the choice among fields and methods.

What a stage is made of (`Stage`, `Match`, `Rollout`, `Variational`, `Teach`, paths) is in
`hillflow.objectives`; methods with a name are listed by `hillflow methods methods`.
"""

from __future__ import annotations

from hillflow.train.choose_method import choose_method
from hillflow.train.contest import Choice, choose_field
from hillflow.train.members import fit_ensemble, member_seed
from hillflow.train.prepare import Prepared, Setting, prepare
from hillflow.train.train import fit
from hillflow.train.validation_loss import landing_error, standstill_error

__all__ = [
    "Choice",
    "Prepared",
    "Setting",
    "choose_field",
    "choose_method",
    "fit",
    "fit_ensemble",
    "landing_error",
    "member_seed",
    "prepare",
    "standstill_error",
]
