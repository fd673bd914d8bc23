"""Settings with secrets are made once, and nothing starts while one is a placeholder."""

from __future__ import annotations

import base64
import json
import os
import re
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.security.keys import identity_of

ROOT = Path(__file__).parents[4]
ENTRYPOINT = ROOT / "infra" / "images" / "entrypoint.sh"
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
VARIABLE = re.compile(r"\$\{(\w+)(:?[?-])?([^}]*)\}")
SECRET = re.compile(r"PASSWORD|SECRET|_KEY|API_KEY")
# Names, and the number of a key that is none: nothing to hide.
PUBLIC = {"S3_ACCESS_KEY", "MINIO_ROOT_USER"}


def settings_of(path: Path) -> dict[str, str]:
    lines = (line for line in path.read_text().splitlines() if line and not line.startswith("#"))
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def make(target: Path) -> dict[str, str]:
    script = ROOT / "infra" / "compose" / "env.sh"
    subprocess.run(["sh", script, ROOT / ".env.example", target], check=True, capture_output=True)
    return settings_of(target)


def run_guarded(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", ENTRYPOINT, "echo", "started"],
        env={"PATH": os.environ["PATH"]} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def interpolated(node: Any, settings: dict[str, str]) -> Any:
    """Return a part of the file as Compose understands it: with the settings in it."""
    if isinstance(node, dict):
        return {name: interpolated(value, settings) for name, value in node.items()}
    if isinstance(node, list):
        return [interpolated(value, settings) for value in node]
    if not isinstance(node, str):
        return node
    return VARIABLE.sub(
        lambda found: settings.get(found[1]) or (found[3] if found[2] == ":-" else ""), node
    )


def variables(node: Any) -> Iterator[tuple[str, str]]:
    """Return every setting that a part of the file names, with how it is named."""
    for name, how, _ in VARIABLE.findall(json.dumps(node)):
        yield name, how


def waits_for(service: str) -> set[str]:
    """Return every service that must have come up or ended before this one starts."""
    found = set(SERVICES[service].get("depends_on", {}))
    return found.union(*(waits_for(other) for other in found)) if found else found


EXAMPLE = settings_of(ROOT / ".env.example")
SECRETS = {name for name, value in EXAMPLE.items() if "change-me" in value}


def test_the_example_holds_no_secret() -> None:
    named = {name for name in EXAMPLE if SECRET.search(name)} - PUBLIC
    assert named == SECRETS


def test_secrets_are_made_once_and_are_the_owners_alone(tmp_path: Path) -> None:
    target = tmp_path / "env"
    first = make(target)
    assert make(target) == first
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert first.keys() == EXAMPLE.keys()
    assert {name for name in EXAMPLE if first[name] != EXAMPLE[name]} == SECRETS
    assert len({first[name] for name in SECRETS}) == len(SECRETS)


def test_secrets_have_the_form_that_their_service_wants(tmp_path: Path) -> None:
    made = make(tmp_path / "env")
    for name in SECRETS:
        match EXAMPLE[name]:
            case "change-me-fernet":
                assert len(base64.urlsafe_b64decode(made[name])) == 32
            case "change-me-api-key":
                assert identity_of(made[name])
            case _:
                assert re.fullmatch(r"[A-Za-z0-9_-]{64}", made[name])  # as it is in a URL


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_compose_asks_for_every_secret(name: str) -> None:
    asked = {how for variable, how in variables(COMPOSE) if variable == name}
    assert asked == {":?"}


def test_the_guard_knows_every_secret() -> None:
    guarded = {name for name, _ in variables(SERVICES["guard"]["environment"])}
    assert guarded >= SECRETS


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_nothing_starts_before_the_guard_has_ended_well(service: str) -> None:
    if service in {"guard", "pipeline"}:  # the latter runs in a stack that runs
        return
    assert "guard" in waits_for(service)
    for other, how in SERVICES[service].get("depends_on", {}).items():
        if other == "guard":
            assert how["condition"] == "service_completed_successfully"


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_the_guard_refuses_one_placeholder_by_its_name(name: str, tmp_path: Path) -> None:
    settings = make(tmp_path / "env") | {name: EXAMPLE[name]}
    done = run_guarded(interpolated(SERVICES["guard"]["environment"], settings))
    assert done.returncode == 78
    assert name in done.stderr
    assert "started" not in done.stdout


def test_the_guard_lets_real_secrets_pass(tmp_path: Path) -> None:
    done = run_guarded(interpolated(SERVICES["guard"]["environment"], make(tmp_path / "env")))
    assert (done.returncode, done.stdout) == (0, "started\n")


OWN_IMAGES = sorted(
    name
    for name, service in SERVICES.items()
    if "build" in service
    and set(variables(service.get("environment", {}))) & {(secret, ":?") for secret in SECRETS}
)


@pytest.mark.parametrize("service", OWN_IMAGES)
def test_a_service_refuses_placeholders_by_itself(service: str) -> None:
    environment = interpolated(SERVICES[service]["environment"], EXAMPLE)
    done = run_guarded({name: str(value) for name, value in environment.items()})
    assert done.returncode == 78
    assert "change-me" in done.stderr


def test_airflow_and_mlflow_are_among_those_that_refuse() -> None:
    assert {"airflow-api-server", "airflow-scheduler", "mlflow", "api"} <= set(OWN_IMAGES)


def test_development_may_use_placeholders() -> None:
    assert run_guarded({"X": "change-me", "VIGIA_ENVIRONMENT": "development"}).returncode == 0


def test_a_placeholder_inside_an_address_is_found() -> None:
    done = run_guarded({"URL": "postgresql://raw:change-me@raw-db/raw"})
    assert done.returncode == 78
    assert "raw-db" not in done.stderr  # names are told, values are not


ONCE = {name for name, service in SERVICES.items() if service["restart"] == "no"}


@pytest.mark.parametrize("service", sorted(ONCE - {"pipeline"}))  # which `make up` waits for
def test_up_waits_for_the_end_of_what_ends(service: str) -> None:
    conditions = {
        other["depends_on"][service]["condition"]
        for other in SERVICES.values()
        if service in other.get("depends_on", {})
    }
    assert conditions == {"service_completed_successfully"}


@pytest.mark.parametrize("service", sorted(SERVICES.keys() - ONCE))
def test_up_can_wait_for_the_health_of_what_stays(service: str) -> None:
    assert "disable" not in SERVICES[service].get("healthcheck", {})


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_a_service_is_confined(service: str) -> None:
    declared = SERVICES[service]
    assert declared["cap_drop"] == ["ALL"]
    assert declared["security_opt"] == ["no-new-privileges:true"]
    assert declared["read_only"] is True
    assert set(declared.get("cap_add", ())) <= {"DAC_READ_SEARCH"}
    limits = declared["deploy"]["resources"]["limits"]
    assert set(limits) == {"cpus", "memory", "pids"}


def test_the_databases_cannot_be_reached_from_outside() -> None:
    for name, service in SERVICES.items():
        if name.endswith("-db") or name == "minio":
            assert "ports" not in service
            assert all(COMPOSE["networks"][network]["internal"] for network in service["networks"])


def test_every_image_is_pinned() -> None:
    for name, service in SERVICES.items():
        if "build" not in service:
            assert "@sha256:" in service["image"], name
    base = COMPOSE["x-build"]["args"]["PYTHON_IMAGE"]
    files = [*ROOT.glob("*.dockerfile"), *(ROOT / "infra" / "images").glob("*.dockerfile")]
    assert len(files) >= 4
    for file in files:
        (pinned,) = re.findall(r"^ARG PYTHON_IMAGE=(\S+)$", file.read_text(), re.MULTILINE)
        assert pinned in base, file


def test_ports_are_those_of_the_documentation() -> None:
    published = {
        int(interpolated(port, EXAMPLE).split(":")[1])
        for service in SERVICES.values()
        for port in service.get("ports", ())
    }
    assert published == {8080, 5000, 8000, 8501, 8089, 9090, 3000}
