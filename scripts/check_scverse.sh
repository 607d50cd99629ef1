#!/usr/bin/env bash
# scVelo, CellRank and decoupler read what hillflow writes, in an environment of their own.
#
#   scripts/check_scverse.sh [ENVIRONMENT]
#
# ENVIRONMENT is a folder: made if it is not there, kept, and used again; without it, one is made
# and removed (1.1 GB). hillflow comes from the checkout's .venv (`make setup`), or from the
# folder of programs HILLFLOW_BIN. The input is made here: simulated blood cells, a short fit,
# its velocities, its network, activities by it and a predicted knockout.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${HILLFLOW_BIN:-.venv/bin}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
environment=${1:-$work/environment}
export OMP_NUM_THREADS=1 MPLBACKEND=Agg TQDM_DISABLE=1

if ! "$bin/python" -c 'import sys; sys.exit(sys.version_info[:2] > (3, 12))'; then
    echo "Skipped: requirements/scverse.txt is for Python 3.11 and 3.12, and $bin is later."
    exit 0
fi
[ -x "$environment/bin/python" ] || "$bin/python" -m venv "$environment"
"$environment/bin/python" -m pip install --quiet --disable-pip-version-check \
    --requirement requirements/scverse.txt

hillflow() { "$bin/hillflow" "$@" > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }; }
hillflow simulate hematopoiesis --out "$work/cells.h5ad" \
    --cells 100 --times 0,8,16,32,64 --knockouts GATA1,SPI1
hillflow fit "$work/cells.h5ad" --time time --out "$work/run" \
    --field sparse --method network --effort 0.1
hillflow velocity "$work/run" --out "$work/velocity.h5ad"
hillflow predict "$work/run" --perturb GATA1=ko --out "$work/predicted.h5ad"
hillflow graph "$work/run"
hillflow export "$work/run" --to decoupler --top 30 --out "$work/network.csv"
hillflow activity "$work/cells.h5ad" --prior "$work/network.csv" --tmin 2 --out "$work/activity.h5ad"

"$environment/bin/python" -W ignore scripts/check_scverse.py "$work"
