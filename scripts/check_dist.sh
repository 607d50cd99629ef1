#!/usr/bin/env bash
# Build the sdist and the wheel of it into dist/, check both, install the wheel and try it.
#
#   scripts/check_dist.sh [ENVIRONMENT]
#
# ENVIRONMENT is a folder: made if it is not there, kept, and used again; without it, one is made
# and removed (1.7 GB). HILLFLOW_BIN is a folder with the Python that makes it (.venv/bin).
set -euo pipefail
cd "$(dirname "$0")/.."
checkout=$PWD
bin=${HILLFLOW_BIN:-.venv/bin}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
environment=${1:-$work/environment}
export OMP_NUM_THREADS=1 MPLBACKEND=Agg PIP_DISABLE_PIP_VERSION_CHECK=1
unset PYTHONPATH

"$bin/python" -m venv "$work/tools"
"$work/tools/bin/python" -m pip install --quiet build twine
rm -rf dist
"$work/tools/bin/python" -m build --outdir dist . > "$work/log" || { cat "$work/log" >&2; exit 1; }
"$work/tools/bin/python" -m twine check --strict dist/*
echo "Built and checked ($SECONDS s)."

[ -x "$environment/bin/python" ] || "$bin/python" -m venv "$environment"
environment=$(cd "$environment" && pwd)
python=$environment/bin/python
"$python" -m pip install --quiet --constraint requirements/constraints.txt dist/*.whl
"$python" -m pip install --quiet --no-deps --force-reinstall dist/*.whl  # perhaps of older code
"$python" -m pip check
cd "$work"
case $("$python" -c 'import hillflow; print(hillflow.__file__)') in
    "$environment"/*) ;;
    *) echo "Expected the installed wheel, found another hillflow." >&2; exit 1 ;;
esac
version=$("$environment/bin/hillflow" --version)
case $version in
    *"$(make --silent --directory "$checkout" version)"*) echo "$version" ;;
    *) echo "Expected the version of the checkout, found $version." >&2; exit 1 ;;
esac
"$environment/bin/hillflow" simulate toggle --out cells.h5ad --cells 60 --knockouts A
"$environment/bin/hillflow" graph cells.h5ad --time time --out edges.csv
[ -s edges.csv ]
echo "The wheel, installed: from cells to a network ($SECONDS s)."
