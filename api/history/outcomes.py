"""What really happened: outcomes of predictions, each correction a new row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
import sqlalchemy as sa
from msgspec import Meta

from api.errors import UnknownPrediction
from api.history.answers import Outcomes, StoredOutcome
from api.history.database import POSTGRESQL, transaction
from api.history.queries import latest, on_their_way
from api.history.rows import PREDICTION_ID
from api.history.tables import OUTCOME, PREDICTION
from ml.data.database import lock
from ml.errors import InvalidRecord, Violation

_MOST_NAMED = 20
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_CLOCKS_DIFFER = timedelta(minutes=5)


class Reported(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One outcome as a caller sends it.

    Args:
        prediction_id: as the answer of a prediction names it.
        outcome: one of the problem's classes.
        observed_at: when it happened or was found, with a time zone; not in the future.
    """

    prediction_id: Annotated[str, Meta(pattern=PREDICTION_ID)]
    outcome: str
    observed_at: Annotated[datetime, Meta(tz=True)]


def report(
    engine: sa.Engine,
    problem: str,
    caller: str,
    reported: Sequence[Reported],
    waiting: Callable[[], int],
) -> Outcomes:
    """Keep outcomes in one transaction; one that is valid already is not kept again.

    Args:
        engine: of the history's database.
        problem: of which problem the predictions are.
        caller: who says so.
        reported: what happened.
        waiting: tells how many records are not in the database yet.

    Raises:
        UnknownPrediction: a prediction is not in the history; nothing was kept.
        InvalidRecord: an outcome was observed before 1900 or in the future; nor was it then.
        HistoryUnavailable: the database does not answer; nothing was kept.
    """
    pending = waiting()
    ids = sorted({outcome.prediction_id for outcome in reported})
    with transaction(engine) as connection:
        if connection.dialect.name == POSTGRESQL:
            lock(connection, f"outcomes-{problem}")  # a revision follows the one before
        _refuse_unknown(connection, problem, reported, pending)
        _refuse_other_times(reported)
        valid = latest(connection, ids)
        new = [row for outcome in reported if (row := _revised(valid, outcome, caller)) is not None]
        if new:
            connection.execute(sa.insert(OUTCOME), [msgspec.structs.asdict(row) for row in new])
    return Outcomes([valid[outcome.prediction_id] for outcome in reported], len(new))


def _revised(
    valid: dict[str, StoredOutcome], outcome: Reported, caller: str
) -> StoredOutcome | None:
    """Return the new revision and make it the valid one; `None` where nothing changes."""
    known = valid.get(outcome.prediction_id)
    if known and (known.outcome, known.observed_at) == (outcome.outcome, outcome.observed_at):
        return None
    valid[outcome.prediction_id] = StoredOutcome(
        prediction_id=outcome.prediction_id,
        revision=known.revision + 1 if known else 1,
        outcome=outcome.outcome,
        observed_at=outcome.observed_at,
        caller=caller,
        time=datetime.now(UTC),
    )
    return valid[outcome.prediction_id]


def _refuse_unknown(
    connection: sa.Connection, problem: str, reported: Sequence[Reported], pending: int
) -> None:
    wanted = sa.select(PREDICTION.c.id).where(
        PREDICTION.c.id.in_([outcome.prediction_id for outcome in reported]),
        PREDICTION.c.problem == problem,
    )
    known = set(connection.execute(wanted).scalars())
    unknown = [
        index for index, outcome in enumerate(reported) if outcome.prediction_id not in known
    ]
    if unknown:
        named = ", ".join(f"records[{index}]" for index in unknown[:_MOST_NAMED])
        message = (
            f"{len(unknown)} outcome(s) are about no prediction of {problem} that is in the "
            f"history ({named}); nothing was kept"
        )
        raise UnknownPrediction(message + on_their_way(pending))


def _refuse_other_times(reported: Sequence[Reported]) -> None:
    latest_moment = datetime.now(UTC) + _CLOCKS_DIFFER
    message = f"must lie between {_EARLIEST:%Y} and now"
    violations = [
        Violation(index, "observed_at", "range", message)
        for index, outcome in enumerate(reported)
        if not _EARLIEST <= outcome.observed_at <= latest_moment
    ]
    if violations:
        raise InvalidRecord(violations)
