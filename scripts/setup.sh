#!/usr/bin/env bash
# Everything a fresh machine needs, in .venv: the pinned packages, micron-bert itself, and the two face models.
# Safe to repeat; does nothing when nothing changed.
set -euo pipefail
cd "$(dirname "$0")/.."

stamp=.venv/set-up
state=$(cat requirements.txt pyproject.toml scripts/setup.sh | cksum)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$state $PWD" ]; then
    exit 0
fi

python=
for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11 python; do
    if [ -n "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "micron-bert needs Python 3.11 or newer (Transformers does); install it or set PYTHON to its path." >&2
    exit 2
fi

echo "Setting up .venv with $("$python" --version); this takes a few minutes the first time."
[ -x .venv/bin/python ] || "$python" -m venv .venv
pip() { .venv/bin/python -m pip install --quiet --disable-pip-version-check "$@"; }
# torch first: with it in place nothing that follows asks for another build of it
pip "$(grep '^torch==' requirements.txt)"
pip -r requirements.txt
pip --no-deps --no-build-isolation --editable .
.venv/bin/micron-bert fetch-face-models
echo "$state $PWD" > "$stamp"
