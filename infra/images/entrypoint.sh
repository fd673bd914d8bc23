#!/bin/sh
# Runs a command, unless a secret in its environment still holds its placeholder: then nothing
# starts outside development. Names are told, values are not.
set -eu
if [ "${VIGIA_ENVIRONMENT:-production}" != development ]; then
    wrong=$(awk 'BEGIN {for (name in ENVIRON) if (ENVIRON[name] ~ /change-me/) print name}' | sort)
    if [ -n "$wrong" ]; then
        echo "error: still a placeholder (change-me):" $wrong >&2
        echo "set real secrets, or VIGIA_ENVIRONMENT=development on a machine of your own" >&2
        exit 78
    fi
fi
exec "$@"
