"""Opinions and counts in both kinds of database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from prometheus_client import CollectorRegistry

from api.history.database import connect
from api.history.feedback import Given
from api.history.history import History
from api.history.migrate import migrate
from api.history.outcomes import Reported
from api.history.settings import HistorySettings
from tests import toy
from tests.integration.api.history.noting import note

pytestmark = pytest.mark.anyio


async def test_the_service_keeps_opinions_and_counts_what_it_answered(
    url: str, settings_of: Callable[[str], HistorySettings]
) -> None:
    migrate(connect(url))
    history = History(settings_of(url), CollectorRegistry())
    history.start()
    try:
        first, second, _ = note(history, [{"age": 60}, {"age": 70}, {}])
        opinion = Given(verdict="override", band="high", reason="é ' \\ \u2028")
        given = await history.give_feedback("toy", first, "ward-3", opinion)
        again = await history.give_feedback("toy", first, "ward-3", opinion)
        other = await history.give_feedback("toy", first, "ward-4", Given(verdict="agree"))
        now = datetime.now(UTC)
        outcomes = [
            Reported(prediction_id=first, outcome="yes", observed_at=now),
            Reported(prediction_id=second, outcome="no", observed_at=now),
        ]
        await history.report("toy", "ward-3", outcomes)

        found = await history.activity(toy.problem, 7)
        kept = (await history.find("toy", first)).feedback
    finally:
        history.stop()

    assert given == again
    assert kept == [given, other]
    assert (given.revision, other.revision, given.reason) == (1, 2, opinion.reason)
    assert found.predictions == 3
    assert [day.day for day in found.by_day] == [f"{now:%Y-%m-%d}"]
    assert found.by_day[0].mean_missing == 1
    assert found.missing == {"days": 3}
    assert found.by_band == {"low": 3}
    assert found.feedback == {"agree": 1, "override": 1}
    assert found.outcomes is not None
    assert (found.outcomes.predictions, found.outcomes.rate) == (2, 0.5)
    assert found.auroc == 0
