"""The runs and results that figures are drawn of too."""

from ..pl.conftest import *  # noqa: F403
