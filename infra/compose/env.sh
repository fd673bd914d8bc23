#!/bin/sh
# Writes settings with random secrets: `env.sh .env.example .env`. What is there stays as it is.
set -eu
example=$1 target=$2

if [ -e "$target" ]; then
    exit 0
fi

random() { # bytes: as base64, safe in a URL
    head -c "$1" /dev/urandom | base64 | tr -d '\n' | tr '+/' '-_'
}

umask 077
unfinished=$target.new
trap 'rm -f "$unfinished"' EXIT
while IFS= read -r line; do
    name=${line%%=*}
    case $line in
    '#'*) printf '%s\n' "$line" ;;
    *=change-me) printf '%s=%s\n' "$name" "$(random 48)" ;;
    *=change-me-fernet) printf '%s=%s\n' "$name" "$(random 32)" ;;
    *=change-me-api-key)
        id=$(head -c 6 /dev/urandom | od -An -tx1 | tr -d ' \n')
        printf '%s=vigia_%s_%s\n' "$name" "$id" "$(random 32 | tr -d =)"
        ;;
    *) printf '%s\n' "$line" ;;
    esac
done <"$example" >"$unfinished"
mv "$unfinished" "$target"
echo "$target: written, with random secrets"
