"""File formats of networks, one module each, registered in `FORMATS`."""

from __future__ import annotations

from hillflow.networks.formats.base import FORMATS, NetworkFormat

__all__ = ["FORMATS", "NetworkFormat"]
