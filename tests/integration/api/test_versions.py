"""The versions of a model as a real registry knows them."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.versions import versions
from ml.errors import RegistryUnavailable
from ml.problems.text import Text
from ml.registry import Registry, record
from ml.registry.verdict import GATE_TAG
from tests.integration.mlflow_server import MlflowServer
from tests.unit.api.toy_models import train

VERDICT = (
    '{"%s": %s, "reason": %s, "version": "1", '
    '"at": "2026-11-20T09:00:00Z", "by": "a test", "checks": []}'
)


def test_versions_come_newest_first_with_what_was_measured_and_decided(
    server: MlflowServer, tmp_path: Path
) -> None:
    registry = Registry(server.url)
    assert versions(registry, "toy").versions == []
    for intercept in (0.0, 0.1, 0.2):
        record(registry, train(tmp_path / str(intercept), intercept=intercept), "run")
    english = '"AUROC .7 is not worse"'
    both = f'{{"en": {english}, "es": "AUROC ,7 no es peor"}}'
    for number, verdict in {
        "1": ("promoted", "true", both),
        "2": ("passed", "false", english),  # of a release that spoke English alone
    }.items():
        registry.client.set_model_version_tag("toy", number, GATE_TAG, VERDICT % verdict)

    third, second, first = versions(registry, "toy").versions

    assert [version.version for version in (third, second, first)] == ["3", "2", "1"]
    assert third.decision is None
    assert second.decision is not None
    assert not second.decision.passed
    assert first.decision is not None
    assert first.decision.passed
    assert first.decision.reason == Text("AUROC .7 is not worse", "AUROC ,7 no es peor")
    assert second.decision.reason == Text.same("AUROC .7 is not worse")
    assert (first.metrics["auroc"], first.metrics["auroc_low"]) == (0.7, 0.6)
    assert (first.data, third.stage) == ("synthetic", "Staging")
    assert first.created <= second.created <= third.created

    server.kill()
    with pytest.raises(RegistryUnavailable):
        versions(registry, "toy")
