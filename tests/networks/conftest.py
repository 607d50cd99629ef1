"""Networks to write; see `networks_to_write`."""

from ..networks_to_write import *  # noqa: F403
