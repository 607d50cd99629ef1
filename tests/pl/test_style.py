"""The style of figures leaves the settings of the backend alone."""

from __future__ import annotations

import os
import subprocess
import sys


def test_a_backend_that_is_loaded_by_the_first_figure_keeps_its_settings(tmp_path) -> None:
    """As that of notebooks, which shows figures of cells while matplotlib is interactive."""
    (tmp_path / "notebook.py").write_text(
        "from matplotlib.backends.backend_agg import *\nimport matplotlib\n"
        "matplotlib.interactive(True)\n"
    )
    code = (
        "import matplotlib\nfrom hillflow.pl._style import drawing\n"
        "with drawing(None, 2, 2):\n    pass\nassert matplotlib.is_interactive()"
    )
    environment = {**os.environ, "MPLBACKEND": "module://notebook", "PYTHONPATH": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
