#!/bin/sh
# Lets the API know the keys of .env. Those that were revoked stay so.
set -eu
keep() {
    printf '%s\n' "$3" | python -m api.security keep-key --role "$1" --name "$2"
}
keep clinician clinician "$CLINICIAN"
keep operator operator "$OPERATOR"
keep clinician locust "$LOCUST"
keep monitor prometheus "$PROMETHEUS"

# Prometheus reads its key from a file, as another user: it can pass the folder, but neither list
# it nor read the other file, whose mode is 600.
folder=$VIGIA_STATE_DIR
chmod 711 "$folder"
printf '%s' "$PROMETHEUS" >"$folder/.prometheus.key"
chmod 444 "$folder/.prometheus.key"
mv "$folder/.prometheus.key" "$folder/prometheus.key"
