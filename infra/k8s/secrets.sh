#!/bin/sh
# Prints the Secrets that the manifests refer to, from settings as infra/compose/env.sh writes them:
# `infra/k8s/secrets.sh .env | kubectl apply --namespace vigia -f -`. For a cluster with an external
# store of secrets see addons/external-secrets.
set -eu
settings=${1:?the file of settings}

value() {
    found=$(sed -n "s/^$1=//p" "$settings" | tail -n 1)
    case $found in
    '' | *change-me*)
        echo "error: $1 in $settings is missing or a placeholder" >&2
        exit 1
        ;;
    esac
    printf '%s' "$found"
}

secret() { # name, keys of the settings
    printf -- '---\napiVersion: v1\nkind: Secret\nmetadata: {name: %s}\nstringData:\n' "$1"
    shift
    for key in "$@"; do
        content=$(value "$key")
        printf '  %s: "%s"\n' "$key" "$content"
    done
}

digest() { # of a key: what the API keeps of it
    printf '%s' "$1" | sha256sum | cut -c 1-64
}

keys() { # role, name and setting of each
    printf -- '---\napiVersion: v1\nkind: Secret\nmetadata: {name: api-keys}\nstringData:\n'
    printf '  api-keys.json: |\n    {"keys": ['
    separator=
    while [ $# -gt 0 ]; do
        key=$(value "$3")
        id=${key#vigia_}
        printf '%s\n      {"id": "%s", "name": "%s", "role": "%s", "sha256": "%s",\n' \
            "$separator" "${id%%_*}" "$2" "$1" "$(digest "$key")"
        printf '       "created": "%s", "expires": null, "revoked": null}' \
            "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
        separator=,
        shift 3
    done
    printf '\n    ]}\n'
}

secret postgres POSTGRES_SUPERUSER_PASSWORD EXPORTER_DB_PASSWORD
secret serving-db SERVING_DB_PASSWORD
secret serving-db-owner SERVING_OWNER_DB_PASSWORD
secret airflow AIRFLOW_DB_PASSWORD AIRFLOW_FERNET_KEY AIRFLOW_SECRET_KEY AIRFLOW_JWT_SECRET
secret airflow-admin AIRFLOW_ADMIN_PASSWORD
secret airflow-tasks RAW_DB_PASSWORD CLEAN_DB_PASSWORD MONITOR_DB_PASSWORD
secret mlflow MLFLOW_DB_PASSWORD S3_ACCESS_KEY S3_SECRET_KEY MLFLOW_WEBHOOK_ENCRYPTION_KEY
secret minio MINIO_ROOT_USER MINIO_ROOT_PASSWORD
secret webhook WEBHOOK_SECRET
secret prometheus-api-key API_KEY_PROMETHEUS
keys clinician clinician API_KEY_CLINICIAN \
    operator operator API_KEY_OPERATOR \
    clinician locust API_KEY_LOCUST \
    monitor prometheus API_KEY_PROMETHEUS
