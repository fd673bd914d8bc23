-- What the role `exporter` may read of Airflow's tables: states and times, by name of DAG and
-- task. No connection, no variable, no configuration of a run, no trace of an error.
-- Run it as the tables' owner, after every `airflow db migrate`.
GRANT SELECT (dag_id, is_paused, is_stale, next_dagrun_create_after) ON dag TO exporter;
GRANT SELECT (id, dag_id, run_id, state, run_after, start_date, end_date) ON dag_run TO exporter;
GRANT SELECT (dag_id, task_id, run_id, state, pool, start_date, end_date, duration)
  ON task_instance TO exporter;
GRANT SELECT (id, job_type, state, latest_heartbeat) ON job TO exporter;
GRANT SELECT (id) ON import_error TO exporter;
GRANT SELECT (id, name) ON asset TO exporter;
GRANT SELECT (asset_id, timestamp) ON asset_event TO exporter;
GRANT SELECT (asset_id, target_dag_id, created_at) ON asset_dag_run_queue TO exporter;
GRANT SELECT (pool, slots) ON slot_pool TO exporter;
