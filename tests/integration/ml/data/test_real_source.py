"""The real data set, where it lies beside the checkout."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from ml.data import raw_store
from ml.problems import find
from ml.settings import Settings

SOURCE = Path(__file__).parents[5] / "shared" / "data" / "diabetic_data.csv.gz"

pytestmark = pytest.mark.skipif(
    not SOURCE.is_file(), reason="the real data set is not at ../shared/data beside the checkout"
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path)


def test_the_whole_source(engine: sa.Engine, settings: Settings) -> None:
    problem = find("diabetes")
    results = raw_store.ingest(engine, problem, str(SOURCE), settings, "run")
    assert len(results) == 7
    assert sum(result.rows_inserted for result in results) == 101_766
    stored = raw_store.stored_rows(engine, problem)
    for part, share in (("train", 0.70), ("validation", 0.15), ("test", 0.15)):
        assert abs(stored[part] / 101_766 - share) < 0.01
    assert raw_store.ingest(engine, problem, "", settings, "again") == []

    with engine.connect() as connection:

        def scalar(query: str) -> object:
            return connection.scalar(sa.text(query))

        rows = "FROM diabetes.raw_data"
        assert scalar(f"SELECT count(DISTINCT row_hash) {rows}") == 101_766
        assert scalar(f"SELECT count(DISTINCT patient_nbr) {rows}") == 71_518
        assert (
            scalar(f"SELECT count(*) FROM (SELECT DISTINCT patient_nbr, part {rows}) p") == 71_518
        )
        for value, count in (("NO", 54_864), (">30", 35_545), ("<30", 11_357)):
            assert scalar(f"SELECT count(*) {rows} WHERE readmitted = '{value}'") == count
        assert scalar(f"SELECT count(*) {rows} WHERE weight IS NULL") == 98_569
        assert scalar(f"""SELECT count(*) {rows} WHERE "A1Cresult" = 'None'""") == 84_748
