from __future__ import annotations

import pytest

from hillflow.errors import UnsupportedError
from hillflow.interpreter import check_docstrings


def test_a_python_without_docstrings_is_refused_before_a_run_is_called_damaged():
    check_docstrings()
    check_docstrings(1)
    with pytest.raises(UnsupportedError, match="unset PYTHONOPTIMIZE"):
        check_docstrings(2)
