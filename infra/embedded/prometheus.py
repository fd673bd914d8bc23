"""Prometheus, where it is installed: one more service, on the ports of this machine."""

from __future__ import annotations

from typing import Any

import yaml

from api.security.callers import Role
from infra.embedded.api_keys import api_key
from infra.embedded.credentials import Credentials
from infra.embedded.probes import answers, url
from infra.embedded.service import Service
from infra.embedded.settings import HOST, REPOSITORY, Settings

_FOLDER = REPOSITORY / "infra" / "prometheus"


def targets(settings: Settings) -> dict[str, int]:
    """Return the port of every job that this stack has something to scrape for."""
    return {
        "api": settings.api_port,
        "exporter": settings.exporter_port,
        "mlflow": settings.mlflow_port,
        "locust": settings.load_metrics_port,
        "prometheus": settings.prometheus_port,
    }


def prometheus_services(settings: Settings, credentials: Credentials) -> tuple[Service, ...]:
    """Return Prometheus as a service; none where it is not installed or not wanted.

    Args:
        settings: ports and the state folder.
        credentials: where its key for the API is kept.
    """
    program = settings.prometheus_program
    if program is None:
        return ()
    state = settings.state_dir / "prometheus"
    address = url(settings.prometheus_port)
    return (
        Service(
            name="prometheus",
            command=(
                program,
                f"--config.file={state / 'prometheus.yml'}",
                f"--storage.tsdb.path={state / 'data'}",
                f"--web.listen-address={HOST}:{settings.prometheus_port}",
            ),
            environment={},
            folder=_FOLDER,
            healthy=lambda _: answers(f"{address}/-/ready"),
            page=address,
            prepare=lambda: _configure(settings, credentials),
        ),
    )


def _configure(settings: Settings, credentials: Credentials) -> None:
    folder = settings.state_dir / "prometheus"
    folder.mkdir(parents=True, exist_ok=True)
    key = api_key("prometheus", Role.MONITOR, credentials, settings.state_dir)
    kept = str(settings.state_dir / "secrets" / "api-key-prometheus") if key else ""
    written = yaml.safe_dump(configuration(settings, kept), sort_keys=False)
    (folder / "prometheus.yml").write_text(written, encoding="utf-8")


def configuration(settings: Settings, key_file: str) -> dict[str, Any]:
    """Return Compose's configuration, changed to what this stack has.

    Args:
        settings: its ports.
        key_file: the file of the key for the API; empty where it asks for none.
    """
    found: dict[str, Any] = yaml.safe_load((_FOLDER / "prometheus.yml").read_text(encoding="utf-8"))
    del found["alerting"]  # Prometheus's own page shows what would be sent
    found["rule_files"] = [str(_FOLDER / pattern) for pattern in found["rule_files"]]
    ports = targets(settings)
    found["scrape_configs"] = [
        _job(job, ports[job["job_name"]], key_file)
        for job in found["scrape_configs"]
        if job["job_name"] in ports
    ]
    return found


def _job(job: dict[str, Any], port: int, key_file: str) -> dict[str, Any]:
    """Return a job with its one target on this machine, and its key where one is asked for."""
    kept = {name: value for name, value in job.items() if not name.endswith("_sd_configs")}
    if not key_file:
        kept.pop("authorization", None)
    elif "authorization" in kept:
        kept["authorization"] = {"credentials_file": key_file}
    return kept | {"static_configs": [{"targets": [f"{HOST}:{port}"]}]}
