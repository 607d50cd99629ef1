"""An oracle shares no code with what it tests, and asks for nothing heavy."""

import subprocess
import sys


def test_simulator_loads_neither_torch_nor_another_room():
    program = "import sys, hillflow.systems; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"torch", "anndata", "pandas", "matplotlib"} & set(loaded)
    ours = {name.split(".")[1] for name in loaded if name.startswith("hillflow.")}
    assert ours == {
        "_version",
        "errors",
        "files",
        "findings",
        "plugins",
        "registry",
        "interventions",
        "interpreter",
        "keys",
        "run_files",
        "seeds",
        "systems",
    }
