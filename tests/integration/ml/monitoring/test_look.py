"""A look at a real history in PostgreSQL, through roles that may do no more than they need."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa
import pytest
import sqlalchemy as sa
from prometheus_client import CollectorRegistry

from api.history.database import connect
from api.history.history import History
from api.history.migrate import migrate
from api.history.settings import HistorySettings
from api.history.tables import OUTCOME, PREDICTION
from ml import bundle
from ml.bundle import LoadedModel
from ml.errors import DatabaseUnavailable
from ml.monitoring import store
from ml.monitoring.look import Post, look
from ml.monitoring.report import Report
from ml.problems.monitoring import Monitoring
from ml.registry import Registry, promote, record
from ml.registry.judging import Court, judge
from ml.settings import Settings
from ml.training import Trained
from tests import toy
from tests.integration.stores import Stores

NOW = datetime(2026, 5, 1, 6, tzinfo=UTC)
PROBLEM = msgspec.structs.replace(
    toy.problem, monitoring=Monitoring(outcome_days=30, drifted_inputs=2)
)
INPUTS = [column.name for column in toy.problem.inputs]
_numbers = itertools.count()


class Clinic(NamedTuple):
    """A history, and the roles that look at it."""

    owner: sa.Engine
    monitor: sa.Engine
    reader: sa.Engine
    model: LoadedModel
    version: str
    registry: Registry

    def post(self) -> Post:
        settings = Settings(bootstrap_replicates=40)
        return Post(self.registry, self.monitor, PROBLEM, settings)

    def answer(self, table: pa.Table, at: datetime, *, report: bool = False) -> None:
        """Keep the rows as predictions of that time; report their outcomes if asked to."""
        rows = table.select(INPUTS).to_pylist()
        records = [{k: v for k, v in row.items() if v is not None} for row in rows]
        said = self.model.predict(records)
        first = next(_numbers) * 100_000
        ids = [f"{first + number:038x}" for number in range(len(records))]
        people = table["person"].to_pylist()
        kept: list[dict[str, Any]] = [
            {
                "id": ids[number],
                "request_id": f"request-{first}",
                "record_index": number,
                "problem": "toy",
                "channel": "production",
                "model_version": self.version,
                "model_digest": self.model.digest,
                "data": "synthetic",
                "caller": "ward",
                "patient": people[number],
                "time": at,
                "latency_ms": 1.0,
                "risk": float(said.risk[number]),
                "band": said.band_names[number],
                "probabilities": said.probabilities[number].tolist(),
                "missing": list(said.missing[number]),
                "inputs": record,
            }
            for number, record in enumerate(records)
        ]
        with self.owner.begin() as connection:
            connection.execute(sa.insert(PREDICTION), kept)
            if report:
                connection.execute(sa.insert(OUTCOME), list(_outcomes(table, ids, at)))


def _outcomes(table: pa.Table, ids: Sequence[str], at: datetime) -> Iterator[dict[str, Any]]:
    """Wrong at first, then corrected: the last revision counts."""
    for prediction, value in zip(ids, table["returned"].to_pylist(), strict=True):
        for revision, outcome in enumerate(("yes" if value == "no" else "no", value), 1):
            yield {
                "prediction_id": prediction,
                "revision": revision,
                "outcome": outcome,
                "observed_at": at,
                "caller": "ward",
                "time": at,
            }


@pytest.fixture(scope="module")
def registry(mlflow_uri: str, trained: Trained, toy_stores: Stores) -> Iterator[Registry]:
    """A real registry with a toy model in production."""
    registry = Registry(mlflow_uri)
    version = record(registry, trained, "a run")
    court = Court(registry, toy_stores.clean, toy.problem, toy_stores.settings)
    judge(court, version.number, "a test")
    assert promote(registry, toy.problem, version.number, "a test", "for this test").promoted
    yield registry
    registry.client.delete_registered_model("toy")


@pytest.fixture
def clinic(registry: Registry, trained: Trained, database_url: str) -> Iterator[Clinic]:
    number = next(_numbers)
    roles = [f"{name}_{number}" for name in ("service", "monitor", "reader")]
    owner = connect(database_url)
    with owner.begin() as connection:
        for role in roles:
            connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN")
    for _ in range(2):  # as by two deployments
        migrate(owner, roles[0], roles[1], roles[2:])
    engines = [sa.create_engine(sa.make_url(database_url).set(username=role)) for role in roles]
    version = registry.production("toy")
    assert version is not None
    yield Clinic(
        owner, engines[1], engines[2], bundle.load(trained.folder), version.number, registry
    )
    for engine in engines:
        engine.dispose()
    with owner.begin() as connection:
        for role in roles:
            connection.exec_driver_sql(f"DROP OWNED BY {role}")
            connection.exec_driver_sql(f"DROP ROLE {role}")
    owner.dispose()


def seen(clinic: Clinic, at: datetime = NOW, run: str = "run-1") -> Report:
    report = look(clinic.post(), at, run)
    assert report is not None
    return report


def drifted(rows: int) -> pa.Table:
    """Old people, none of whom anybody weighed."""
    table = toy.generate(rows, 5)
    old = pa.array([str(85 + row % 10) for row in range(rows)])
    table = table.set_column(table.column_names.index("age"), "age", old)
    return table.set_column(
        table.column_names.index("weight-kg"), "weight-kg", pa.nulls(rows, pa.string())
    )


def test_the_same_kind_of_patients_leads_to_nothing(clinic: Clinic) -> None:
    clinic.answer(toy.generate(800, 7), NOW - timedelta(days=3))
    clinic.answer(toy.generate(900, 8), NOW - timedelta(days=60), report=True)
    report = seen(clinic)
    assert (report.predictions, report.examined, report.of_version) == (800, 800, 800)
    assert (report.version, report.digest) == (clinic.version, clinic.model.digest)
    assert [each.input for each in report.inputs] == INPUTS
    assert not [each for each in report.inputs if each.drifted]
    assert [each.name for each in report.classes] == ["yes"]
    everything, own = report.performance
    assert (everything.version, own.version) == ("", clinic.version)
    assert (everything.due, everything.known) == (900, 900)
    assert everything.metrics["auroc"].low > 0.5
    assert (report.decision.retrain, report.decision.findings) == (False, ())


def test_other_patients_ask_for_a_training_once_in_a_while(clinic: Clinic) -> None:
    clinic.answer(drifted(600), NOW - timedelta(days=3))
    first = seen(clinic)
    assert {each.input for each in first.inputs if each.drifted} == {"age", "weight-kg"}
    assert first.decision.retrain
    assert "inputs" in [each.kind for each in first.decision.findings]
    clinic.answer(drifted(100), NOW - timedelta(hours=1))
    assert seen(clinic) == first  # the same run, tried again
    next_day = seen(clinic, NOW + timedelta(days=1), "run-2")
    assert next_day.predictions == 700
    assert not next_day.decision.retrain
    assert next_day.decision.cooling_since == NOW
    assert seen(clinic, NOW + timedelta(days=8), "run-3").decision.retrain
    with clinic.reader.begin() as connection:
        newest = store.newest(connection, "toy", 5)
    assert [each.dag_run for each in newest] == ["run-3", "run-2", "run-1"]


def test_an_outcome_that_is_not_due_yet_says_nothing(clinic: Clinic) -> None:
    clinic.answer(toy.generate(900, 8), NOW - timedelta(days=29), report=True)
    clinic.answer(toy.generate(300, 9), NOW - timedelta(days=40))
    (everything, own) = seen(clinic).performance
    assert (everything.due, everything.known) == (300, 0)
    assert not own.metrics


def test_outcomes_that_no_longer_follow_the_risks_ask_for_a_training(clinic: Clinic) -> None:
    table = toy.generate(1500, 8)
    flipped = pa.array(
        ["yes" if value == "no" else "no" for value in table["returned"].to_pylist()]
    )
    table = table.set_column(table.column_names.index("returned"), "returned", flipped)
    clinic.answer(table, NOW - timedelta(days=60), report=True)
    decision = seen(clinic).decision
    assert decision.retrain
    assert {"auroc", "calibration"} <= {each.kind for each in decision.findings}


def test_without_a_model_in_production_there_is_nothing_to_look_at(
    clinic: Clinic, mlflow_uri: str
) -> None:
    stranger = msgspec.structs.replace(PROBLEM, name="stranger")
    post = clinic.post()._replace(problem=stranger)
    assert look(post, NOW, "run-1") is None


def refused(engine: sa.Engine, statement: str) -> str:
    with engine.connect() as connection, pytest.raises(sa.exc.ProgrammingError) as raised:
        connection.exec_driver_sql(statement)
    return str(raised.value.orig)


def test_the_monitor_reads_what_it_needs_and_adds_reports_alone(clinic: Clinic) -> None:
    clinic.answer(drifted(400), NOW - timedelta(days=3))
    seen(clinic)
    for hidden in ("caller", "request_id", "risk", "*"):
        assert "permission denied" in refused(clinic.monitor, f"SELECT {hidden} FROM prediction")
    for table in ("audit", "feedback"):
        assert "permission denied" in refused(clinic.monitor, f"SELECT 1 FROM {table}")
    for change in (
        "INSERT INTO outcome VALUES ('1', 1, 'yes', now(), 'c', now())",
        "UPDATE monitoring SET retrain = false",
        "DELETE FROM monitoring",
        "TRUNCATE monitoring",
    ):
        assert "permission denied" in refused(clinic.monitor, change)
        assert "permission denied" in refused(clinic.reader, change)
    assert "permission denied" in refused(clinic.reader, "SELECT id FROM prediction")
    assert "append-only" in refused(clinic.owner, "DELETE FROM monitoring")


def test_a_role_without_rights_is_told_what_to_do(clinic: Clinic) -> None:
    post = clinic.post()._replace(serving=clinic.reader)
    with pytest.raises(DatabaseUnavailable, match="--monitor-role"):
        look(post, NOW, "run-9")


@pytest.mark.anyio
async def test_the_service_tells_what_was_found(
    clinic: Clinic, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic.answer(drifted(400), NOW - timedelta(days=3))
    report = seen(clinic)
    monkeypatch.setenv("DATABASE_URL", database_url)
    history = History(HistorySettings(state_dir=tmp_path), CollectorRegistry())
    history.start()
    try:
        told = await history.monitoring("toy", 1)
    finally:
        history.stop()
    assert (told.problem, told.reports) == ("toy", [report])
