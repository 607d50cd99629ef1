"""Small data with a known law; see `small_fits`."""

from ..networks_to_write import *  # noqa: F403
from ..small_fits import *  # noqa: F403
