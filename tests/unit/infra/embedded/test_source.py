from __future__ import annotations

from pathlib import Path

import pytest
from pyarrow import csv

from infra.embedded.source import preflight
from ml.errors import SourceUnavailable
from tests import toy


def test_the_default_source_falls_back_loudly(tmp_path: Path) -> None:
    banner: list[str] = []

    conf = preflight(toy.problem, tmp_path, banner.append).conf

    assert conf == {"source": "synthetic"}
    assert "SYNTHETIC DATA" in "\n".join(banner)
    assert "NOTHING LEARNED FROM IT IS ABOUT PATIENTS" in "\n".join(banner)
    assert "VIGIA_TOY_SOURCE" in "\n".join(banner)


def test_a_source_that_the_caller_named_never_falls_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIA_TOY_SOURCE", str(tmp_path / "nowhere.csv"))
    banner: list[str] = []

    with pytest.raises(SourceUnavailable, match=r"nowhere\.csv"):
        preflight(toy.problem, tmp_path, banner.append)

    assert not banner


def test_a_source_in_reach_is_cached_for_the_tasks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    csv.write_csv(toy.generate(20, 1), tmp_path / "toy.csv")
    monkeypatch.setenv("VIGIA_TOY_SOURCE", str(tmp_path / "toy.csv"))

    assert preflight(toy.problem, tmp_path / "state", pytest.fail) == ("real", {})
    assert list((tmp_path / "state" / "cache").glob("*/source.csv"))
