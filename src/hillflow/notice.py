"""Warnings by their old name."""

from hillflow.findings import warn as warn
