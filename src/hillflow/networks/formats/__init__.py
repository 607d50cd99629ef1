"""The formats that networks are read from and written in: one a file, entered in `FORMATS`."""

from __future__ import annotations

from hillflow.networks.formats.base import FORMATS, NetworkFormat

__all__ = ["FORMATS", "NetworkFormat"]
