"""Speed and accuracy, measured: one module a table; `python -m benchmarks NAME` runs it.

A benchmark is a module with a function ``run(quick: bool, seed: int) -> Table``. Its name
stands in ``benchmarks.__main__.NAMES``; its result is ``results/NAME.json``.
"""
