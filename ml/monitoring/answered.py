"""What was answered, as the history's tables tell it; read with a role that may read no more.

Only columns that monitoring needs are named here: neither who asked nor the request's id.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from ml.data.database import told_of
from ml.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from datetime import datetime

    from numpy.typing import NDArray

# Enough for narrow figures, and seconds of work at most. The newest are taken.
MOST_EXAMINED = 50_000
MOST_JUDGED = 20_000
UNKNOWN = -1
# What was answered: a challenger in the shadow answered nobody.
_SPAN = "problem = :problem AND channel <> 'shadow' AND time >= :since AND time < :until"
_COUNT = f"SELECT count(*) FROM prediction WHERE {_SPAN}"  # noqa: S608 # our own constant
_EXAMINED = f"""
SELECT model_version, inputs, missing, probabilities FROM prediction
WHERE {_SPAN} ORDER BY id DESC LIMIT {MOST_EXAMINED}
"""  # noqa: S608 # the same
_JUDGED = f"""
SELECT id, model_version, patient, probabilities, (
  SELECT outcome FROM outcome WHERE prediction_id = prediction.id ORDER BY revision DESC LIMIT 1
) AS outcome
FROM prediction WHERE {_SPAN} ORDER BY id DESC LIMIT {MOST_JUDGED}
"""  # noqa: S608 # the same


class Span(NamedTuple):
    """Predictions of a problem from one moment on, and before another."""

    problem: str
    since: datetime
    until: datetime


class Asked(NamedTuple):
    """One record: what was sent, and the inputs that were absent or not known."""

    inputs: Mapping[str, Any]
    missing: frozenset[str]


class Window(NamedTuple):
    """What was asked and answered.

    Args:
        predictions: how many were answered; the rest is of the newest of them.
        asked: their records.
        versions: text, (records,): who answered.
        probabilities: of each record, in the order of that version's classes.
    """

    predictions: int
    asked: list[Asked]
    versions: NDArray[np.str_]
    probabilities: list[list[float]]


class Judged(NamedTuple):
    """Predictions whose outcome is due.

    Args:
        versions: text, (predictions,).
        groups: text, (predictions,): the patient; where none was named, the prediction.
        outcomes: int64, (predictions,): index of the class, `UNKNOWN` where none was reported.
        probabilities: (predictions, classes).
    """

    versions: NDArray[np.str_]
    groups: NDArray[np.str_]
    outcomes: NDArray[np.int64]
    probabilities: NDArray[np.float64]

    def only(self, chosen: NDArray[np.bool_]) -> Judged:
        """Return some of them."""
        return Judged(
            self.versions[chosen],
            self.groups[chosen],
            self.outcomes[chosen],
            self.probabilities[chosen],
        )


@contextmanager
def reading(engine: sa.Engine) -> Generator[sa.Connection]:
    """Open a transaction on the serving database.

    Raises:
        DatabaseUnavailable: it does not answer, or does not let us read.
    """
    try:
        with engine.begin() as connection:
            yield connection
    except DBAPIError as error:
        message = (
            f"the history cannot be monitored: {told_of(error)}; let the owner of its database "
            f"run `python -m api.history migrate --monitor-role ROLE`"
        )
        raise DatabaseUnavailable(message) from None


def window(engine: sa.Engine, span: Span) -> Window:
    """Return what was asked and answered in a span of time."""
    with reading(engine) as connection:
        total = connection.scalar(sa.text(_COUNT), span._asdict())
        rows = connection.execute(sa.text(_EXAMINED), span._asdict()).all()
    return Window(
        predictions=int(total or 0),
        asked=[Asked(row.inputs, frozenset(row.missing)) for row in rows],
        versions=np.array([row.model_version for row in rows], dtype=np.str_),
        probabilities=[row.probabilities for row in rows],
    )


def judged(engine: sa.Engine, span: Span, classes: list[str]) -> Judged:
    """Return the predictions of a span with what became of them.

    Those of a version that told other classes apart are left out.
    """
    with reading(engine) as connection:
        found = connection.execute(sa.text(_JUDGED), span._asdict()).all()
    rows = [row for row in found if len(row.probabilities) == len(classes)]
    index = {name: place for place, name in enumerate(classes)}
    return Judged(
        versions=np.array([row.model_version for row in rows], dtype=np.str_),
        groups=np.array([row.patient or row.id for row in rows], dtype=np.str_),
        outcomes=np.array([index.get(row.outcome, UNKNOWN) for row in rows], dtype=np.int64),
        probabilities=np.array([row.probabilities for row in rows]).reshape(-1, len(classes)),
    )
