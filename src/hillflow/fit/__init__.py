"""From a field and data to a model: `fit`, ensembles, automatic choice, and the run directory.

What a stage is made of (`Stage`, `Match`, `Rollout`, `Variational`, `Teach`, paths) is in
`hillflow.objectives`; methods with a name are listed by `hillflow methods methods`.
"""

from __future__ import annotations

from hillflow.fit.choose import Choice, choose_field
from hillflow.fit.choose_method import choose_method
from hillflow.fit.ensemble import Ensemble, fit_ensemble, member_seed
from hillflow.fit.fit import fit
from hillflow.fit.model import Model
from hillflow.fit.prepare import Prepared, Setting, prepare
from hillflow.fit.run import Run
from hillflow.fit.watch import landing_error, standstill_error

__all__ = [
    "Choice",
    "Ensemble",
    "Model",
    "Prepared",
    "Run",
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
