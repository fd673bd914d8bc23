"""Finding predictions in the history."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated

import msgspec
import sqlalchemy as sa
from msgspec import UNSET, Meta, UnsetType

from api.errors import UnknownPrediction
from api.history.answers import Page, StoredFeedback, StoredOutcome, StoredPrediction
from api.history.database import transaction
from api.history.rows import PREDICTION_ID, first_id_at
from api.history.tables import FEEDBACK, OUTCOME, PREDICTION

MOST_ROWS = 500
_ID = re.compile(PREDICTION_ID)
# PostgreSQL has no text with a NUL.
Text = Annotated[str, Meta(max_length=128, pattern=r"^[^\x00]*$")]


class Filters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which predictions are wanted.

    Args:
        problem: of which problem.
        patient: the patient key that was sent.
        request_id: the id of the request.
        since: from this moment on.
        until: before this moment.
        version: the number of the model's version.
        channel: production, shadow or ab.
        band: the name of the risk band.
        predicted: the name of the predicted class.
        min_risk: the lowest risk.
        cursor: where the page begins, as the page before gave it; an id.
        limit: most predictions of one page.
    """

    problem: str
    patient: Text | UnsetType = UNSET
    request_id: Text | UnsetType = UNSET
    since: Annotated[datetime, Meta(tz=True)] | UnsetType = msgspec.field(
        default=UNSET, name="from"
    )
    until: Annotated[datetime, Meta(tz=True)] | UnsetType = msgspec.field(default=UNSET, name="to")
    version: Text | UnsetType = UNSET
    channel: Text | UnsetType = UNSET
    band: Text | UnsetType = UNSET
    predicted: Text | UnsetType = UNSET
    min_risk: Annotated[float, Meta(ge=0, le=1)] | UnsetType = UNSET
    cursor: Annotated[str, Meta(pattern=PREDICTION_ID)] | UnsetType = UNSET
    limit: Annotated[int, Meta(ge=1, le=MOST_ROWS)] = 50


def page(engine: sa.Engine, filters: Filters, waiting: Callable[[], int]) -> Page:
    """Return one page, newest first.

    A page begins after the last id of the page before: what is written in between neither
    repeats nor moves what is on later pages.

    Args:
        engine: of the history's database.
        filters: which predictions.
        waiting: tells how many records are not in the database yet.

    Raises:
        HistoryUnavailable: the database does not answer.
    """
    pending = waiting()  # before the question: what arrives in between is counted, too
    wanted = _conditions(filters)
    onward = [PREDICTION.c.id < filters.cursor] if filters.cursor else []
    rows = (
        sa.select(PREDICTION)
        .where(*wanted, *onward)
        .order_by(PREDICTION.c.id.desc())
        .limit(filters.limit + 1)
    )
    with transaction(engine) as connection:
        total = connection.execute(
            sa.select(sa.func.count()).select_from(PREDICTION).where(*wanted)
        ).scalar_one()
        found = connection.execute(rows).mappings().all()
        shown = _with_outcomes(connection, found[: filters.limit])
    following = shown[-1].id if len(found) > filters.limit else None
    return Page(shown, total, pending, following)


def find(
    engine: sa.Engine, problem: str, prediction_id: str, waiting: Callable[[], int]
) -> StoredPrediction:
    """Return one prediction of a problem.

    Raises:
        UnknownPrediction: there is none of that id.
        HistoryUnavailable: the database does not answer.
    """
    pending = waiting()
    known = prediction_id if _ID.fullmatch(prediction_id) else ""
    wanted = sa.select(PREDICTION).where(PREDICTION.c.id == known, PREDICTION.c.problem == problem)
    with transaction(engine) as connection:
        found = _with_outcomes(connection, connection.execute(wanted).mappings().all())
    if not found:
        message = f"no prediction of {problem} has this id; an answer of /predict names the ids"
        raise UnknownPrediction(message + on_their_way(pending))
    return found[0]


def on_their_way(pending: int) -> str:
    """Return what to add where something was not found."""
    return f"; up to {pending} are still on their way here, ask again" if pending else ""


def latest(connection: sa.Connection, ids: Sequence[str]) -> dict[str, StoredOutcome]:
    """Return the valid outcome of each of the predictions that has one."""
    return {outcome.prediction_id: outcome for outcome in _outcomes(connection, ids)}


def _outcomes(connection: sa.Connection, ids: Sequence[str]) -> list[StoredOutcome]:
    wanted = (
        sa.select(OUTCOME)
        .where(OUTCOME.c.prediction_id.in_(ids))
        .order_by(OUTCOME.c.prediction_id, OUTCOME.c.revision)
    )
    return [StoredOutcome(**row) for row in connection.execute(wanted).mappings()]


def opinions(connection: sa.Connection, ids: Sequence[str]) -> list[StoredFeedback]:
    """Return all feedback on some predictions, the oldest first."""
    wanted = (
        sa.select(FEEDBACK)
        .where(FEEDBACK.c.prediction_id.in_(ids))
        .order_by(FEEDBACK.c.prediction_id, FEEDBACK.c.revision)
    )
    return [StoredFeedback(**row) for row in connection.execute(wanted).mappings()]


def _with_outcomes(
    connection: sa.Connection, rows: Sequence[sa.RowMapping]
) -> list[StoredPrediction]:
    of: dict[str, list[StoredOutcome]] = {row["id"]: [] for row in rows}
    for outcome in _outcomes(connection, list(of)):
        of[outcome.prediction_id].append(outcome)
    thought: dict[str, list[StoredFeedback]] = {row["id"]: [] for row in rows}
    for opinion in opinions(connection, list(of)):
        thought[opinion.prediction_id].append(opinion)
    return [
        StoredPrediction(**row, outcomes=of[row["id"]], feedback=thought[row["id"]]) for row in rows
    ]


def _conditions(filters: Filters) -> list[sa.ColumnElement[bool]]:
    column = PREDICTION.c
    given = {
        column.patient: filters.patient,
        column.request_id: filters.request_id,
        column.model_version: filters.version,
        column.channel: filters.channel,
        column.band: filters.band,
        column.predicted: filters.predicted,
    }
    wanted = [column.problem == filters.problem]
    wanted += [name == value for name, value in given.items() if value is not UNSET]
    if filters.since is not UNSET:
        wanted.append(column.id >= first_id_at(filters.since))
    if filters.until is not UNSET:
        wanted.append(column.id < first_id_at(filters.until))
    if filters.min_risk is not UNSET:
        wanted.append(column.risk >= filters.min_risk)
    return wanted
