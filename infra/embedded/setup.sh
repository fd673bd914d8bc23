#!/bin/sh
# Makes the environment from the lock: `setup.sh <folder> <lock>`. Needs nothing but Python 3.11.
# What is downloaded must match the lock's hashes. Quiet, so that no index is named.
set -eu
venv=$1 lock=$2

fail() {
    echo "error: $1" >&2
    exit 1
}

is_3_11() {
    "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null
}

make_with_venv() {
    for python in python3.11 python3; do
        if is_3_11 "$python"; then
            "$python" -c 'import ensurepip, venv' 2>/dev/null ||
                fail "$python has no venv module: install it (Debian: apt install python3.11-venv) or uv"
            "$python" -m venv --clear "$venv"
            return
        fi
    done
    fail "there is no Python 3.11: install python3.11, or uv, which brings its own"
}

if uv --version >/dev/null 2>&1; then
    uv=uv
    is_3_11 "$venv/bin/python" || uv venv --quiet --clear --python 3.11 "$venv"
else
    uv=$venv/bin/uv
    is_3_11 "$venv/bin/python" && [ -x "$uv" ] || {
        make_with_venv
        pinned=$venv/uv.txt
        # The lock's entry for uv: its line and the hashes that follow it.
        awk '/^[^ #]/ {inside = /^uv==/} inside && !/#/' "$lock" >"$pinned"
        "$venv/bin/python" -m pip install -qq --disable-pip-version-check \
            --require-hashes --requirement "$pinned"
    }
fi

echo "installing what $lock names into $venv"
"$uv" pip sync --quiet --python "$venv/bin/python" --require-hashes --compile-bytecode "$lock"
