"""A network without a fit: regressions with a closed form, on sums over coupled cells."""

from __future__ import annotations

from hillflow.closed_form.network import closed_form_network

__all__ = ["closed_form_network"]
