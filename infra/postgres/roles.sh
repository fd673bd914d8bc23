#!/bin/sh
# Makes a database with its roles, or brings their passwords up to date; may run again and again.
# DATABASE, its OWNER (the same name where not set) and, where the tables are not the service's
# own, SERVICE; each role's password in ..._PASSWORD, also those of `exporter`, which shows figures
# to Prometheus, and of `monitor`, which the monitors' tasks are. What these two may read, the tables'
# owners say. No password comes into a log or a command line.
set -eu
export OWNER="${OWNER:-$DATABASE}" SERVICE="${SERVICE:-}" SERVICE_PASSWORD="${SERVICE_PASSWORD:-}"
export MONITOR_PASSWORD="${MONITOR_PASSWORD:-}"
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username=postgres --dbname=postgres <<'SQL'
SET log_min_error_statement = 'panic';
SET client_min_messages = 'warning';
\getenv database DATABASE
\getenv owner OWNER
\getenv owner_password OWNER_PASSWORD
\getenv service SERVICE
\getenv service_password SERVICE_PASSWORD
\getenv exporter_password EXPORTER_PASSWORD
\getenv monitor_password MONITOR_PASSWORD

SELECT format('CREATE ROLE %I LOGIN', name)
  FROM unnest(ARRAY[:'owner', nullif(:'service', ''), 'exporter',
                    CASE WHEN :'monitor_password' <> '' THEN 'monitor' END]) AS name
 WHERE name IS NOT NULL AND name NOT IN (SELECT rolname FROM pg_roles) \gexec
ALTER ROLE :"owner" PASSWORD :'owner_password';
ALTER ROLE exporter PASSWORD :'exporter_password' CONNECTION LIMIT 10;
GRANT pg_monitor TO exporter;

SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'owner')
 WHERE :'database' NOT IN (SELECT datname FROM pg_database) \gexec
REVOKE ALL ON DATABASE postgres, template1, :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO exporter;

SELECT :'service' <> '' AS has_service, :'monitor_password' <> '' AS has_monitor \gset
\if :has_service
ALTER ROLE :"service" PASSWORD :'service_password';
GRANT CONNECT, TEMPORARY ON DATABASE :"database" TO :"service";
-- What this role asks and writes is about patients: not for the server's log.
ALTER ROLE :"service" SET log_min_error_statement = 'panic';
\endif
\if :has_monitor
ALTER ROLE monitor PASSWORD :'monitor_password';
GRANT CONNECT ON DATABASE :"database" TO monitor;
ALTER ROLE monitor SET log_min_error_statement = 'panic';
\endif
SQL
