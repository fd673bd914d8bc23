"""The drift that the real data hold: the last 15 % of the patients, by their first stay."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv

from ml.bundle import Interval, LoadedModel
from ml.data import quality
from ml.monitoring.answered import Asked, Judged
from ml.monitoring.inputs import inputs
from ml.monitoring.performance import performance
from ml.monitoring.policy import Found, decide
from ml.monitoring.predictions import predictions
from ml.monitoring.report import Decision
from ml.problems import find
from ml.settings import Settings
from tests.integration.ml.data.test_real_source import SOURCE
from tests.unit.ml.learning import learn_from, prepare_rows

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(
        not SOURCE.is_file(),
        reason="the real data set is not at ../shared/data beside the checkout",
    ),
]

PROBLEM = find("diabetes")
POLICY = PROBLEM.monitoring
SETTINGS = Settings(bootstrap_replicates=100)
NOW = datetime(2026, 5, 1, tzinfo=UTC)
LATE = 0.15


class Times(NamedTuple):
    """A model of the earlier patients, its test part, and the later patients."""

    model: LoadedModel
    test: pa.Table
    later: pa.Table


def rows() -> pa.Table:
    return csv.read_csv(
        SOURCE,  # it sees by the name that this is gzipped
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(PROBLEM.names, pa.string()),
            null_values=["", *PROBLEM.source.missing],
            strings_can_be_null=True,
        ),
    )


@pytest.fixture(scope="module")
def times() -> Times:
    """Train on the patients who came first."""
    table = rows()
    stay = np.array(table[PROBLEM.record_key].to_pylist()).astype(np.int64)
    patient = np.array(table[PROBLEM.group_key].to_pylist())
    names, who = np.unique(patient, return_inverse=True)
    first = np.full(len(names), np.iinfo(np.int64).max)
    np.minimum.at(first, who, stay)
    late = first[who] > np.quantile(first, 1 - LATE)
    prepared = prepare_rows(PROBLEM, table.filter(pa.array(~late)))
    model = LoadedModel(learn_from(PROBLEM, prepared, 1, "real"), "d" * 64)
    later = table.filter(pa.array(late))
    outside = quality.out_of_scope(PROBLEM, later).to_pylist()
    inside = pa.array([not each for each in outside])
    return Times(model, prepared.tables["test"], later.filter(inside))


def look(model: LoadedModel, table: pa.Table) -> tuple[Found, Decision]:
    """What a monitor finds that sees these rows answered, their outcomes known."""
    records = table.select([column.name for column in PROBLEM.inputs]).to_pylist()
    missing = [frozenset(name for name, value in row.items() if value is None) for row in records]
    unknown = model.predict(records[:2000]).missing
    assert [frozenset(each) >= lost for each, lost in zip(unknown, missing, strict=False)]
    risk = model.predict_table(table)
    both = np.column_stack([1 - risk, risk])
    classes = list(PROBLEM.target.classes)
    positive = PROBLEM.target.classes[PROBLEM.target.positive]
    happened = [value in positive for value in table[PROBLEM.target.column].to_pylist()]
    judged = Judged(
        versions=np.full(len(risk), "1"),
        groups=np.array(table[PROBLEM.group_key].to_pylist()),
        outcomes=np.array(happened).astype(np.int64),
        probabilities=both,
    )
    asked = [Asked(*each) for each in zip(records, missing, strict=True)]
    found = Found(
        version="1",
        examined=len(asked),
        of_version=len(asked),
        inputs=inputs(model, asked, POLICY),
        classes=predictions(model, both, POLICY),
        offline={name: Interval(**value) for name, value in model.info["metrics"].items()},
        performance=performance(judged, classes, POLICY, SETTINGS),
    )
    return found, decide(found, POLICY, NOW, None)


def test_patients_of_the_same_time_ask_for_nothing(times: Times) -> None:
    found, decision = look(times.model, times.test)
    assert not [each.input for each in found.inputs if each.drifted]
    assert decision.findings == ()


def test_the_patients_who_came_last_ask_for_a_training(times: Times) -> None:
    found, decision = look(times.model, times.later)
    drifted = {each.input: each for each in found.inputs if each.drifted}
    assert {"payer_code", "medical_specialty"} <= drifted.keys()
    assert decision.retrain
    live = found.performance[0].metrics
    # Fewer come back, and the model of the earlier patients does not know that.
    assert live["calibration_intercept"].high < 0
    print(
        {
            n: (
                e.values and round(e.values.psi, 3),
                round(e.missing_before, 3),
                round(e.missing_now, 3),
            )
            for n, e in ((e.input, e) for e in found.inputs)
        },
        live,
        found.classes,
        decision,
    )
