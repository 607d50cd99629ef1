"""What other people's tools take from us, under the names that they look for."""

from __future__ import annotations

from hillflow.export.velocity import add_velocity

__all__ = ["add_velocity"]
