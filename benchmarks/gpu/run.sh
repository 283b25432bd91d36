#!/usr/bin/env bash
# All that a GPU has to settle, in one run; see benchmarks/gpu/__main__.py.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=.venv/bin/python
[ -x "$python" ] || python=python3
# the package as an installation lays it out, its kernels within: a bare checkout needs no installation
package=runs/gpu/package
rm -rf "$package" && mkdir -p "$package" && cp -R src/micron_bert "$package"
rm -rf "$package/micron_bert/ops/dma"
cp -R kernels/diagonal-micro-attention/torch-ext/diagonal_micro_attention "$package/micron_bert/ops/dma"
export PYTHONPATH="$PWD/$package${PYTHONPATH:+:$PYTHONPATH}" HF_HUB_OFFLINE=1
if [ -n "${WHEELS:-}" ]; then # packages that this machine lacks, without a network
    site=runs/gpu/site
    "$python" -m pip install -q --no-index --no-deps --no-compile --upgrade --target "$site" "$WHEELS"/*.whl
    export PYTHONPATH="$PWD/$site:$PYTHONPATH"
fi
exec "$python" -m benchmarks.gpu "$@"
