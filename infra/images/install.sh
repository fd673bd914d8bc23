#!/bin/sh
# Installs what a list of requirements asks for into a folder: `install.sh <list> <folder>`.
# Versions and hashes are the lock's; the index only says which of them are needed.
# Called while an image is built. INDEX_URL names another index than the default one.
set -eu
wanted=$1 venv=$2
lock=requirements/lock.txt

if [ -n "${INDEX_URL:-}" ]; then
    export PIP_INDEX_URL="$INDEX_URL" UV_DEFAULT_INDEX="$INDEX_URL"
fi

# Prints the lock's entries, with their hashes, for the lines `name==version` of a file.
entries() {
    awk 'NR == FNR {wanted[$1]; next}
         /^[^ #]/ {inside = $1 in wanted} inside && !/#/' "$1" "$lock"
}

tools=$(mktemp -d)
awk '/^uv==/ {print $1}' "$lock" >"$tools/uv.names"
entries "$tools/uv.names" >"$tools/uv.txt"
python -m venv "$tools/venv"
"$tools/venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes \
    --requirement "$tools/uv.txt"
uv=$tools/venv/bin/uv

"$uv" pip compile --quiet --no-header --no-annotate --no-emit-index-url \
    --constraint "$lock" "$wanted" --output-file "$tools/names"
entries "$tools/names" >"$tools/locked.txt"
if [ "$(grep -c '^[^ ]' "$tools/locked.txt")" != "$(grep -c . "$tools/names")" ]; then
    echo "error: $lock lacks something that $wanted needs: run \`make lock\`" >&2
    exit 1
fi

# A machine that is busy compiles a large file for longer than the minute that uv gives it.
export UV_COMPILE_BYTECODE_TIMEOUT=900
"$uv" venv --quiet --python "$(command -v python)" "$venv"
"$uv" pip sync --quiet --python "$venv/bin/python" --require-hashes --compile-bytecode \
    --link-mode copy "$tools/locked.txt"
rm -rf "$tools"
