"""Images where no registry is to be had: built here, under names of their own."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from infra.compose.rehearse.told import step
from infra.embedded.settings import REPOSITORY
from ml.errors import ServiceFailed

_FOLDER = Path(__file__).parent / "standins"
_PREFIX = "vigia-standin"
_TARGETS = (
    "haproxy",
    "prometheus",
    "alertmanager",
    "node-exporter",
    "ready",
)
# What the tool that prepared the machine has made.
_PREPARED = {
    "VIGIA_PYTHON_IMAGE": "python:3.11-slim-bookworm",
    "VIGIA_POSTGRES_IMAGE": "postgres:17-trixie",
    "VIGIA_GRAFANA_IMAGE": "grafana/grafana:latest",
}


def build() -> dict[str, str]:
    """Build every stand-in and return the settings that name them.

    Raises:
        ServiceFailed: an image cannot be built.
    """
    for target in _TARGETS:
        step(f"stand-in {target}")
        _docker("build", "--target", target, "--file", "debian.dockerfile", tag=target)
    step("stand-in minio")
    contexts = {"repository": REPOSITORY, "tests": REPOSITORY / "tests" / "integration"}
    named = ["--build-arg", f"PYTHON_IMAGE={_PREPARED['VIGIA_PYTHON_IMAGE']}"]
    named += [
        word for name, path in contexts.items() for word in ("--build-context", f"{name}={path}")
    ]
    _docker("build", *named, "--file", "s3.dockerfile", tag="minio")
    return _PREPARED | {
        "VIGIA_MINIO_IMAGE": f"{_PREFIX}/minio",
        "VIGIA_MC_IMAGE": f"{_PREFIX}/minio",
        "VIGIA_HAPROXY_IMAGE": f"{_PREFIX}/haproxy",
        "VIGIA_PROMETHEUS_IMAGE": f"{_PREFIX}/prometheus",
        "VIGIA_ALERTMANAGER_IMAGE": f"{_PREFIX}/alertmanager",
        "VIGIA_NODE_EXPORTER_IMAGE": f"{_PREFIX}/node-exporter",
        "VIGIA_LOKI_IMAGE": f"{_PREFIX}/ready",
        "VIGIA_ALLOY_IMAGE": f"{_PREFIX}/ready",
        "VIGIA_CADVISOR_IMAGE": f"{_PREFIX}/ready",
        # Swift names its users account:user.
        "MINIO_ROOT_USER": "vigia:root",
        "S3_ACCESS_KEY": "vigia:mlflow",
    }


def _docker(*arguments: str, tag: str) -> None:
    docker = shutil.which("docker") or "docker"
    command = (docker, *arguments, "--tag", f"{_PREFIX}/{tag}", ".")
    done = subprocess.run(command, cwd=_FOLDER, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ServiceFailed(f"the stand-in {tag} could not be built: {done.stderr[-2000:]}")
