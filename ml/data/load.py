"""Load one batch into the raw store: all of it and its metadata, or nothing."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import psycopg2
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from ml.data.batches import BatchPlan, BatchResult, result_columns
from ml.data.contract import check, refused
from ml.data.database import copy_in, quoted, schema_of, told_of
from ml.data.delivery import ROW_NUMBER, read_batch
from ml.data.merge import Merged, merge
from ml.data.raw_tables import PART, RawTables, raw_tables
from ml.data.split import parts_of
from ml.errors import DatabaseUnavailable, DataError, VigiaError

if TYPE_CHECKING:
    from ml.problems.problem import Problem
    from ml.settings import Settings

log = logging.getLogger(__name__)


def load(
    engine: sa.Engine, problem: Problem, plan: BatchPlan, settings: Settings, dag_run: str
) -> BatchResult:
    """Load a planned batch in one transaction; do nothing where it is loaded already.

    A second load of the same batch at the same time waits for the first.

    Raises:
        DatabaseUnavailable: the database failed. Like every failure it leaves no row
            behind, and the batch noted as failed.
        SourceUnavailable: the cached rows are gone.
    """
    tables = raw_tables(problem)
    try:
        with engine.begin() as connection:
            return _claim(connection, tables, plan, settings, dag_run) or _load(
                connection, tables, problem, plan, settings
            )
    except (sa.exc.DBAPIError, psycopg2.Error) as error:
        message = (
            f"batch {plan.batch_id} of {problem.name} was not loaded: {told_of(error)}; "
            f"nothing of it was written: mend that and run the task again"
        )
        _note_failure(engine, tables, plan, message)
        raise DatabaseUnavailable(message) from None
    except Exception as error:
        # Only our own errors are known to hold no patient's values.
        told = str(error) if isinstance(error, VigiaError) else type(error).__name__
        _note_failure(engine, tables, plan, told)
        raise


def _claim(
    connection: sa.Connection,
    tables: RawTables,
    plan: BatchPlan,
    settings: Settings,
    dag_run: str,
) -> BatchResult | None:
    """Lock the batch's metadata, and return its result where it is loaded already."""
    batches = tables.batches
    mine = batches.c.batch_id == plan.batch_id
    query = sa.select(batches.c.status, *result_columns(batches)).where(mine).with_for_update()
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        message = f"batch {plan.batch_id} was never planned in this database: plan it first"
        raise DataError(message)
    if row["status"] == "loaded":
        return BatchResult(**{name: row[name] for name in BatchResult.__struct_fields__})
    _refuse_other_split(connection, batches, settings.split_salt)
    started = {
        "started_at": sa.func.clock_timestamp(),
        "dag_run": dag_run,
        "error": None,
        "split_salt": settings.split_salt,
    }
    connection.execute(sa.update(batches).where(mine).values(started))
    return None


def _refuse_other_split(connection: sa.Connection, batches: sa.Table, salt: str) -> None:
    """Raise `DataError` where stored rows were split with another salt.

    With two salts in one store a patient could stand in two parts.
    """
    other = batches.c.split_salt.is_distinct_from(salt)
    query = sa.select(sa.exists().where(batches.c.status == "loaded", other))
    if connection.scalar(query):
        message = (
            "the stored rows were split with another salt than VIGIA_SPLIT_SALT names: "
            "set the former one, or start anew with an empty raw store"
        )
        raise DataError(message)


def _load(
    connection: sa.Connection,
    tables: RawTables,
    problem: Problem,
    plan: BatchPlan,
    settings: Settings,
) -> BatchResult:
    rows = read_batch(plan.parquet, plan.index, [column.name for column in problem.inputs])
    checked = check(problem, rows)
    part = parts_of(problem, checked.accepted, settings.split_salt)
    accepted = checked.accepted.append_column(PART, part)
    merged = merge(connection, tables, problem, plan.batch_id, accepted)
    rejected = pa.concat_tables([checked.rejected, _conflicts(problem, accepted, merged)])
    batch_ids = pa.repeat(plan.batch_id, rejected.num_rows)
    target = quoted(schema_of(problem), tables.rejected.name)
    rejected = rejected.append_column("batch_id", batch_ids)
    copy_in(connection, rejected, target, rejected.column_names)
    return _finish(connection, tables, plan, rows.num_rows, (merged.inserted, rejected.num_rows))


def _conflicts(problem: Problem, accepted: pa.Table, merged: Merged) -> pa.Table:
    """Return the rows that claim another row's record key, as rejected rows."""
    reason = f"{problem.record_key}: is already stored with other values (record_key)"
    conflicts = pa.array(merged.conflicts, pa.int64())
    rows = accepted.filter(pc.is_in(accepted[ROW_NUMBER], conflicts))
    return refused(problem, rows, [reason] * rows.num_rows)


def _finish(
    connection: sa.Connection,
    tables: RawTables,
    plan: BatchPlan,
    rows_read: int,
    counts: tuple[int, int],
) -> BatchResult:
    inserted, rejected = counts
    values = {
        "status": "loaded",
        "rows_read": rows_read,
        "rows_inserted": inserted,
        "rows_duplicate": rows_read - inserted - rejected,
        "rows_rejected": rejected,
        "finished_at": sa.func.clock_timestamp(),
    }
    batches = tables.batches
    statement = sa.update(batches).where(batches.c.batch_id == plan.batch_id).values(values)
    row = connection.execute(statement.returning(*result_columns(batches))).mappings().one()
    return BatchResult(**row)


def _note_failure(engine: sa.Engine, tables: RawTables, plan: BatchPlan, told: str) -> None:
    """Note the failure for operations; the error itself is raised to the caller."""
    batches = tables.batches
    mine = (batches.c.batch_id == plan.batch_id) & (batches.c.status != "loaded")
    values = {"status": "failed", "error": told, "finished_at": sa.func.clock_timestamp()}
    try:
        with engine.begin() as connection:
            connection.execute(sa.update(batches).where(mine).values(values))
    except sa.exc.DBAPIError as error:
        log.warning("batch %s is not noted as failed: %s", plan.batch_id, told_of(error))
