"""``python -m hillflow``."""

from hillflow.cli.app import run

run()
