#!/usr/bin/env bash
# Print requirements/lowest.txt anew, after a floor in pyproject.toml was changed. Needs uv.
#
#   scripts/lowest_versions.sh > lowest.txt && mv lowest.txt requirements/lowest.txt
#
# torch is that of requirements/constraints.txt, which is the lowest that is allowed too.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
grep '^torch==' requirements/constraints.txt > "$work/torch.txt"

cat << 'END'
# The lowest versions that pyproject.toml allows of what hillflow imports, with the newest of what
# these need, for Python 3.11; `make lowest` runs hillflow with them. Made by
# scripts/lowest_versions.sh. constraints.txt says where a CPU wheel of torch comes from.
END
# torch's CUDA libraries are left out; pip adds them where its build of torch asks for them.
uv pip compile --quiet --resolution lowest-direct --python-version 3.11 \
    --override "$work/torch.txt" --no-header --no-annotate pyproject.toml |
    grep -Ev '^(cuda|nvidia|triton)'
echo "# To test with."
grep -E '^(hypothesis|pytest|pytest-xdist)==' requirements/constraints.txt
