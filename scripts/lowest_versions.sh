#!/usr/bin/env bash
# Print requirements/lowest.txt anew, after a floor in pyproject.toml was changed. Needs uv.
#
#   scripts/lowest_versions.sh > lowest.txt && mv lowest.txt requirements/lowest.txt
#
# torch stays at the version of requirements/constraints.txt: see the file's own words.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
grep '^torch==' requirements/constraints.txt > "$work/torch.txt"

cat << 'END'
# The lowest versions that pyproject.toml allows of what hillflow imports, with the newest of what
# these need, for Python 3.11; scripts/check_lowest.sh runs hillflow with them. Made by
# scripts/lowest_versions.sh. torch alone is not at its lowest, but at the version that we test
# with: it is the largest by far, and constraints.txt says where a CPU wheel of it comes from.
END
# torch's CUDA libraries are left out; pip adds them where its build of torch asks for them.
uv pip compile --quiet --resolution lowest-direct --python-version 3.11 \
    --override "$work/torch.txt" --no-header --no-annotate pyproject.toml |
    grep -Ev '^(cuda|nvidia|triton)'
echo "# To test with."
grep -E '^(hypothesis|pytest|pytest-xdist)==' requirements/constraints.txt
