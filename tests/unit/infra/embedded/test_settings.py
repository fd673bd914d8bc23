from __future__ import annotations

from pathlib import Path

import pytest

from infra.embedded.settings import absolute_source, load, service_environment
from ml.errors import InvalidSettings


@pytest.fixture(autouse=True)
def _no_settings_of_the_caller(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("STATE_DIR", "POSTGRES_PORT", "MLFLOW_PORT", "AIRFLOW_PORT", "API_PORT"):
        monkeypatch.delenv(f"VIGIA_{name}", raising=False)
    monkeypatch.setenv("VIGIA_PROMETHEUS", "off")
    monkeypatch.chdir(tmp_path)


def test_the_state_lies_in_one_folder_below_the_callers(tmp_path: Path) -> None:
    assert load().state_dir == tmp_path / ".vigia"


def test_ports_are_named_by_the_settings_that_move_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIA_API_PORT", "18000")

    ports = load().ports()

    assert ports["VIGIA_API_PORT"] == 18000
    assert ports["VIGIA_POSTGRES_PORT"] == 5433
    assert len(ports) == 6


def test_two_services_on_one_port_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIA_API_PORT", "5000")

    with pytest.raises(InvalidSettings, match=r"VIGIA_MLFLOW_PORT and VIGIA_API_PORT"):
        load()


def test_a_malformed_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIA_API_PORT", "many")

    with pytest.raises(InvalidSettings, match=r"VIGIA_API_PORT: .*integer"):
        load()


@pytest.mark.parametrize("source", ["https://host/data.zip", "file:///data.csv", "synthetic", ""])
def test_sources_that_are_no_paths_stay_as_they_are(source: str) -> None:
    assert absolute_source(source) == source


def test_services_get_the_callers_settings_but_no_secrets_and_no_byte_code_ban(
    tmp_path: Path,
) -> None:
    caller = {
        "VIGIA_TOY_SOURCE": "data/toy.csv",
        "VIGIA_PROBLEMS_PATH": "more",
        "VIGIA_SEED": "7",
        "VIGIA_RAW_DATABASE_URL": "another",
        "DATABASE_URL": "another",
        "PYTHONDONTWRITEBYTECODE": "1",
        "no_proxy": "intranet",
    }

    found = service_environment(caller, tmp_path / "state", tmp_path)

    assert found["VIGIA_TOY_SOURCE"] == str(tmp_path / "data/toy.csv")
    assert found["VIGIA_PROBLEMS_PATH"] == str(tmp_path / "more")
    assert found["VIGIA_SEED"] == "7"
    assert found["VIGIA_STATE_DIR"] == str(tmp_path / "state")
    assert found["PYTHONPATH"] == str(tmp_path)
    assert found["NO_PROXY"] == "intranet,127.0.0.1"
    assert not found.keys() & {
        "VIGIA_RAW_DATABASE_URL",
        "DATABASE_URL",
        "PYTHONDONTWRITEBYTECODE",
    }
