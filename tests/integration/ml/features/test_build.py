from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import numpy as np
import psycopg2.errors
import pyarrow as pa
import pytest
import sqlalchemy as sa
from pyarrow import csv

from ml.code_version import code_digest
from ml.data import clean_store, raw_rows, raw_store
from ml.data.clean_store import CleanBuild
from ml.data.split import PARTS, parts
from ml.errors import DataError, NotEnoughData
from ml.features import Encoder, FeatureMap
from ml.features.build import build
from ml.problems import find
from tests import toy
from tests.integration.stores import Stores, fresh_stores, ingest


def clean_rows(stores: Stores, part: str) -> list[sa.RowMapping]:
    with stores.clean.connect() as connection:
        query = sa.text(f"SELECT * FROM toy.clean_{part} ORDER BY row_hash")
        return list(connection.execute(query).mappings())


def generated(rows: int = 3000, seed: int = 5) -> pa.Table:
    return toy.generate(rows, seed)


def changed(table: pa.Table, column: str, values: Mapping[int, str]) -> pa.Table:
    """The table with other values in some rows of one column."""
    texts = [values.get(i, text) for i, text in enumerate(table[column].to_pylist())]
    return table.set_column(table.column_names.index(column), column, pa.array(texts, pa.string()))


def delivered(folder: Path, table: pa.Table) -> str:
    path = folder / "delivery.csv"
    csv.write_csv(table, path)
    return str(path)


def test_every_row_in_scope_is_there_once_with_keys_and_outcome(toy_stores: Stores) -> None:
    source = toy.generate(3000, toy_stores.settings.seed)
    records = {row["visit"]: row for row in source.to_pylist()}
    expected = dict(
        zip(
            records,
            parts(source["person"].combine_chunks(), toy_stores.settings.split_salt).to_pylist(),
            strict=True,
        )
    )
    seen: dict[str, str] = {}
    for part in PARTS:
        for row in clean_rows(toy_stores, part):
            assert row["record_key"] not in seen
            seen[row["record_key"]] = part
            record = records[row["record_key"]]
            assert row["group_key"] == record["person"]
            assert row["outcome"] == (record["returned"] == "yes")
    assert seen == expected


def test_the_clean_matrix_is_what_the_encoder_makes_of_the_raw_row(toy_stores: Stores) -> None:
    transformation = clean_store.latest(toy_stores.clean, toy.problem)
    feature_map = msgspec.convert(transformation.feature_map, FeatureMap)
    stored = clean_store.read(toy_stores.clean, toy.problem, "test", feature_map.names)
    raw = raw_rows.read(toy_stores.raw, toy.problem).parts["test"]
    assert stored.matrix.tobytes() == Encoder(feature_map).table(raw).tobytes()
    assert stored.groups.tolist() == raw["person"].to_pylist()


def test_the_transformation_is_stored_with_all_that_it_came_from(toy_stores: Stores) -> None:
    found = clean_store.latest(toy_stores.clean, toy.problem)
    assert found.data == "synthetic"
    assert found.source == "synthetic"
    assert found.code_digest == code_digest()
    assert found.split_salt == toy_stores.settings.split_salt
    assert len(found.batches) == 3
    assert [len(digest) for digest in found.source_digests] == [64]
    assert found.rows["raw"] == 3000 == sum(found.rows[part] for part in PARTS)
    assert found.quality["rows_rejected"] == 0
    assert msgspec.convert(found.feature_map, FeatureMap).digest == found.feature_map_digest
    assert found.drift.keys() == {column.name for column in toy.problem.inputs}
    with toy_stores.clean.connect() as connection:
        runs = connection.execute(sa.text("SELECT dag_run, data_hash FROM toy.transformation"))
        assert runs.all() == [("first", found.data_hash)]


def test_a_second_build_gives_the_same_hashes_and_rows(stores: Stores) -> None:
    ingest(stores, toy.problem, "synthetic")
    first = build(stores.raw, stores.clean, toy.problem, stores.settings)
    rows = [clean_rows(stores, part) for part in PARTS]
    second = build(stores.raw, stores.clean, toy.problem, stores.settings)
    assert second.data_hash == first.data_hash
    assert second.feature_map_digest == first.feature_map_digest
    assert [clean_rows(stores, part) for part in PARTS] == rows


def test_the_order_in_which_rows_came_does_not_matter(stores: Stores, tmp_path: Path) -> None:
    table = generated()
    ingest(stores, toy.problem, delivered(tmp_path, table))
    first = build(stores.raw, stores.clean, toy.problem, stores.settings)
    with stores.raw.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA toy CASCADE"))
    shuffled = table.take(np.random.default_rng(1).permutation(table.num_rows))
    ingest(stores, toy.problem, delivered(tmp_path, shuffled))
    second = build(stores.raw, stores.clean, toy.problem, stores.settings)
    assert second.data_hash == first.data_hash
    assert second.feature_map_digest == first.feature_map_digest


def test_the_fit_knows_only_the_training_part(stores: Stores, tmp_path: Path) -> None:
    table = generated()
    part = parts(table["person"].combine_chunks(), stores.settings.split_salt).to_pylist()
    ingest(stores, toy.problem, delivered(tmp_path, table))
    first = build(stores.raw, stores.clean, toy.problem, stores.settings)
    with stores.raw.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA toy CASCADE"))
    others = {i: "120" for i, name in enumerate(part) if name != "train"}
    ingest(stores, toy.problem, delivered(tmp_path, changed(table, "age", others)))
    second = build(stores.raw, stores.clean, toy.problem, stores.settings)
    assert second.feature_map_digest == first.feature_map_digest
    assert second.drift == first.drift
    assert second.data_hash != first.data_hash


def test_real_rows_drive_the_synthetic_ones_out(stores: Stores, tmp_path: Path) -> None:
    ingest(stores, toy.problem, "synthetic")
    assert build(stores.raw, stores.clean, toy.problem, stores.settings).data == "synthetic"
    real = generated(2000)
    renamed = [f"r{i}" for i in range(2000)]
    real = real.set_column(0, "visit", pa.array(renamed))
    ingest(stores, toy.problem, delivered(tmp_path, real))
    built = build(stores.raw, stores.clean, toy.problem, stores.settings)
    assert built.data == "real"
    assert built.rows["raw"] == 2000
    assert built.source.endswith("delivery.csv")
    assert len(built.batches) == 2
    keys = {row["record_key"] for part in PARTS for row in clean_rows(stores, part)}
    assert keys == set(renamed)


def test_rows_out_of_scope_and_blanks_around_values(stores: Stores, tmp_path: Path) -> None:
    """The contract passes over blanks, so the scope and the outcome must do so too."""
    table = changed(generated(), "colour", {0: "None", 1: " None "})
    table = changed(table, "returned", {2: " yes ", 3: "yes", 4: "later"})
    table = changed(table, "days", {2: " 5 ", 3: "+5", 4: "5e0"})
    ingest(stores, toy.problem, delivered(tmp_path, table))
    built = build(stores.raw, stores.clean, toy.problem, stores.settings)
    outcomes = {
        row["record_key"]: row["outcome"] for part in PARTS for row in clean_rows(stores, part)
    }
    assert built.quality["out_of_scope"] == 2
    assert outcomes.keys().isdisjoint({"s0", "s1"})
    assert [outcomes[key] for key in ("s2", "s3", "s4")] == [1, 1, 0]
    assert len(outcomes) == 2998


def test_too_many_rejected_rows_stop_the_build(stores: Stores, tmp_path: Path) -> None:
    bad = dict.fromkeys(range(200), "-1")  # 200 of 3,000, the limit is 5 %
    ingest(stores, toy.problem, delivered(tmp_path, changed(generated(), "age", bad)))
    with pytest.raises(DataError, match=r"toy: 6\.7% of the rows .* more than the 5%"):
        build(stores.raw, stores.clean, toy.problem, stores.settings)
    with pytest.raises(NotEnoughData, match="there are no clean rows yet; run the DAG clean_toy"):
        clean_store.latest(stores.clean, toy.problem)


def test_a_few_rejected_rows_are_told_and_left_out(stores: Stores, tmp_path: Path) -> None:
    bad = dict.fromkeys(range(60), "-1")
    ingest(stores, toy.problem, delivered(tmp_path, changed(generated(), "age", bad)))
    built = build(stores.raw, stores.clean, toy.problem, stores.settings)
    assert built.quality["rows_rejected"] == 60
    assert built.quality["rejected_share"] == 0.02
    assert built.rows["raw"] == 2940


def test_nothing_loaded_is_told_with_the_dag_that_loads(stores: Stores) -> None:
    advice = "toy: no raw batch has been loaded; run the DAG ingest_toy"
    raw_store.create(stores.raw, toy.problem)
    with pytest.raises(NotEnoughData, match=advice):
        build(stores.raw, stores.clean, toy.problem, stores.settings)


def test_the_records_of_the_test_part_are_kept_row_by_row(toy_stores: Stores) -> None:
    """What a model with other parameters is judged on."""
    built = clean_store.latest(toy_stores.clean, toy.problem)
    feature_map = msgspec.convert(built.feature_map, FeatureMap)
    rows = clean_store.read(toy_stores.clean, toy.problem, "test", feature_map.names)
    records = clean_store.read_records(toy_stores.clean, toy.problem)
    assert set(records.column_names) == {"batch_id", *(c.name for c in toy.problem.inputs)}
    assert set(records["batch_id"].to_pylist()) <= set(built.batches)
    encoded = Encoder(feature_map).table(records)
    assert np.array_equal(encoded, rows.matrix, equal_nan=True)


def test_a_failed_build_leaves_the_one_before(stores: Stores) -> None:
    """The tables and their transformation change together or not at all."""
    ingest(stores, toy.problem, "synthetic")
    first = build(stores.raw, stores.clean, toy.problem, stores.settings)
    rows = clean_rows(stores, "train")
    broken = msgspec.structs.replace(first, data_hash="other")
    tables = {part: pa.table({"row_hash": ["a", "a"]}) for part in PARTS}
    with pytest.raises(psycopg2.errors.UniqueViolation):
        clean_store.replace(stores.clean, toy.problem, CleanBuild(broken, tables, tables["test"]))
    assert clean_store.latest(stores.clean, toy.problem).data_hash == first.data_hash
    assert clean_rows(stores, "train") == rows


def test_a_problem_of_the_house_builds(postgres: Callable[[str], str], tmp_path: Path) -> None:
    problem = find("diabetes")
    with fresh_stores(postgres, tmp_path, 3000) as stores:
        ingest(stores, problem, "synthetic")
        built = build(stores.raw, stores.clean, problem, stores.settings)
        assert built.rows["raw"] == 3000
        used = sum(built.rows[part] for part in PARTS)
        assert used == 3000 - built.quality["out_of_scope"] < 3000
