#!/usr/bin/env bash
# hillflow's wheel in an environment of its own, with the lowest or the newest versions allowed.
#
#   scripts/check_versions.sh lowest|newest [ENVIRONMENT]
#
# lowest: those of requirements/lowest.txt, for Python 3.11. newest: whatever the package index
# offers today within the bounds of pyproject.toml. torch is the one we test with, in both: any
# other would bring gigabytes of CUDA libraries.
# ENVIRONMENT is a folder: made if it is not there, kept, and used again; without it, one is made
# and removed (1.7 GB). First the wheel alone, in a folder that is not the checkout, goes from
# simulated cells to a report; then a quick part of the tests asks the same installed wheel.
# HILLFLOW_BIN is a folder with the Python that makes the environment (.venv/bin).
set -euo pipefail
cd "$(dirname "$0")/.."
which=${1:-}
if [ "$which" != lowest ] && [ "$which" != newest ]; then
    echo "Expected lowest or newest, found '$which'. Fix: $0 lowest" >&2
    exit 2
fi
checkout=$PWD
bin=${HILLFLOW_BIN:-.venv/bin}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
environment=$(realpath -m "${2:-$work/environment}")
export OMP_NUM_THREADS=1 MPLBACKEND=Agg PIP_DISABLE_PIP_VERSION_CHECK=1
unset PYTHONPATH PYTHONDONTWRITEBYTECODE  # only what is imported is compiled, once

if [ "$which" = lowest ] &&
    ! "$bin/python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))'; then
    echo "Skipped: requirements/lowest.txt is for Python 3.11, and $bin has another."
    exit 0
fi
[ -x "$environment/bin/python" ] || "$bin/python" -m venv "$environment"
python=$environment/bin/python
"$python" -m pip wheel --quiet --no-deps --wheel-dir "$work/wheel" .
install() { "$python" -m pip install --quiet --no-compile "$@"; }
if [ "$which" = lowest ]; then
    install --requirement requirements/lowest.txt
else
    torch=$(grep '^torch==' requirements/constraints.txt)
    install --upgrade --upgrade-strategy eager \
        "$torch" "$work"/wheel/*.whl hypothesis pytest pytest-xdist
fi
install --no-deps --force-reinstall "$work"/wheel/*.whl  # of the same version, perhaps of older code
"$python" -m pip check
echo "Installed ($SECONDS s)."

hillflow() {
    "$environment/bin/hillflow" "$@" > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
}
mkdir "$work/elsewhere"
cd "$work/elsewhere"
case $("$python" -c 'import hillflow; print(hillflow.__file__)') in
    "$environment"/*) ;;
    *) echo "Expected the installed wheel, found another hillflow." >&2; exit 1 ;;
esac
hillflow --version
hillflow priors fetch hematopoiesis
hillflow simulate toggle --out cells.h5ad --cells 60 --knockouts A
hillflow fit cells.h5ad --time time --out run --effort 0.02
hillflow graph run
hillflow knockout run --genes A
hillflow laws run
hillflow export run --to sbml --out laws.xml
hillflow report run --out report.html
[ -s report.html ] && [ -s laws.xml ]
echo "The wheel alone: from cells to a report ($SECONDS s)."

cd "$checkout"
"$python" -m pytest -n 2 --dist loadfile -m 'not slow' -p no:cacheprovider --disable-warnings \
    tests/cli/test_app.py tests/data/test_h5ad.py tests/data/test_tables.py \
    tests/fields/test_hill_sparse.py tests/model/test_predict.py tests/model/test_storage.py \
    tests/networks tests/systems/test_scale_free.py tests/transport/test_exact.py \
    tests/workflow/test_in_memory.py tests/workflow/test_two_faces.py
echo "Tested ($SECONDS s)."
