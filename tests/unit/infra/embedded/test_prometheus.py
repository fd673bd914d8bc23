from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from infra.embedded.prometheus import configuration, targets
from infra.embedded.settings import Settings, load
from ml.errors import InvalidSettings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path, api_port=18_000, prometheus_port=19_090)


def jobs(settings: Settings, key_file: str = "") -> dict[str, dict[str, object]]:
    return {job["job_name"]: job for job in configuration(settings, key_file)["scrape_configs"]}


def test_every_target_of_this_machine_has_its_job_and_no_other_has(settings: Settings) -> None:
    found = jobs(settings)

    assert found.keys() == targets(settings).keys()
    assert found["api"]["static_configs"] == [{"targets": ["127.0.0.1:18000"]}]
    for job in found.values():
        assert not [name for name in job if name.endswith("_sd_configs")]


def test_the_key_goes_to_the_api_alone_and_only_where_one_is_asked_for(settings: Settings) -> None:
    assert "authorization" not in jobs(settings)["api"]
    closed = jobs(settings, "/state/key")
    assert closed["api"]["authorization"] == {"credentials_file": "/state/key"}
    assert [name for name, job in closed.items() if "authorization" in job] == ["api"]


def test_prometheus_is_left_out_where_it_is_not_wanted_and_its_port_stays_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VIGIA_PROMETHEUS", "off")
    assert load().prometheus_program is None
    assert "VIGIA_PROMETHEUS_PORT" not in load().ports()
    monkeypatch.setenv("VIGIA_PROMETHEUS", "perhaps")
    with pytest.raises(InvalidSettings, match="VIGIA_PROMETHEUS"):
        load()


@pytest.mark.skipif(shutil.which("promtool") is None, reason="needs promtool: Debian's prometheus")
@pytest.mark.parametrize("closed", [True, False])
def test_prometheus_accepts_it(settings: Settings, tmp_path: Path, *, closed: bool) -> None:
    (tmp_path / "key").write_text("secret")
    written = tmp_path / "prometheus.yml"
    written.write_text(yaml.safe_dump(configuration(settings, str(tmp_path / "key") * closed)))

    checked = subprocess.run(
        ("promtool", "check", "config", str(written)), capture_output=True, text=True, check=False
    )

    assert checked.returncode == 0, checked.stderr
