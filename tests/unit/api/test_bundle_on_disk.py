"""The service with a bundle on disk and no registry: a clinic's laptop."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from api.settings import Settings
from ml.errors import InvalidSettings
from ml.promoted import Version
from ml.promoted.export import export
from tests.unit.api.running import running, until
from tests.unit.api.toy_models import FolderRegistry

pytestmark = pytest.mark.anyio


@pytest.fixture
def alone(settings: Settings, registry: FolderRegistry, versions: dict[str, Version]) -> Settings:
    """Settings that name an exported bundle of version 1."""
    path = settings.state_dir.parent / "model.zip"
    export(registry, versions["1"], path)
    return settings.model_copy(update={"bundle": path})


@pytest.fixture
def shelf_of(registry: FolderRegistry) -> Path:
    return registry.folder


async def health(client: httpx.AsyncClient) -> tuple[str, str, str | None]:
    found = (await client.get("/health")).json()
    (problem,) = found["problems"]
    return found["status"], problem["registry"], problem["version"]


async def test_it_is_well_and_says_what_is_away_by_design(alone: Settings) -> None:
    async with running(alone) as client:
        assert await health(client) == ("ok", "reachable", "1")
        away = (await client.get("/health")).json()["away_by_design"]
        assert [one["part"] for one in away] == ["model registry", "database server"]
        (known,) = (await client.get("/versions")).json()["versions"]
        assert (known["version"], known["decision"]) == ("1", None)
        assert known["metrics"] == {"auroc": 0.7, "auroc_low": 0.6, "auroc_high": 0.8}


async def test_with_a_registry_nothing_is_away_but_the_database(client: httpx.AsyncClient) -> None:
    away = (await client.get("/health")).json()["away_by_design"]
    assert [one["part"] for one in away] == ["database server"]


async def test_a_new_bundle_is_taken_and_a_broken_one_is_refused(
    alone: Settings, registry: FolderRegistry, versions: dict[str, Version], shelf_of: Path
) -> None:
    assert alone.bundle is not None
    async with running(alone) as client:
        export(registry, versions["2"], alone.bundle)
        reloaded = (await client.post("/reload-model")).json()
        assert (reloaded["result"], reloaded["new"]) == ("swapped", "2")

        alone.bundle.write_bytes(b"torn")
        assert (await client.post("/reload-model")).status_code == 503
        assert await health(client) == ("degraded", "unreachable", "2")

        alone.bundle.unlink()
        shutil.copytree(shelf_of / "3", alone.bundle)  # a folder does as well, a bare one, too
        (alone.bundle / "card.md").write_text("altered")
        assert (await client.post("/reload-model")).status_code == 502
        assert await health(client) == ("degraded", "reachable", "2")
        assert (await client.post("/predict", json={"records": [{}]})).status_code == 200

        shutil.copy(shelf_of / "3" / "card.md", alone.bundle)
        reloaded = (await client.post("/reload-model")).json()
        assert (reloaded["old"], reloaded["new"]) == ("2", versions["3"].digest[:12])
        assert (await health(client))[0] == "ok"


async def test_what_served_last_serves_on_when_the_bundle_has_gone(alone: Settings) -> None:
    assert alone.bundle is not None
    async with running(alone):
        pass
    alone.bundle.unlink()
    async with running(alone) as client:
        assert await health(client) == ("degraded", "unreachable", "1")


async def test_the_poll_takes_a_new_bundle_too(
    alone: Settings, registry: FolderRegistry, versions: dict[str, Version]
) -> None:
    assert alone.bundle is not None
    async with running(alone.model_copy(update={"poll_seconds": 0.02})) as client:
        export(registry, versions["2"], alone.bundle)

        async def swapped() -> bool:
            return (await health(client))[2] == "2"

        await until(swapped)
        assert await health(client) == ("ok", "reachable", "2")


def test_a_bundle_is_of_one_problem(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VIGIA_BUNDLE", str(tmp_path))
    monkeypatch.setenv("VIGIA_DEFAULT_PROBLEM", "toy")
    assert Settings(problems=("toy",)).bundle == tmp_path
    with pytest.raises(InvalidSettings, match="name that one in VIGIA_PROBLEMS"):
        Settings(problems=("toy", "heart"))
    monkeypatch.setenv("VIGIA_BUNDLE", "")
    assert Settings(problems=("toy", "heart")).bundle is None


def test_without_a_registry_mlflow_is_not_imported(tmp_path: Path) -> None:
    """It takes a second of every start, and a laptop's image need not hold it."""
    code = (
        "import sys\nsys.modules['mlflow'] = None\n"
        "from api.app import create_app\nfrom api.settings import Settings\n"
        "import api.__main__, infra.laptop.__main__\n"
        "from pathlib import Path\nfrom ml import problems\nname = problems.names()[0]\n"
        "create_app(Settings(problems=(name,), default_problem=name, bundle=Path('b'),"
        " state_dir=Path(sys.argv[1])))"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, timeout=120)
