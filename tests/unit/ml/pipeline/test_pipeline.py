from __future__ import annotations

import hashlib
import json
from pathlib import Path

import msgspec
import pytest

from ml.errors import DataError
from ml.pipeline.__main__ import main
from ml.pipeline.findings import write_findings
from ml.pipeline.lineage import lineage
from ml.pipeline.parameters import read
from tests.unit.ml.learning import toy_content

ROOT = Path(__file__).parents[4]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_repositorys_parameters_decide_in_place_of_the_environment() -> None:
    parameters = read(ROOT / "params.yaml")
    settings = parameters.settings
    assert settings.split_salt == parameters.prepare.split_salt
    assert settings.synthetic_rows == parameters.prepare.synthetic_rows
    assert settings.seed == parameters.train.seed
    assert settings.bootstrap_replicates == parameters.train.bootstrap_replicates


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "params.yaml cannot be used: No such file"),
        ("problem: [", "params.yaml cannot be used"),
        ("problem: toy", "missing required field `prepare`"),
        ("problem: toy\nprepare: {}\ntrain: {}\nother: 1", "params.yaml cannot be used"),
    ],
)
def test_wrong_parameters_are_told_in_one_line(
    text: str | None, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if text is not None:
        Path("params.yaml").write_text(text)
    assert main(["prepare"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert told in said


def test_metrics_and_figures_are_those_of_the_bundle() -> None:
    content = toy_content()
    write_findings(content)
    shown = json.loads(Path("models/metrics.json").read_text())
    assert shown["rows"] == content.rows
    assert shown["metrics"]["auroc"]["value"] == content.metrics["auroc"].value
    (name,) = content.evaluation.classes
    drawn = Path(f"models/plots/roc/{name}.csv").read_text().splitlines()
    assert drawn[0] == "false_positive_rate,true_positive_rate"
    assert len(drawn) == 1 + len(content.evaluation.classes[name].roc.x)


def locked(md5: str) -> None:
    outs = [{"path": path, "md5": md5} for path in ("data/processed", "models/bundle")]
    Path("dvc.lock").write_bytes(msgspec.yaml.encode({"stages": {"train": {"outs": outs}}}))


def test_the_lineage_is_dvcs_and_is_told_only_of_what_lies_here() -> None:
    with pytest.raises(DataError, match="run `dvc repro` first"):
        lineage()
    for folder in ("data/processed", "models/bundle"):
        (Path(folder) / "sub").mkdir(parents=True)
        (Path(folder) / "sub" / "b").write_bytes(b"b")
        (Path(folder) / "a").write_bytes(b"a")
    files = '[{"md5": "0cc175b9c0f1b6a831c399e269772661", "relpath": "a"}, '
    files += '{"md5": "92eb5ffee6ae2fec3ad71c777531578f", "relpath": "sub/b"}]'
    known = hashlib.md5(files.encode()).hexdigest() + ".dir"  # noqa: S324 # DVC's choice
    locked(known)
    assert lineage()["dvc.data_md5"] == known
    locked("0" * 32 + ".dir")
    with pytest.raises(DataError, match=r"is not what dvc\.lock tells of"):
        lineage()
