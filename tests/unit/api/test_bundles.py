"""The bundles on disk: what is kept, what is replaced, and several processes at once."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import msgspec
import pytest

from api.bundles import Bundles
from api.history import locks
from api.served import Served
from api.settings import Settings
from ml import problems
from ml.errors import BundleInvalid, RegistryUnavailable
from ml.registry import Version
from tests import toy
from tests.unit.api.running import running
from tests.unit.api.toy_models import FolderRegistry

pytestmark = pytest.mark.anyio


@pytest.fixture
def bundles(settings: Settings, registry: FolderRegistry) -> Bundles:
    return Bundles(settings.bundles_dir, registry)


def kept(settings: Settings) -> set[str]:
    return {path.name for path in settings.bundles_dir.iterdir()}


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Version]]:
    """Six versions of the toy model."""
    folder = tmp_path_factory.mktemp("many")
    registry = FolderRegistry(folder)
    made = {str(n): registry.register(str(n), intercept=n / 10) for n in range(1, 7)}
    return folder, made


@pytest.mark.parametrize("spare", [0, 2])
async def test_what_serves_the_one_before_and_the_spare_ones_are_kept(
    settings: Settings, many: tuple[Path, dict[str, Version]], spare: int
) -> None:
    folder, versions = many
    registry = FolderRegistry(folder)
    # Another service that shares the folder serves version 1.
    Served(settings.served_dir).remember("other", versions["1"])
    async with running(settings.model_copy(update={"bundles_spare": spare}), registry) as client:
        for number in ("1", "2", "3", "4", "3", "5", "6"):
            registry.promoted = versions[number]
            assert (await client.post("/reload-model")).json()["new"] == number
            time.sleep(0.01)  # noqa: ASYNC251 - sets the times of two folders apart
        numbers = {n for n, version in versions.items() if version.digest in kept(settings)}
        assert numbers == {"1", "5", "6"} | ({"3", "4"} if spare else set())
        fetched = len(registry.fetched)
        registry.promoted = versions["5"]
        await client.post("/reload-model")
        assert len(registry.fetched) == fetched


def test_nothing_is_taken_from_one_who_reads(
    settings: Settings, bundles: Bundles, versions: dict[str, Version]
) -> None:
    bundles.fetch("toy", versions["1"])
    with locks.shared(settings.bundles_dir.with_suffix(".lock")):
        bundles.prune((), 0)
    assert kept(settings) == {versions["1"].digest}
    bundles.prune((), 0)
    assert kept(settings) == set()


def test_what_a_killed_worker_was_fetching_is_removed_after_a_day(
    settings: Settings, bundles: Bundles
) -> None:
    old, new = (settings.bundles_dir / name for name in (".fetch-old", ".fetch-new"))
    for folder in (old, new):
        folder.mkdir(parents=True)
        (folder / "model.ubj").write_bytes(b"half")
    os.utime(old, (time.time() - 90_000,) * 2)
    bundles.prune((), 0)
    assert kept(settings) == {".fetch-new"}


async def test_a_spoiled_copy_is_told_and_replaced(
    settings: Settings, registry: FolderRegistry, versions: dict[str, Version]
) -> None:
    async with running(settings, registry):
        pass
    copy = settings.bundles_dir / versions["1"].digest / "calibrator.json"
    sound = copy.read_bytes()
    copy.write_bytes(sound.replace(b"1", b"2"))
    async with running(settings, registry) as client:
        assert copy.read_bytes() == sound
        text = (await client.get("/metrics")).text
        series = 'api_model_swaps_total{alias="production",problem="toy",result="%s"} 1.0'
        assert series % "cache_refused" in text
        assert series % "swapped" in text
        assert await answers(client)
    assert registry.fetched == ["1", "1"]


async def answers(client: httpx.AsyncClient) -> bool:
    return (await client.post("/predict", json={"age": 60})).status_code == 200


def test_a_copy_that_cannot_be_kept_serves_nevertheless(
    settings: Settings,
    bundles: Bundles,
    versions: dict[str, Version],
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    settings.bundles_dir.mkdir(parents=True)
    (settings.bundles_dir / versions["1"].digest).touch()  # in the way
    assert bundles.fetch("toy", versions["1"]).digest == versions["1"].digest
    assert b"bundle_not_kept" in capsysbinary.readouterr().out


def test_a_folder_that_cannot_be_made_is_named(
    settings: Settings, bundles: Bundles, versions: dict[str, Version]
) -> None:
    settings.state_dir.mkdir(parents=True)
    settings.bundles_dir.touch()
    with pytest.raises(RegistryUnavailable, match="VIGIA_STATE_DIR"):
        bundles.fetch("toy", versions["1"])


def test_processes_that_share_the_folder_never_see_half_a_bundle(
    settings: Settings, registry: FolderRegistry, versions: dict[str, Version]
) -> None:
    """Each has its own `Bundles`; between them they read, replace, spoil and remove."""
    over = threading.Event()

    def read(number: str) -> int:
        own = Bundles(settings.bundles_dir, registry)
        found = 0
        while not over.is_set():
            model = own.held("toy", versions[number])
            if model is None:
                model = own.fetch("toy", versions[number])
            assert model.digest == versions[number].digest
            found += 1
            time.sleep(0.01)
        return found

    def prune() -> None:
        own = Bundles(settings.bundles_dir, registry)
        while not over.is_set():
            own.prune((), 0)

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read, number) for number in ("1", "1", "2")]
        pruner = pool.submit(prune)
        wait_for(registry, 12, over)
    assert all(reader.result() > 0 for reader in readers)
    pruner.result()


def wait_for(registry: FolderRegistry, fetches: int, over: threading.Event) -> None:
    """Wait until so many bundles were fetched, and end the others."""
    try:
        deadline = time.monotonic() + 60
        while len(registry.fetched) < fetches:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        over.set()


def test_a_bundle_that_is_spoiled_is_refused(
    settings: Settings, bundles: Bundles, versions: dict[str, Version]
) -> None:
    bundles.fetch("toy", versions["1"])
    manifest = settings.bundles_dir / versions["1"].digest / "manifest.json"
    content = json.loads(manifest.read_bytes())
    manifest.write_text(json.dumps(content))
    with pytest.raises(BundleInvalid, match="digest"):
        bundles.held("toy", versions["1"])
    assert bundles.held("toy", versions["1"]) is None
    bundles.fetch("toy", versions["1"])
    assert bundles.held("toy", versions["1"]) is not None


def test_a_sound_bundle_of_another_contract_is_refused_and_kept(
    settings: Settings,
    bundles: Bundles,
    versions: dict[str, Version],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bundles.fetch("toy", versions["1"])
    renamed = msgspec.structs.replace(toy.problem.columns[2], name="years")
    columns = (*toy.problem.columns[:2], renamed, *toy.problem.columns[3:])
    monkeypatch.setattr(toy, "problem", msgspec.structs.replace(toy.problem, columns=columns))
    problems.find.cache_clear()
    with monkeypatch.context() as anew:
        anew.delitem(sys.modules, "ml.problems.toy")
        with pytest.raises(BundleInvalid, match="age, years differ"):
            bundles.held("toy", versions["1"])
    assert kept(settings) == {versions["1"].digest}
