"""A bundle that is not what was written is refused with a text that says what is wrong."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ml.bundle import Calibrator, Content, Probe, load, write
from ml.bundle.content import CARD, JSON_PARTS, MANIFEST, SPANISH_CARD
from ml.bundle.manifest import describe
from ml.errors import BundleInvalid
from ml.features import fit
from tests import toy
from tests.unit.ml.learning import toy_content

MODEL = "trees_1.ubj"
FILES = sorted([MODEL, CARD, SPANISH_CARD, *(f"{part}.json" for part in JSON_PARTS)])


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("whole") / "bundle"
    return folder, write(toy_content(), folder)


@pytest.fixture
def folder(whole: tuple[Path, str], tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole[0], tmp_path / "bundle"))


def edit_manifest(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    manifest = json.loads((folder / MANIFEST).read_bytes())
    change(manifest)
    (folder / MANIFEST).write_text(json.dumps(manifest))


def replace_file(folder: Path, name: str, data: bytes) -> None:
    """Alter a file and the manifest with it, as somebody with write access could."""
    (folder / name).write_bytes(data)
    described = msgspec.to_builtins(describe(data))
    edit_manifest(folder, lambda manifest: manifest["files"].update({name: described}))


def test_the_untouched_copy_loads(folder: Path, whole: tuple[Path, str]) -> None:
    assert load(folder, expected_digest=whole[1]).digest == whole[1]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_a_flipped_bit_in_a_file_is_found(folder: Path, name: str, share: float) -> None:
    data = bytearray((folder / name).read_bytes())
    data[int(share * len(data))] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(BundleInvalid, match=f"{name} is not the file that the manifest lists"):
        load(folder)


@pytest.mark.parametrize("bit", [1, 128])
def test_a_flipped_bit_anywhere_in_the_manifest_is_found(
    folder: Path, whole: tuple[Path, str], bit: int
) -> None:
    original = (folder / MANIFEST).read_bytes()
    for place in range(0, len(original), 7):
        data = bytearray(original)
        data[place] ^= bit
        (folder / MANIFEST).write_bytes(data)
        with pytest.raises(BundleInvalid, match="registry names"):
            load(folder, expected_digest=whole[1])
        if bit == 128:  # no longer UTF-8; a lesser flip may fall on white space
            with pytest.raises(BundleInvalid, match=r"manifest.json of the bundle does not parse"):
                load(folder)


@pytest.mark.parametrize("name", [*FILES, MANIFEST])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(BundleInvalid, match=f"{name} of the bundle cannot be read: No such file"):
        load(folder)


def test_a_missing_folder_is_a_missing_manifest(tmp_path: Path) -> None:
    with pytest.raises(BundleInvalid, match=r"manifest\.json of the bundle cannot be read"):
        load(tmp_path / "nowhere")


def test_a_file_too_much_is_refused_even_where_nothing_reads_it(folder: Path) -> None:
    (folder / "sitecustomize.py").write_text("raise SystemExit")
    with pytest.raises(BundleInvalid, match=r"does not list: \['sitecustomize.py'\]"):
        load(folder)


def test_a_folder_inside_is_refused(folder: Path) -> None:
    (folder / "code").mkdir()
    with pytest.raises(BundleInvalid, match=r"does not list: \['code'\]"):
        load(folder)


def test_a_listed_file_that_no_bundle_has_is_refused(folder: Path) -> None:
    replace_file(folder, "extra.json", b"{}")
    with pytest.raises(BundleInvalid, match=r"the bundle holds \['extra.json', 'trees_1.ubj'\]"):
        load(folder)


def test_a_part_that_the_manifest_forgets_is_refused(folder: Path) -> None:
    (folder / "probes.json").unlink()
    edit_manifest(folder, lambda manifest: manifest["files"].pop("probes.json"))
    with pytest.raises(BundleInvalid, match=r"the bundle lacks \['probes.json'\]"):
        load(folder)


@pytest.mark.parametrize(
    "name",
    [
        "../secret.json",
        "/etc/passwd",
        "a/b.json",
        "..",
        "model.pkl",
        "run.py",
        "C:\\x.json",
        ".json",
    ],
)
def test_a_name_that_leads_elsewhere_is_never_opened(folder: Path, name: str) -> None:
    described = msgspec.to_builtins(describe(b"x"))
    edit_manifest(folder, lambda manifest: manifest["files"].update({name: described}))
    with pytest.raises(BundleInvalid, match="the manifest names files that no bundle has"):
        load(folder)


def test_the_wrong_digest_is_told_with_both(folder: Path, whole: tuple[Path, str]) -> None:
    with pytest.raises(BundleInvalid, match=f"digest is {whole[1]}.*registry names {'0' * 64}"):
        load(folder, expected_digest="0" * 64)


def test_another_format_is_told_with_both_numbers(folder: Path) -> None:
    edit_manifest(folder, lambda manifest: manifest.update(format=1))
    with pytest.raises(BundleInvalid, match="has format 1, this code reads formats 3 and 4: train"):
        load(folder)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "1"},
        {"data": "imagined"},
        {"problem": None},
        {"files": []},
        {"loader_module": "os"},
    ],
)
def test_a_manifest_of_another_shape_is_refused(folder: Path, change: dict[str, object]) -> None:
    edit_manifest(folder, lambda manifest: manifest.update(change))
    with pytest.raises(BundleInvalid, match="does not parse"):
        load(folder)


def test_a_manifest_of_another_problem_is_refused(folder: Path) -> None:
    edit_manifest(folder, lambda manifest: manifest.update(problem="other"))
    with pytest.raises(BundleInvalid, match="the manifest is of 'other', the schema of 'toy'"):
        load(folder)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.9, 0.999])
def test_a_truncated_model_never_reaches_the_library(folder: Path, share: float) -> None:
    """XGBoost may end the whole process on a broken file, so that the digest must come first."""
    data = (folder / MODEL).read_bytes()
    (folder / MODEL).write_bytes(data[: int(share * len(data))])
    with pytest.raises(
        BundleInvalid, match=r"trees_1\.ubj is not the file that the manifest lists"
    ):
        load(folder)


@pytest.mark.parametrize("data", [b"{", b"nonsense", b"{}", b"\x80\x04K\x01."])
def test_a_model_that_is_none_is_refused(folder: Path, data: bytes) -> None:
    replace_file(folder, MODEL, data)
    with pytest.raises(BundleInvalid, match="model file is not one that XGBoost reads"):
        load(folder)


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b'{"a\xff": 1}', b"[1", b'{"slope": "steep"}'])
def test_a_part_that_does_not_parse_is_named(folder: Path, data: bytes) -> None:
    replace_file(folder, "calibrator.json", data)
    with pytest.raises(BundleInvalid, match=r"calibrator\.json of the bundle does not parse"):
        load(folder)


@pytest.mark.parametrize("name", [CARD, SPANISH_CARD])
def test_a_card_that_is_no_text_is_refused(folder: Path, name: str) -> None:
    replace_file(folder, name, b"\xff\xfe")
    with pytest.raises(BundleInvalid, match=f"{name} of the bundle does not parse"):
        load(folder)


def test_a_bundle_from_before_there_was_a_spanish_card_loads(folder: Path) -> None:
    def older(manifest: dict[str, Any]) -> None:
        manifest["format"] = 3
        del manifest["files"][SPANISH_CARD]

    (folder / SPANISH_CARD).unlink()
    edit_manifest(folder, older)
    english = (folder / CARD).read_text()
    assert load(folder).info["card"] == {"en": english, "es": english}


def loads(content: Content, folder: Path) -> None:
    write(content, folder)
    load(folder)


def test_a_model_of_other_features_is_refused(tmp_path: Path) -> None:
    problem = msgspec.structs.replace(toy.problem, features=toy.problem.features[::-1])
    other = fit(problem, toy.generate(500, 1))
    with pytest.raises(BundleInvalid, match="inputs are not those of the bundle's feature map"):
        loads(msgspec.structs.replace(toy_content(), features=other), tmp_path / "bundle")


def test_a_feature_map_of_another_contract_is_refused(tmp_path: Path) -> None:
    features = toy_content().features
    age, *others = features.inputs
    wider = (msgspec.structs.replace(age, maximum=200), *others)
    other = msgspec.structs.replace(features, inputs=wider)
    with pytest.raises(BundleInvalid, match="reads the inputs in another way"):
        loads(msgspec.structs.replace(toy_content(), features=other), tmp_path / "bundle")


def test_probes_that_fail_are_told_with_the_distance(tmp_path: Path) -> None:
    skewed = msgspec.structs.replace(toy_content(), calibrator=Calibrator(1.0, 3.0))
    with pytest.raises(BundleInvalid, match=r"a probe prediction is off by 0\.\d+"):
        loads(skewed, tmp_path / "bundle")


def test_a_probe_that_gives_no_number_fails(tmp_path: Path) -> None:
    broken = msgspec.structs.replace(toy_content(), probes=(Probe({}, 5.0),))
    with pytest.raises(BundleInvalid, match="a probe prediction is off"):
        loads(broken, tmp_path / "bundle")


def test_a_bundle_that_refuses_its_own_probe_is_refused(tmp_path: Path) -> None:
    broken = msgspec.structs.replace(toy_content(), probes=(Probe({"age": -1}, 0.5),))
    with pytest.raises(BundleInvalid, match=r"refuses its own probes: records\[0\]\.age"):
        loads(broken, tmp_path / "bundle")


def test_a_bundle_without_a_probe_cannot_be_verified(tmp_path: Path) -> None:
    with pytest.raises(BundleInvalid, match="holds no probe"):
        loads(msgspec.structs.replace(toy_content(), probes=()), tmp_path / "bundle")
