from __future__ import annotations

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest

from ml.bundle import LoadedModel, load, write
from ml.bundle.content import FORMAT, MANIFEST
from ml.problems.contract import Category
from ml.problems.problem import Target
from tests import toy
from tests.unit.ml.learning import prepare, toy_content


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle") / "made" / "here"
    write(toy_content(), folder)
    return folder


@pytest.fixture(scope="module")
def model(folder: Path) -> LoadedModel:
    return load(folder)


def test_what_is_written_is_what_is_loaded(tmp_path: Path) -> None:
    content = toy_content()
    digest = write(content, tmp_path / "bundle")
    model = load(tmp_path / "bundle", expected_digest=digest)
    assert model.digest == digest
    assert model.problem == "toy"
    assert model.data == "synthetic"
    assert model.schema == content.schema
    assert model.info["lineage"] == content.lineage
    assert model.info["metrics"] == msgspec.to_builtins(content.metrics)
    assert model.info["card"] == msgspec.to_builtins(content.card)


def test_equal_content_is_equal_bytes_and_an_equal_digest(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    assert write(toy_content(), first) == write(toy_content(), second)
    for path in first.iterdir():
        assert path.read_bytes() == (second / path.name).read_bytes()


def test_other_content_has_another_digest(tmp_path: Path) -> None:
    other = msgspec.structs.replace(toy_content(), card=toy.text("another"))
    assert write(other, tmp_path / "other") != write(toy_content(), tmp_path / "bundle")


def test_a_bundle_is_never_written_over_another(folder: Path) -> None:
    with pytest.raises(FileExistsError):
        write(toy_content(), folder)


def test_the_order_of_classes_and_values_survives(tmp_path: Path) -> None:
    """The positive class need not be the last one in the alphabet."""
    target = Target(
        column="returned",
        classes={"stayed": frozenset({"no", "later"}), "back": frozenset({"yes"})},
        labels={"stayed": toy.text("stayed"), "back": toy.text("back")},
    )
    schema = msgspec.structs.replace(toy_content().schema, target=target)
    write(msgspec.structs.replace(toy_content(), schema=schema), tmp_path / "bundle")
    loaded = load(tmp_path / "bundle").schema
    assert list(loaded.target.classes) == ["stayed", "back"]
    assert loaded.target.positive == "back"
    after = next(column for column in loaded.inputs if isinstance(column, Category))
    before = next(column for column in toy.problem.inputs if isinstance(column, Category))
    assert list(after.values) == list(before.values) != sorted(before.values)


def test_a_bundle_holds_no_pickle_and_no_code(folder: Path) -> None:
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert {Path(name).suffix for name in files} == {".json", ".md", ".ubj"}
    for name, data in files.items():
        assert not data.startswith(b"\x80"), name  # a pickle's first byte since protocol 2
        assert b"import " not in data, name
        assert b"__reduce__" not in data, name
        if name.endswith(".json"):
            json.loads(data)
    assert files["trees_1.ubj"].startswith(b"{L")  # UBJSON: an object, its key's length first


def test_the_manifest_lists_every_other_file_and_no_time(folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST).read_bytes())
    assert manifest.keys() == {"format", "problem", "data", "files"}
    assert manifest["format"] == FORMAT
    assert manifest["files"].keys() == {path.name for path in folder.iterdir()} - {MANIFEST}


def test_nothing_of_a_patient_travels_in_a_bundle(folder: Path) -> None:
    """Keys of the rows it learned from; that the probes are generated is shown below."""
    rows = prepare(toy.problem, 2000, 1).tables["train"]
    everything = b"".join(path.read_bytes() for path in folder.iterdir())
    for key in ("visit", "person"):
        for value in rows[key].to_pylist()[:200]:
            assert f'"{value}"'.encode() not in everything
    assert b'"visit"' in everything  # the column's name, so the search can find


def test_the_probes_are_generated_rows_the_example_and_nothing() -> None:
    content = toy_content()
    inputs = [column.name for column in toy.problem.inputs]
    made = toy.generate(50, 1).select(inputs).to_pylist()
    assert [probe.record for probe in content.probes] == [*made, toy.problem.example, {}]
    assert all(0 < probe.risk < 1 for probe in content.probes)


def test_a_loaded_model_scores_records_and_tables_alike(model: LoadedModel) -> None:
    table = toy.generate(500, seed=9)
    records = table.select([column.name for column in toy.problem.inputs]).to_pylist()
    prediction = model.predict(records)
    assert prediction.risk.tobytes() == model.predict_table(table).tobytes()
    assert np.allclose(prediction.probabilities.sum(axis=1), 1)
    assert (prediction.probabilities[:, -1] == prediction.risk).all()
    for band, risk in zip(prediction.band_names, prediction.risk, strict=True):
        assert band == ("high" if risk >= 0.3 else "low")


def test_a_loaded_model_says_what_was_missing_ignored_and_out_of_scope(model: LoadedModel) -> None:
    prediction = model.predict([{"colour": "None", "visit": "s1"}, {"age": 60, "returned": "no"}])
    assert prediction.ignored == ("returned", "visit")
    assert prediction.missing[1] == ("weight-kg", "days", "colour", "reason")
    assert [text.en for text in prediction.warnings[0]] == ["has no colour"]
    assert prediction.warnings[1] == ()


def test_a_band_begins_at_its_start() -> None:
    schema = toy_content().schema
    bands = schema.bands_of(np.array([0.0, 0.2999, 0.3, 1.0]))
    assert [band and band.name for band in bands] == [
        "low",
        "low",
        "high",
        "high",
    ]
