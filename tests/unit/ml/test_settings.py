from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ml.errors import InvalidSettings
from ml.settings import PLACEHOLDER, Settings, refuse_placeholders, settings, source_of


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No setting of the machine, and what one test has read is not another one's."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"VIGIA_{name.upper()}", raising=False)
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_without_an_environment_the_defaults_hold() -> None:
    found = settings()
    assert found.environment == "development"
    assert found.batch_rows == 15_000
    assert found.cache_dir == found.state_dir / "cache"


def test_every_setting_comes_from_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "ENVIRONMENT": "production",
        "DEFAULT_PROBLEM": "toy",
        "STATE_DIR": "/somewhere",
        "RAW_DATABASE_URL": "postgresql://raw",
        "CLEAN_DATABASE_URL": "postgresql://clean",
        "SERVING_DATABASE_URL": "postgresql://serving",
        "MLFLOW_TRACKING_URI": "http://mlflow",
        "SPLIT_SALT": "salt",
        "BATCH_ROWS": "7",
        "SYNTHETIC_ROWS": "8",
        "SEED": "9",
        "BOOTSTRAP_REPLICATES": "20",
        "TRAINING_THREADS": "3",
        "PROMOTION": "approval",
        "APPROVAL_HOURS": "4",
        "SEARCH_LANES": "2",
        "SOURCE_TIMEOUT_SECONDS": "1.5",
        "SOURCE_MAX_BYTES": "10",
    }
    assert values.keys() == {name.upper() for name in Settings.model_fields}
    for name, value in values.items():
        monkeypatch.setenv(f"VIGIA_{name}", value)
    found = settings()
    assert found.state_dir == Path("/somewhere")
    assert found.raw_database_url.get_secret_value() == "postgresql://raw"
    assert (found.batch_rows, found.seed, found.source_timeout_seconds) == (7, 9, 1.5)


def test_settings_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = settings()
    monkeypatch.setenv("VIGIA_SEED", "1")
    assert settings() is first


@pytest.mark.parametrize("name", ["VIGIA_RAW_DATABASE_URL", "VIGIA_CLEAN_DATABASE_URL"])
def test_a_placeholder_stops_the_start_outside_development(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, f"postgresql://vigia:{PLACEHOLDER}@host/db")
    assert Settings().environment == "development"
    monkeypatch.setenv("VIGIA_ENVIRONMENT", "production")
    with pytest.raises(InvalidSettings, match=f"{name} still holds the placeholder"):
        settings()


def test_a_real_secret_starts_outside_development(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIA_ENVIRONMENT", "production")
    monkeypatch.setenv("VIGIA_RAW_DATABASE_URL", "postgresql://vigia:long-and-odd@host/db")
    assert settings().environment == "production"


def test_any_door_can_have_its_secrets_checked() -> None:
    refuse_placeholders("development", VIGIA_KEY=PLACEHOLDER)
    refuse_placeholders("production", VIGIA_KEY="real")
    with pytest.raises(InvalidSettings, match="VIGIA_OTHER still holds"):
        refuse_placeholders("production", VIGIA_KEY="real", VIGIA_OTHER=PLACEHOLDER)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VIGIA_BATCH_ROWS", "many"),
        ("VIGIA_BATCH_ROWS", "0"),
        ("VIGIA_SEED", "-1"),
        ("VIGIA_SEED", str(2**31)),
        ("VIGIA_BOOTSTRAP_REPLICATES", "19"),
        ("VIGIA_ENVIRONMENT", "test-secret-value"),
        ("VIGIA_SOURCE_TIMEOUT_SECONDS", "0"),
    ],
)
def test_a_malformed_setting_is_named_and_its_value_is_not(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidSettings, match=f"{name}: Input should be") as caught:
        settings()
    assert "test-secret-value" not in str(caught.value)


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIA_RAW_DATABASE_URL", "postgresql://vigia:hidden-word@host/db")
    assert "hidden-word" not in repr(settings())


def test_a_problem_has_a_variable_for_its_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIGIA_TOY_SOURCE", raising=False)
    assert source_of("toy") == ""
    monkeypatch.setenv("VIGIA_TOY_SOURCE", "/data/toy.csv")
    assert source_of("toy") == "/data/toy.csv"
    assert source_of("other") == ""
