#!/usr/bin/env bash
# All that a GPU has to settle, in one run; see benchmarks/gpu/__main__.py.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=.venv/bin/python
[ -x "$python" ] || python=python3
exec "$python" -m benchmarks.gpu "$@"
