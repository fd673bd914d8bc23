from __future__ import annotations

import pytest

from api.settings import Settings
from ml.errors import InvalidSettings


def test_all_declared_problems_are_served_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIA_DEFAULT_PROBLEM", "toy")
    assert Settings().problems == ("toy",)


def test_the_problems_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIA_PROBLEMS", "toy, heart ,")
    monkeypatch.setenv("VIGIA_DEFAULT_PROBLEM", "heart")
    assert Settings().problems == ("toy", "heart")


def test_a_default_problem_that_is_not_served_is_refused() -> None:
    with pytest.raises(InvalidSettings, match="VIGIA_PROBLEMS"):
        Settings(default_problem="heart")


def test_a_placeholder_stops_the_start_outside_development() -> None:
    address = "https://vigia:change-me@mlflow.example"
    with pytest.raises(InvalidSettings, match="VIGIA_MLFLOW_TRACKING_URI"):
        Settings(default_problem="toy", environment="production", mlflow_tracking_uri=address)
