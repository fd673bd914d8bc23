#!/bin/sh
# Saves all databases, the artifacts and the API's keys: `backup.sh FOLDER`. The stack runs on.
# A registered version names artifacts that were written before it, so that databases saved before
# the artifacts never name one that the backup lacks.
set -eu
folder=${1:?a folder that does not exist yet}
umask 077
unfinished=$folder.unfinished
mkdir "$unfinished"
for database in raw clean airflow mlflow serving; do
    docker compose exec -T "$database-db" \
        pg_dump --username postgres --format custom "$database" >"$unfinished/$database.dump"
done
docker compose exec -T mlflow python /usr/local/bin/objects.py save >"$unfinished/artifacts.tar"
docker compose exec -T api cat /keys/api-keys.json >"$unfinished/api-keys.json"
(cd "$unfinished" && sha256sum -- * >SHA256SUMS)
mv "$unfinished" "$folder"
echo "saved in $folder; keep .env as safely, and apart: it holds the keys of what is encrypted"
