from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ml import problems
from ml.problems.problem import Problem
from ml.problems.text import Text
from ml.registry import PRODUCTION, Registry, Version, record
from ml.registry import __main__ as command
from ml.registry.client import DATA_TAG, DIGEST_TAG, WITHDRAWN_TAG
from ml.registry.judging import Court, judge
from ml.registry.verdict import stored
from ml.settings import Settings
from ml.training import Trained
from tests import toy
from tests.integration.stores import Stores

FIGURES = {
    "roc",
    "precision_recall",
    "calibration",
    "decision_curve",
    "subgroups",
    "shap_summary",
    "learning_curve",
}


@pytest.fixture
def registry(mlflow_uri: str) -> Iterator[Registry]:
    """A registry that knows nothing of the toy yet."""
    opened = Registry(mlflow_uri)
    _forget(opened)  # other files of this process may have left it
    yield opened
    _forget(opened)


def _forget(opened: Registry) -> None:
    if opened.versions("toy"):
        opened.client.delete_registered_model("toy")


@pytest.fixture
def court(registry: Registry, toy_stores: Stores) -> Court:
    return Court(registry, toy_stores.clean, toy.problem, toy_stores.settings)


@pytest.fixture
def version(registry: Registry, trained: Trained) -> Version:
    return record(registry, trained, "a run")


def listed(registry: Registry, version: Version, folder: str) -> set[str]:
    return {Path(item.path).name for item in registry.client.list_artifacts(version.run_id, folder)}


def by_hand(registry: Registry, version: Version) -> str:
    """Register the same files once more without our tags, as a person may; return the number."""
    source = registry.client.get_model_version("toy", version.number).source or ""
    model = source.removeprefix("models:/")
    made = registry.client.create_model_version("toy", source, model_id=model)
    return str(made.version)


def test_a_verdict_is_stored_with_its_gates_figures_and_card(
    court: Court, registry: Registry, version: Version, trained: Trained, tmp_path: Path
) -> None:
    verdict = judge(court, version.number, "Ana")
    assert stored(registry, version) == verdict
    assert (verdict.passed, verdict.against, verdict.by) == (True, None, "Ana")
    assert len({check.gate for check in verdict.checks}) == len(verdict.checks) >= 20
    assert {check.outcome for check in verdict.checks} <= {
        *("passed", "not applicable", "not binding")
    }
    assert listed(registry, version, "figures") == {f"{name}.png" for name in FIGURES}
    assert listed(registry, version, "gates") == {"gates.md", "gates_es.md", "gates.json"}
    assert listed(registry, version, "card") == {
        f"card{end}" for end in (".md", ".html", "_es.md", "_es.html")
    }
    page = registry.client.download_artifacts(version.run_id, "card/card.html", str(tmp_path))
    text = Path(page).read_text()
    assert text.count("<img ") == len(FIGURES)
    assert "SYNTHETIC DATA" in text
    assert "<h2>Gates</h2>" in text
    assert trained.digest in text
    described = registry.client.get_model_version("toy", version.number).description
    assert str(described).startswith("**Gates: passed.**")
    assert httpx.get(f"{registry.tracking_uri}/health").status_code == 200  # judged, and alive


def test_a_bundle_that_was_altered_is_refused_with_the_reason(
    court: Court, registry: Registry, version: Version
) -> None:
    registry.client.set_model_version_tag("toy", version.number, DIGEST_TAG, "0" * 64)
    verdict = judge(court, version.number, "Ana")
    assert [check.gate for check in verdict.failed] == ["bundle"]
    assert "it was altered after registration" in verdict.reason.en


def test_synthetic_data_do_not_replace_real_ones(
    court: Court, registry: Registry, version: Version
) -> None:
    real = by_hand(registry, version)
    registry.client.set_model_version_tag("toy", real, DATA_TAG, "real")
    registry.client.set_registered_model_alias("toy", PRODUCTION, real)
    verdict = judge(court, version.number, "Ana")
    assert [check.gate for check in verdict.failed] == ["kind_of_data"]
    assert verdict.against == real
    compared = next(c for c in verdict.checks if c.gate == "auroc_against_production")
    assert compared.reason == Text(
        "the model in production learned from real data",
        "el modelo en producción aprendió de datos reales",
    )


def test_a_bundle_that_was_rolled_back_is_not_let_in_again(
    court: Court, registry: Registry, version: Version
) -> None:
    why = "rolled back by Ana: alarms"
    registry.client.set_model_version_tag("toy", version.number, WITHDRAWN_TAG, why)
    verdict = judge(court, version.number, "tomorrow")
    assert [check.gate for check in verdict.failed] == ["withdrawn"]
    assert verdict.reason == Text(
        "this very bundle was rolled back by Ana: alarms",
        "este mismo paquete fue retirado por Ana: alarms",
    )


def test_the_model_in_production_is_not_set_against_itself(
    court: Court, registry: Registry, version: Version
) -> None:
    registry.client.set_registered_model_alias("toy", PRODUCTION, version.number)
    verdict = judge(court, version.number, "Ana")
    assert verdict.passed
    assert [check.reason.en for check in verdict.checks] == ["it is in production already"]


@pytest.fixture
def known(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Problem:
    """Let the command know the toy problem, and this registry."""
    monkeypatch.setattr(problems, "find", lambda _: toy.problem)
    settings = Settings(mlflow_tracking_uri=registry.tracking_uri)
    monkeypatch.setattr(command, "settings", lambda: settings)
    return toy.problem


def test_the_command_tells_what_there_is(
    known: Problem, registry: Registry, trained: Trained, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["list"]) == 1
    assert "no version of toy is registered yet" in capsys.readouterr().err
    version = record(registry, trained, "a run")
    capsys.readouterr()
    assert command.main(["list"]) == 0
    head, line = capsys.readouterr().out.splitlines()
    assert head.split() == [*("version", "stage", "data", "AUROC", "gates", "registered", "digest")]
    assert line.split()[:3] == [version.number, "Staging", "synthetic"]
    assert line.endswith(trained.digest[:12])
    assert "not judged" in line
    assert command.main(["--json", "show", "staging"]) == 0
    assert f'"digest":"{trained.digest}"' in capsys.readouterr().out
    assert command.main(["show"]) == 1
    assert "holds the alias production" in capsys.readouterr().err
    assert command.main(["rollback", "--why", "x"]) == 1
    assert "there is nothing to roll back" in capsys.readouterr().err
