"""Small data with a known law; see `small_fits`."""

from ..small_fits import *  # noqa: F403
