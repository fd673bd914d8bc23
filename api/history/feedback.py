"""What clinicians think of predictions: each opinion a new row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

import msgspec
import sqlalchemy as sa
from msgspec import Meta

from api.history.answers import Opinion, StoredFeedback
from api.history.database import POSTGRESQL, transaction
from api.history.queries import find, opinions
from api.history.tables import FEEDBACK
from ml.data.database import lock

LONGEST_REASON = 1000
# PostgreSQL has no text with a NUL.
_Reason = Annotated[str, Meta(max_length=LONGEST_REASON, pattern=r"^[^\x00]*$")]


class Given(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An opinion as a caller sends it.

    Args:
        verdict: whether the caller agrees, does not, or judges otherwise.
        band: the name of the risk band that the caller finds right; only with `override`.
        predicted: the same of the class, for a problem without bands.
        reason: why; needed unless the caller agrees.
    """

    verdict: Opinion
    band: Annotated[str, Meta(max_length=80)] | None = None
    predicted: Annotated[str, Meta(max_length=80)] | None = None
    reason: _Reason = ""


def give(
    engine: sa.Engine,
    problem: str,
    prediction_id: str,
    caller: str,
    given: Given,
    waiting: Callable[[], int],
) -> StoredFeedback:
    """Keep an opinion; the same one of the same caller, sent again, is not kept twice.

    Args:
        engine: of the history's database.
        problem: of which problem the prediction is.
        prediction_id: which prediction.
        caller: who says so.
        given: the opinion.
        waiting: tells how many records are not in the database yet.

    Raises:
        UnknownPrediction: the prediction is not in the history; nothing was kept.
        HistoryUnavailable: the database does not answer; nothing was kept.
    """
    find(engine, problem, prediction_id, waiting)
    with transaction(engine) as connection:
        if connection.dialect.name == POSTGRESQL:
            lock(connection, f"feedback-{problem}")  # a revision follows the one before
        known = opinions(connection, [prediction_id])
        mine = [opinion for opinion in known if opinion.caller == caller][-1:]
        for last in mine:
            if _opinion(last) == _opinion(given):
                return last
        kept = StoredFeedback(
            prediction_id=prediction_id,
            revision=len(known) + 1,
            verdict=given.verdict,
            band=given.band,
            predicted=given.predicted,
            reason=given.reason,
            caller=caller,
            time=datetime.now(UTC),
        )
        connection.execute(sa.insert(FEEDBACK), msgspec.structs.asdict(kept))
    return kept


def _opinion(of: StoredFeedback | Given) -> tuple[str, str | None, str | None, str]:
    return of.verdict, of.band, of.predicted, of.reason
