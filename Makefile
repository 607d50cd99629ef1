# Everything a newcomer needs; `make` alone lists it. Only Python 3.11 or later must be there.
.DEFAULT_GOAL := help
.PHONY: help setup demo test quick coverage clients scverse lowest newest check format bench bench-docs \
	docs tables pictures licences version dist image clean

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CLIENTS := $(CURDIR)/build/clients
VERSION = $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' src/hillflow/_version.py)
# Small batches: one thread a process is fastest, and two test processes fill two cores.
export OMP_NUM_THREADS ?= 1
export MPLBACKEND ?= Agg
# The tests start many processes: compiled once, not by each, whatever the shell asks for.
export PYTHONDONTWRITEBYTECODE :=

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## make the virtual environment and install hillflow into it

$(READY): pyproject.toml requirements/constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else \
	"Expected Python 3.11 or later, found %d.%d. Fix: make PYTHON=python3.11 ..." % v[:2])'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	    --constraint requirements/constraints.txt --editable '.[test]'
	@$(BIN)/python -m compileall -q src  # as pip does with what it copies
	@touch $@

demo: $(READY) ## the whole story on simulated blood cells, into demo/
	$(BIN)/hillflow demo --out demo $(if $(QUICK),--quick)

test: $(READY) ## every test
	$(BIN)/python -m pytest -n 2 --dist loadfile

quick: $(READY) ## the tests without the longer ones
	$(BIN)/python -m pytest -n 2 --dist loadfile -m 'not slow'

coverage: $(READY) ## every test, with the share of lines and branches they run, into build/
	mkdir -p build
	$(BIN)/python -m pytest -n 2 --dist loadfile \
	    --cov --cov-report xml:build/coverage.xml --cov-report markdown:build/coverage.md

clients: $(READY) ## the exports as programs that are not ours read them (npm, a browser)
	@if command -v npm > /dev/null; then \
	    mkdir -p $(CLIENTS) && cp tests/clients/package.json $(CLIENTS) && \
	    npm install --prefix $(CLIENTS) --no-package-lock --no-audit --no-fund --loglevel error; \
	else echo "npm is not installed, so npm's cytoscape and axe-core are not asked"; fi
	NODE_PATH=$(CLIENTS)/node_modules $(BIN)/python -m pytest -rs \
	    tests/clients tests/page/test_browser.py tests/page/test_accessibility.py

# SCVERSE=FOLDER keeps the environment there, and uses it again.
scverse: $(READY) ## scVelo, CellRank and decoupler on our files, in an environment of their own
	HILLFLOW_BIN=$(BIN) scripts/check_scverse.sh $(SCVERSE)

# LOWEST=FOLDER keeps the environment there, and uses it again.
lowest: $(READY) ## the wheel with the lowest versions allowed, in an environment of its own
	HILLFLOW_BIN=$(BIN) scripts/check_versions.sh lowest $(LOWEST)

# NEWEST=FOLDER keeps the environment there, and uses it again.
newest: $(READY) ## the wheel with the newest versions there are, in an environment of its own
	HILLFLOW_BIN=$(BIN) scripts/check_versions.sh newest $(NEWEST)

check: $(READY) ## style, formatting, floors of the house, and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy

format: $(READY) ## let ruff format and mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY) ## all benchmarks, results into benchmarks/results/
	$(BIN)/python -m benchmarks all --jobs 2 $(if $(QUICK),--quick)

bench-docs: $(READY) ## the pages of the benchmarks from the committed results
	$(BIN)/python -m benchmarks render

docs: $(READY) ## the documentation, into docs/_build/html
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	    --constraint requirements/constraints.txt --editable '.[docs]'
	$(BIN)/sphinx-build -W -q -j 2 -b html docs docs/_build/html

tables: $(READY) ## the table of published methods, into docs/published.md
	@cd docs && $(abspath $(BIN))/python -c 'from _pages.published import write; write()'

pictures: $(READY) ## the pictures of the README and the landing page, from a small run
	$(BIN)/python scripts/draw_story.py

licences: $(READY) ## the packages that hillflow needs to run, and their licences
	@cd docs && $(abspath $(BIN))/python -c 'from _pages.licences import table; print(table(), end="")'

version: ## the version, as it is written in the package
	@echo $(VERSION)

# DIST=FOLDER keeps the environment there, and uses it again.
dist: $(READY) ## wheel and sdist into dist/, checked, and the wheel installed and tried
	HILLFLOW_BIN=$(BIN) scripts/check_dist.sh $(DIST)

image: ## the container image, and the quick demo in it (docker)
	docker build --tag hillflow:$(VERSION) .
	docker run --rm hillflow:$(VERSION)

clean: ## remove the environment and everything made
	rm -rf $(VENV) demo build dist docs/_build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
