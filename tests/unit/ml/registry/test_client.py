"""A client of the registry talks to the server, and to nothing behind it."""

from __future__ import annotations

import os

import mlflow
import pytest
from mlflow.environment_variables import (
    MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD,
    MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD,
)

from ml.registry.client import Registry

DIRECT = (MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD, MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD)
ALSO_SET = ("HTTP_REQUEST_TIMEOUT", "HTTP_REQUEST_MAX_RETRIES", "ENABLE_ARTIFACTS_PROGRESS_BAR")


def test_files_go_through_the_server_whatever_it_offers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ALSO_SET:  # what a client sets for its process ends with the test
        monkeypatch.setenv(f"MLFLOW_{name}", "1")
    for switch in DIRECT:
        monkeypatch.setenv(switch.name, "true")
    before = mlflow.get_tracking_uri()
    Registry("http://127.0.0.1:9")
    mlflow.set_tracking_uri(before)
    assert [os.environ[switch.name] for switch in DIRECT] == ["False", "False"]
