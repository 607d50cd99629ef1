"""Training: from a field and data to a fit, and the choice among fields and methods.

The stages of a training (`Stage`, `Match`, `Rollout`, `Variational`, `Teach`, paths) are in
`hillflow.objectives`; `hillflow methods methods` lists the named methods.
"""

from __future__ import annotations

from hillflow.train.choose_field import choose_field
from hillflow.train.choose_method import choose_method
from hillflow.train.setting import Setting
from hillflow.train.train import train

__all__ = ["Setting", "choose_field", "choose_method", "train"]
