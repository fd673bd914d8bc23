"""One feature path: the offline pipeline and the service give the same probabilities."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray

from ml import problems
from ml.problems.contract import Number
from tests.integration.promoted import Offline, Promoted, serving

LARGEST_DIFFERENCE = 1e-9


@pytest.fixture(scope="module", params=problems.names())
def offline(request: pytest.FixtureRequest, promoted: Promoted) -> Offline:
    """Rows in scope, and the probabilities that the pipeline's own tables lead to."""
    return promoted(request.param)


@pytest.fixture(scope="module")
def api(
    offline: Offline, mlflow_uri: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """The real service, once it serves the promoted model."""
    state: Path = tmp_path_factory.mktemp("api")
    with serving(mlflow_uri, state, offline.problem.name) as client:
        yield client


def test_the_clean_tables_and_the_raw_rows_lead_to_the_same_risks(offline: Offline) -> None:
    risk, _ = offline.model.judged(offline.probabilities)
    assert offline.rows.num_rows >= 500
    assert risk.shape == (offline.rows.num_rows,)
    assert risk.std() > 0.01  # or equality would say little
    assert _largest(offline.model.predict_table(offline.rows), risk) <= LARGEST_DIFFERENCE


@pytest.mark.parametrize("as_json", [False, True], ids=["as_texts", "as_numbers_and_left_out"])
def test_the_service_and_the_pipeline_agree(
    offline: Offline, api: httpx.Client, *, as_json: bool
) -> None:
    records = _records(offline, as_json=as_json)
    assert len(records) >= 500
    served: list[float] = []
    by_class: list[list[float]] = []
    for start in range(0, len(records), 500):
        answer = api.post("/predict", json={"records": records[start : start + 500]})
        assert answer.status_code == 200, answer.text
        said = answer.json()
        assert said["model"]["digest"] == offline.model.digest
        served += said["predictions"]
        by_class += [list(detail["probabilities"].values()) for detail in said["details"]]
    risk, _ = offline.model.judged(offline.probabilities)
    assert _largest(np.array(served), risk) <= LARGEST_DIFFERENCE
    assert _largest(np.array(by_class), offline.probabilities) <= LARGEST_DIFFERENCE


def _records(offline: Offline, *, as_json: bool) -> list[dict[str, object]]:
    """The raw rows as requests: as they came, or with numbers as numbers and no nulls."""
    columns = offline.problem.inputs
    rows: list[dict[str, str | None]] = offline.rows.select([c.name for c in columns]).to_pylist()
    if not as_json:
        return [dict(row) for row in rows]
    numbers = {column.name for column in columns if isinstance(column, Number)}
    return [
        {name: float(v) if name in numbers else v for name, v in row.items() if v is not None}
        for row in rows
    ]


def _largest(found: NDArray[np.float64], expected: NDArray[np.float64]) -> float:
    return float(np.abs(found - expected).max())
