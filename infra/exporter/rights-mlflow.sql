-- What the role `exporter` may read of MLflow's tables: how many runs and versions there are.
-- Run it as the tables' owner, after MLflow has started or was upgraded.
GRANT SELECT (experiment_id, name, lifecycle_stage) ON experiments TO exporter;
GRANT SELECT (run_uuid, experiment_id, status, lifecycle_stage) ON runs TO exporter;
GRANT SELECT (name, version) ON model_versions TO exporter;
GRANT SELECT (name, version, key, value) ON model_version_tags TO exporter;
