#!/bin/sh
# Puts a backup back: `restore.sh FOLDER`. What the databases hold is replaced. The same .env as at
# the time of the backup is needed: Airflow's and MLflow's stored secrets are encrypted with it.
set -eu
folder=$(cd "${1:?the folder of a backup}" && pwd)
cd "$(dirname "$0")/../.."
(cd "$folder" && sha256sum --check --quiet SHA256SUMS)

# What reads and writes is stopped; databases and object store run.
docker compose stop api streamlit mlflow airflow-api-server airflow-scheduler \
    airflow-dag-processor airflow-triggerer
databases="raw-db clean-db airflow-db mlflow-db serving-db"
# shellcheck disable=SC2086 - five words
docker compose up --detach --wait $databases
for database in raw clean airflow mlflow serving; do
    in_database="docker compose exec -T $database-db"
    $in_database dropdb --username postgres --force --if-exists "$database"
    $in_database sh /docker-entrypoint-initdb.d/roles.sh
    $in_database pg_restore --username postgres --dbname "$database" --exit-on-error \
        <"$folder/$database.dump"
done
docker compose up --detach --wait --no-recreate mlflow
docker compose exec -T mlflow python /usr/local/bin/objects.py load <"$folder/artifacts.tar"
docker compose run --rm --no-deps -T api-keys \
    sh -c 'umask 077; cat >"$VIGIA_STATE_DIR/api-keys.json"' <"$folder/api-keys.json"
docker compose up --detach --wait
echo "restored from $folder"
