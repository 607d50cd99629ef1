"""Showing a network in a running Cytoscape, without a file to open by hand."""

from __future__ import annotations

import importlib
import importlib.util
import tempfile
from pathlib import Path
from typing import Any

from hillflow.errors import InputError, MissingPackageError
from hillflow.networks.network import Network


def push_to_cytoscape(
    network: Network, name: str = "hillflow", *, prior: Network | None = None
) -> int:
    """Show the network, laid out and styled, in Cytoscape, and return its number there.

    Needs py4cytoscape, and Cytoscape Desktop 3.10 or later (which reads CX2) running on this
    machine.
    """
    py4cytoscape = _py4cytoscape()
    with tempfile.TemporaryDirectory() as folder:
        (path,) = network.write(Path(folder) / f"{name}.cx2", "cx2", prior=prior)
        try:
            shown = py4cytoscape.import_network_from_file(str(path))
        except Exception as error:  # its own kind, and whatever its HTTP client raises
            raise InputError(
                "Cytoscape 3.10 or later, to load the network",
                f"an error from it ({error})",
                "update Cytoscape, or network.write(path, 'cx2') and open the file there",
            ) from error
    return int(shown["networks"][0])


def _py4cytoscape() -> Any:
    """The package, once Cytoscape answers."""
    if importlib.util.find_spec("py4cytoscape") is None:
        raise MissingPackageError(
            "the package py4cytoscape",
            "none",
            "pip install py4cytoscape, or write the file: network.write(path, 'cx2'), --to cx2",
        )
    py4cytoscape = importlib.import_module("py4cytoscape")
    try:
        py4cytoscape.cytoscape_ping()
    except Exception as error:
        raise InputError(
            "a running Cytoscape on this machine",
            f"none that answers ({type(error).__name__})",
            "start Cytoscape Desktop and try again, or write the file: network.write(path, 'cx2'), "
            "--to cx2",
        ) from error
    return py4cytoscape
