"""The command line: each command is a thin skin over one public function of the same name."""

from __future__ import annotations

from hillflow.cli.app import main

__all__ = ["main"]
