"""Without PostgreSQL the same rows, the same hashes, the same clean rows, the same bundle."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest
import sqlalchemy as sa
from pyarrow import csv

from ml.data import clean_store, raw_files, raw_rows
from ml.data.row_hash import row_hashes
from ml.data.source import fetch
from ml.errors import NotEnoughData
from ml.features.build import build, transform
from ml.settings import Settings
from ml.training import train
from tests import toy
from tests.integration.stores import fresh_stores, ingest

ODD = (
    *("", " ", "a", "a b", "a,b", "(a)", ")", '"', '""', "\\", 'a\\"b', "\t", "\x0b", "\r", "\n"),
    *("é", "\u00a0", "\u2003", "\x1c", "\x7f", "'", "NULL", "null", "[60-70)", "{1}", None),
)


def test_a_rows_hash_is_postgresqls(engine: sa.Engine) -> None:
    rows = pa.table({"one": pa.array(ODD), "two": pa.array(ODD[::-1]), "three": pa.array(ODD)})
    record = "CAST(ROW(CAST(:one AS text), CAST(:two AS text), CAST(:three AS text)) AS text)"
    query = sa.text(f"SELECT encode(sha256(convert_to({record}, 'UTF8')), 'hex')")
    with engine.connect() as connection:
        expected = [connection.scalar(query, row) for row in rows.to_pylist()]
    assert row_hashes(rows, rows.column_names).to_pylist() == expected


def delivered(folder: Path) -> str:
    """A delivery with rows that are doubled, contradict others, or break the contract."""
    rows = toy.generate(2000, 3).to_pylist()
    rows[7] |= {"colour": " red ", "days": " 3"}
    rows[8] |= {"age": "nine"}
    rows += [rows[1], rows[2] | {"age": "77"}, rows[5] | {"reason": None}, rows[5]]
    csv.write_csv(pa.Table.from_pylist(rows, toy.generate(1, 1).schema), folder / "delivery.csv")
    return str(folder / "delivery.csv")


def test_files_and_databases_lead_to_the_same_bundle(
    postgres: Callable[[str], str], tmp_path: Path
) -> None:
    location = delivered(tmp_path)
    with fresh_stores(postgres, tmp_path / "state") as made:
        settings = made.settings.model_copy(update={"batch_rows": 10_000})
        stores = made._replace(settings=settings)
        ingest(stores, toy.problem, location)
        build(stores.raw, stores.clean, toy.problem, settings)
        stored = raw_rows.read(stores.raw, toy.problem)
        in_database = train(stores.clean, toy.problem, settings, tmp_path / "one", 1)

    found = raw_files.read(toy.problem, fetch(toy.problem, location, settings), settings.split_salt)
    assert (found.rows_read, found.rows_rejected) == (2004, 3)
    assert found._replace(parts={}) == stored._replace(parts={})
    for part, table in stored.parts.items():
        assert found.parts[part].equals(table), part
    folder = tmp_path / "clean"
    clean_store.replace(folder, toy.problem, transform(toy.problem, found, settings))
    assert train(folder, toy.problem, settings, tmp_path / "two", 1).digest == in_database.digest


def test_a_delivery_without_a_good_row_and_a_folder_without_clean_rows(tmp_path: Path) -> None:
    rows = toy.generate(3, 1).to_pylist()
    broken = pa.Table.from_pylist([row | {"age": "old"} for row in rows])
    csv.write_csv(broken, tmp_path / "delivery.csv")
    settings = Settings(state_dir=tmp_path / "state")
    delivery = fetch(toy.problem, str(tmp_path / "delivery.csv"), settings)
    with pytest.raises(NotEnoughData, match=r"no row of delivery\.csv keeps the contract"):
        raw_files.read(toy.problem, delivery, "salt")
    for ask in (clean_store.latest, clean_store.read_records):
        with pytest.raises(NotEnoughData, match="there are no clean rows yet"):
            ask(tmp_path, toy.problem)


def test_clean_rows_in_a_folder_are_equal_bytes_for_equal_rows(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path / "state", synthetic_rows=500)
    stored = raw_files.read(toy.problem, fetch(toy.problem, "synthetic", settings), "salt")
    for name in ("one", "two"):
        clean_store.replace(tmp_path / name, toy.problem, transform(toy.problem, stored, settings))
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()
    assert msgspec.json.decode((tmp_path / "one" / "transformation.json").read_bytes())
