"""The pipeline of DVC: reproducible, shown, pushed to S3 and pulled, registered like any other."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ml import bundle
from ml.pipeline.lineage import lineage
from ml.registry import PRODUCTION, Registry
from tests.integration.dvc.project import DVC, Project
from tests.integration.object_store import ObjectStore

pytestmark = [
    pytest.mark.fault,
    pytest.mark.skipif(not DVC.is_file(), reason="DVC is not installed: run `make dvc`"),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose pipeline has run once; what a test changes it takes back."""
    project = Project(tmp_path_factory.mktemp("dvc") / "project")
    project.dvc("repro")
    return project


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ObjectStore]:
    running = ObjectStore(tmp_path / "store")
    running.make()
    yield running
    running.kill()


def test_a_second_run_does_nothing_and_another_from_scratch_gives_the_same_digests(
    made: Project, tmp_path: Path
) -> None:
    assert "Data and pipelines are up to date." in made.dvc("repro")
    again = Project(tmp_path / "again")
    again.dvc("repro")
    assert again.digests() == made.digests()
    assert set(made.digests()) == {
        "data/processed",
        "models/bundle",
        "models/plots",
        "models/metrics.json",
    }


def test_only_what_depends_on_a_parameter_runs_again(made: Project, tmp_path: Path) -> None:
    project = Project(tmp_path / "project")
    project.environment = {"DVC_NO_ANALYTICS": "1"}
    shutil.rmtree(project.folder / ".dvc")
    shutil.copytree(made.folder / ".dvc", project.folder / ".dvc")
    shutil.copy(made.folder / "dvc.lock", project.folder / "dvc.lock")
    project.dvc("checkout")
    project.parameters = made.parameters.replace("train: {seed: 1,", "train: {seed: 2,")
    told = project.dvc("repro")
    assert "'prepare' didn't change, skipping" in told
    assert "Running stage 'train'" in told
    before, after = made.digests(), project.digests()
    assert before["data/processed"] == after["data/processed"]
    assert before["models/bundle"] != after["models/bundle"]


def test_metrics_and_plots_are_shown(made: Project) -> None:
    metrics = made.metrics()
    content, _ = bundle.read(made.folder / "models" / "bundle")
    auroc = content.metrics["auroc"]
    assert metrics["metrics"]["auroc"] == {
        "value": auroc.value,
        "low": auroc.low,
        "high": auroc.high,
    }
    assert metrics["rows"] == content.rows
    made.dvc("plots", "show")
    page = (made.folder / "dvc_plots" / "index.html").read_text()
    for axis in ("true_positive_rate", "precision", "rate", "validation"):
        assert axis in page


def test_what_was_pushed_to_s3_is_pulled_again(
    made: Project, tmp_path: Path, store: ObjectStore
) -> None:
    made.environment = store.environment
    try:
        made.dvc("remote", "add", "--local", "--default", "store", f"{store.uri}/dvc")
        made.dvc("remote", "modify", "--local", "store", "endpointurl", store.url)
        assert "pushed" in made.dvc("push")
        digests = made.digests()
        made.forget()
        assert "models/bundle" in made.dvc("status")
        made.dvc("pull")
        assert made.digests() == digests
        assert "Data and pipelines are up to date." in made.dvc("status")
        assert bundle.load(made.folder / "models" / "bundle").schema.problem == "toy"
    finally:
        made.environment = {}


def test_a_run_is_registered_with_its_lineage_and_judged_like_any_other(
    made: Project, mlflow_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.environment = {"VIGIA_MLFLOW_TRACKING_URI": mlflow_uri}
    publish = ("python", "-m", "ml.pipeline", "publish", "--by", "a test")
    said = made.run(*publish)
    registry = Registry(mlflow_uri)
    version = registry.holder("toy", PRODUCTION)
    assert version is not None, said
    assert version.digest == bundle.read(made.folder / "models" / "bundle")[1]
    tags = registry.tags(version)
    digests = made.digests()
    assert tags["dvc.bundle_md5"] == digests["models/bundle"]
    assert tags["dvc.data_md5"] == digests["data/processed"]
    kept = {file.path for file in registry.client.list_artifacts(version.run_id, "dvc")}
    assert kept == {"dvc/dvc.lock", "dvc/params.yaml"}
    assert json.loads(tags["vigia.gate"])["passed"]
    assert "is in production already" in made.run(*publish)

    monkeypatch.chdir(made.folder)
    assert lineage()["dvc.bundle_md5"] == digests["models/bundle"]
    card = made.folder / "models" / "bundle" / "card.md"
    before = card.read_text()
    card.unlink()  # DVC links it to its cache
    card.write_text("altered")
    assert "is not what dvc.lock tells of" in made.run(*publish, code=1)
    card.write_text(before)
