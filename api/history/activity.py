"""How a problem's model was used of late, and how it did where outcomes have come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from api.history.database import POSTGRESQL, transaction
from api.history.rows import first_id_at
from api.history.tables import FEEDBACK, OUTCOME, PREDICTION
from ml.problems import Problem

MOST_DAYS = 366
# Enough for narrow figures, and a second's work for the database at most.
MOST_JUDGED = 50_000
_Counts = sa.Select[Any, Any]


class Day(msgspec.Struct, frozen=True):
    """One day (UTC): how many predictions, their mean risk, and inputs missing in each."""

    day: str
    predictions: int
    mean_risk: float
    mean_missing: float


class _JudgedRow(NamedTuple):
    risk: float
    band: str
    predicted: str | None
    outcome: str


class Judged(msgspec.Struct, frozen=True):
    """Predictions whose outcome is known.

    Args:
        predictions: how many.
        mean_risk: what the model said.
        rate: how often the class came that the risk is about: of more than two the predicted.
        low: lower end of the rate's 95 % interval (Wilson, 1927).
        high: upper end.
    """

    predictions: int
    mean_risk: float
    rate: float
    low: float
    high: float


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """A problem's predictions of the last days, counted.

    Args:
        problem: which one.
        days: over how many days, today included.
        predictions: how many were answered.
        by_day: those days on which there were any, the oldest first.
        by_band: how many in each risk band, by its name; none where no bands are declared.
        by_predicted: how many of each predicted class, by its name.
        missing: in how many predictions each input was missing, by its name.
        feedback: how many opinions of each kind.
        outcomes: what is known of how it ended; null where nothing is. At most the newest
            `MOST_JUDGED` predictions with an outcome are looked at.
        outcomes_by_band: the same by risk band.
        outcomes_by_predicted: the same by predicted class.
        auroc: how well the risks rank those outcomes; null where they are all the same.
        brier: mean squared error of the risks.
    """

    problem: str
    days: int
    predictions: int
    by_day: list[Day]
    by_band: dict[str, int]
    by_predicted: dict[str, int]
    missing: dict[str, int]
    feedback: dict[str, int]
    outcomes: Judged | None
    outcomes_by_band: dict[str, Judged]
    outcomes_by_predicted: dict[str, Judged]
    auroc: float | None
    brier: float | None


def activity(engine: sa.Engine, problem: Problem, days: int) -> Activity:
    """Return the activity of the last `days` days.

    Raises:
        HistoryUnavailable: the database does not answer.
    """
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    since = first_id_at(today - timedelta(days=days - 1))
    wanted = [
        PREDICTION.c.problem == problem.name,
        PREDICTION.c.id >= since,
        PREDICTION.c.channel != "shadow",  # nobody was answered
    ]
    with transaction(engine) as connection:
        by_day = _by_day(connection, wanted)
        by_band = _counted(connection, PREDICTION.c.band, wanted)
        by_predicted = _counted(connection, PREDICTION.c.predicted, wanted)
        opinions = (
            sa.select(FEEDBACK.c.verdict, sa.func.count())
            .join(PREDICTION, PREDICTION.c.id == FEEDBACK.c.prediction_id)
            .where(*wanted)
        )
        feedback = _counts(connection, opinions.group_by(FEEDBACK.c.verdict))
        missing = _missing(connection, wanted)
        judged = _judged_rows(connection, wanted)
    return Activity(
        problem=problem.name,
        days=days,
        predictions=sum(day.predictions for day in by_day),
        by_day=by_day,
        by_band=by_band,
        by_predicted=by_predicted,
        missing=missing,
        feedback=feedback,
        **_performance(problem, judged),
    )


def _by_day(connection: sa.Connection, wanted: list[sa.ColumnElement[bool]]) -> list[Day]:
    column = PREDICTION.c
    utc = (
        sa.func.timezone("UTC", column.time)
        if connection.dialect.name == POSTGRESQL
        else column.time
    )
    day = sa.cast(sa.func.date(utc), sa.Text)
    label, absent = day.label("day"), sa.func.avg(sa.func.json_array_length(column.missing))
    rows = (
        sa.select(label, sa.func.count(), sa.func.avg(column.risk), absent)
        .where(*wanted)
        .group_by(label)
        .order_by(label)
    )
    return [
        Day(str(when), count, float(risk), float(gaps))
        for when, count, risk, gaps in connection.execute(rows)
    ]


def _counted(
    connection: sa.Connection, column: sa.Column[Any], wanted: list[sa.ColumnElement[bool]]
) -> dict[str, int]:
    """Return how many predictions have each value of a column; those of none are left out."""
    rows = sa.select(column, sa.func.count()).where(*wanted, column != "").group_by(column)
    return _counts(connection, rows)


def _missing(connection: sa.Connection, wanted: list[sa.ColumnElement[bool]]) -> dict[str, int]:
    takes_apart = (
        sa.func.json_array_elements_text
        if connection.dialect.name == POSTGRESQL
        else sa.func.json_each
    )
    each = (
        takes_apart(PREDICTION.c.missing).table_valued("value", joins_implicitly=True).alias("each")
    )
    rows = (
        sa.select(each.c.value, sa.func.count())
        .select_from(PREDICTION, each)
        .where(*wanted)
        .group_by(each.c.value)
    )
    return _counts(connection, rows)


def _judged_rows(
    connection: sa.Connection, wanted: list[sa.ColumnElement[bool]]
) -> list[_JudgedRow]:
    """Return the newest predictions that have a valid outcome, with it."""
    valid = (
        sa.select(OUTCOME.c.prediction_id, sa.func.max(OUTCOME.c.revision).label("revision"))
        .group_by(OUTCOME.c.prediction_id)
        .subquery()
    )
    rows = (
        sa.select(PREDICTION.c.risk, PREDICTION.c.band, PREDICTION.c.predicted, OUTCOME.c.outcome)
        .join(OUTCOME, OUTCOME.c.prediction_id == PREDICTION.c.id)
        .join(
            valid,
            (valid.c.prediction_id == OUTCOME.c.prediction_id)
            & (valid.c.revision == OUTCOME.c.revision),
        )
        .where(*wanted)
        .order_by(PREDICTION.c.id.desc())
        .limit(MOST_JUDGED)
    )
    return [_JudgedRow(*row) for row in connection.execute(rows)]


def _counts(connection: sa.Connection, rows: _Counts) -> dict[str, int]:
    return {str(name): int(count) for name, count in connection.execute(rows)}


def _performance(problem: Problem, rows: list[_JudgedRow]) -> dict[str, Any]:
    if not rows:
        nothing: dict[str, Any] = {"outcomes": None, "auroc": None, "brier": None}
        return {**nothing, "outcomes_by_band": {}, "outcomes_by_predicted": {}}
    risk = np.array([row.risk for row in rows])
    target = problem.target
    about = [row.predicted if target.several else target.positive for row in rows]
    came = np.array(
        [row.outcome == each for row, each in zip(rows, about, strict=True)], dtype=float
    )
    bands = [row.band for row in rows]
    classes = [row.predicted or "" for row in rows]
    return {
        "outcomes": _judged(risk, came),
        "outcomes_by_band": _by([band.name for band in problem.bands], bands, risk, came),
        "outcomes_by_predicted": _by(tuple(target.classes), classes, risk, came),
        "auroc": _auroc(risk, came),
        "brier": float(np.mean((risk - came) ** 2)),
    }


def _by(
    names: Sequence[str],
    values: Sequence[str],
    risk: NDArray[np.float64],
    came: NDArray[np.float64],
) -> dict[str, Judged]:
    """Return what is known of the predictions of each name that has any."""
    of_each = np.array(values)
    members = {name: of_each == name for name in names}
    return {name: _judged(risk[of], came[of]) for name, of in members.items() if of.any()}


def _judged(risk: NDArray[np.float64], came: NDArray[np.float64]) -> Judged:
    low, high = wilson(int(came.sum()), came.size)
    return Judged(came.size, float(risk.mean()), float(came.mean()), low, high)


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Return the 95 % interval of a rate.

    Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
    """
    z = 1.959964
    rate = successes / trials
    middle = rate + z**2 / (2 * trials)
    spread = z * np.sqrt(rate * (1 - rate) / trials + z**2 / (4 * trials**2))
    scale = 1 + z**2 / trials
    return max(0.0, float((middle - spread) / scale)), min(1.0, float((middle + spread) / scale))


def _auroc(risk: NDArray[np.float64], came: NDArray[np.float64]) -> float | None:
    """Return the share of pairs that are ranked right, ties counted half (Mann and Whitney)."""
    positives = int(came.sum())
    negatives = came.size - positives
    if not positives or not negatives:
        return None
    _, place, count = np.unique(risk, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    above = rank[came == 1].sum() - positives * (positives + 1) / 2
    return float(above / (positives * negatives))
