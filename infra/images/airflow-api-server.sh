#!/bin/sh
# Starts Airflow's API server with one administrator, whose password comes from the environment.
# Airflow opens its file of logins for writing, so that a mounted secret would not do.
set -eu
umask 077
: "${AIRFLOW_ADMIN_PASSWORD:?set the password of the user admin}"
logins=$AIRFLOW_HOME/logins.json
printf '{"admin": "%s"}\n' "$AIRFLOW_ADMIN_PASSWORD" >"$logins"
unset AIRFLOW_ADMIN_PASSWORD
export AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS=admin:admin
export AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE="$logins"
exec airflow api-server --host 0.0.0.0 --port 8080
