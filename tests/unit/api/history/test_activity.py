"""How much a model was used, and how it did."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score

from api.history.activity import wilson

pytestmark = pytest.mark.anyio


async def predict(client: httpx.AsyncClient, *records: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = (await client.post("/predict", json={"records": list(records)})).json()
    return answer


async def activity(client: httpx.AsyncClient, days: int = 7) -> dict[str, Any]:
    answer = await client.get("/activity", params={"days": days})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_without_predictions_there_is_nothing_to_tell(client: httpx.AsyncClient) -> None:
    found = await activity(client)

    assert (found["predictions"], found["by_day"], found["missing"]) == (0, [], {})
    assert (found["outcomes"], found["auroc"], found["brier"]) == (None, None, None)


async def test_predictions_are_counted_by_day_band_and_missing_input(
    client: httpx.AsyncClient,
) -> None:
    answer = await predict(client, {"age": 60, "colour": "red"}, {"age": 30}, {})
    await client.post(f"/predictions/{answer['ids'][0]}/feedback", json={"verdict": "agree"})

    found = await activity(client)

    (today,) = found["by_day"]
    assert today["day"] == f"{datetime.now(UTC):%Y-%m-%d}"
    assert today["predictions"] == found["predictions"] == 3
    assert today["mean_risk"] == pytest.approx(sum(answer["predictions"]) / 3)
    absent = [detail["missing"] for detail in answer["details"]]
    assert today["mean_missing"] == pytest.approx(sum(map(len, absent)) / 3)
    assert found["missing"] == {
        name: sum(name in one for one in absent) for name in {n for one in absent for n in one}
    }
    assert sum(found["by_band"].values()) == 3
    assert found["feedback"] == {"agree": 1}


async def test_the_performance_is_that_of_the_valid_outcomes(client: httpx.AsyncClient) -> None:
    records = [{"age": 20 + 3 * n, "colour": "red" if n % 3 else "blue"} for n in range(25)]
    answer = await predict(client, *records)
    came = [n % 4 == 0 or n > 18 for n in range(24)]  # the last prediction has no outcome yet

    async def report(outcomes: list[str]) -> None:
        now = datetime.now(UTC).isoformat()
        rows = [
            {"prediction_id": name, "outcome": what, "observed_at": now}
            for name, what in zip(answer["ids"], outcomes, strict=False)
        ]
        assert (await client.post("/outcomes", json={"records": rows})).status_code == 200

    await report(["no" if yes else "yes" for yes in came])
    await report(["yes" if yes else "no" for yes in came])
    found = await activity(client)

    risks = answer["predictions"][:24]
    assert found["outcomes"]["predictions"] == 24
    assert found["outcomes"]["rate"] == pytest.approx(sum(came) / 24)
    assert found["outcomes"]["mean_risk"] == pytest.approx(sum(risks) / 24)
    assert found["auroc"] == pytest.approx(roc_auc_score(came, risks))
    assert found["brier"] == pytest.approx(brier_score_loss(came, risks))
    by_band = found["outcomes_by_band"]
    assert sum(judged["predictions"] for judged in by_band.values()) == 24


def test_the_interval_of_a_rate_is_wilsons() -> None:
    # Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)


@pytest.mark.parametrize("days", ["0", "367", "many", "-1", "1.5", "٣"])
async def test_a_span_that_cannot_be_read_is_named(client: httpx.AsyncClient, days: str) -> None:
    answer = await client.get("/activity", params={"days": days})

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["days"]
