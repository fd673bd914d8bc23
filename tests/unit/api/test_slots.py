"""Swaps, refusals and outages, seen through the application."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import anyio
import anyio.lowlevel
import httpx
import msgspec
import pytest

from api.settings import Settings
from ml import bundle
from ml.registry import Version
from tests import toy
from tests.unit.api.running import running, until
from tests.unit.api.toy_models import FolderRegistry, train

pytestmark = pytest.mark.anyio


async def version_of(client: httpx.AsyncClient) -> str:
    answer = await client.post("/predict", json={"age": 60})
    assert answer.status_code == 200
    return str(answer.json()["model"]["version"])


async def serves(client: httpx.AsyncClient, number: str) -> bool:
    return await version_of(client) == number


async def ready(client: httpx.AsyncClient) -> bool:
    return (await client.get("/readyz")).status_code == 200


async def reload(client: httpx.AsyncClient) -> httpx.Response:
    return await client.post("/reload-model")


async def failures(client: httpx.AsyncClient) -> float:
    text = (await client.get("/metrics")).text
    name = 'api_model_swaps_total{alias="production",problem="toy",result="failed"}'
    return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))


async def test_a_reload_answers_the_old_and_the_new_version(
    client: httpx.AsyncClient, registry: FolderRegistry, versions: dict[str, Version]
) -> None:
    registry.promoted = versions["2"]
    answer = (await reload(client)).json()
    assert answer == {"problem": "toy", "result": "swapped", "old": "1", "new": "2"}
    assert await version_of(client) == "2"
    assert (await reload(client)).json()["result"] == "unchanged"


async def test_the_way_back_needs_no_fetch(
    client: httpx.AsyncClient, registry: FolderRegistry, versions: dict[str, Version]
) -> None:
    for number in ("2", "1", "2"):
        registry.promoted = versions[number]
        await reload(client)
        assert await version_of(client) == number
    assert registry.fetched == ["1", "2"]


async def test_a_new_stage_of_the_same_version_is_no_swap(
    client: httpx.AsyncClient, registry: FolderRegistry, versions: dict[str, Version]
) -> None:
    registry.promoted = msgspec.structs.replace(versions["1"], stage="Production")
    assert (await reload(client)).json()["result"] == "unchanged"
    assert (await client.get("/model-info")).json()["stage"] == "Production"


async def test_the_poll_finds_a_new_version_by_itself(
    settings: Settings, registry: FolderRegistry, versions: dict[str, Version]
) -> None:
    quick = settings.model_copy(update={"poll_seconds": 0.02})
    async with running(quick, registry) as client:
        await until(lambda: serves(client, "1"))
        registry.promoted = versions["2"]
        await until(lambda: serves(client, "2"))


def alter(registry: FolderRegistry, version: Version, how: str) -> Version:
    """Return the version, spoiled in one of the ways that must be refused."""
    folder = registry.folder / version.number
    match how:
        case "altered":
            (folder / "calibrator.json").write_bytes(b'{"slope":9.0,"intercept":0.0}')
        case "truncated":
            model = folder / "trees_1.ubj"
            model.write_bytes(model.read_bytes()[:-100])
        case "a file too many":
            (folder / "run.py").write_text("print('hello')")
        case "no manifest":
            (folder / "manifest.json").unlink()
        case "another digest":
            return msgspec.structs.replace(version, digest="0" * 64)
        case "no digest":
            return msgspec.structs.replace(version, digest="")
        case "a path for a digest":
            return msgspec.structs.replace(version, digest="../" * 3 + "etc")
    return version


@pytest.mark.parametrize(
    "how",
    [
        "altered",
        "truncated",
        "a file too many",
        "no manifest",
        "another digest",
        "no digest",
        "a path for a digest",
    ],
)
async def test_a_bundle_that_does_not_match_never_serves(
    settings: Settings, tmp_path: Path, how: str
) -> None:
    registry = FolderRegistry(tmp_path / "registry")
    good, bad = registry.register("1"), registry.register("2", intercept=1.0)
    registry.promoted = good
    async with running(settings, registry) as client:
        await reload(client)
        registry.promoted = alter(registry, bad, how)
        answer = await reload(client)
        assert answer.status_code == 502
        assert answer.json()["type"] == "urn:vigia:problem:bundle-invalid"
        assert await version_of(client) == "1"
        assert await failures(client) == 1
        for path in ("/model-info", "/health"):
            text = (await client.get(path)).text
            assert '"version":"2"' in text
        health = (await client.get("/health")).json()
        assert health["status"] == "degraded"
        assert health["problems"][0]["last_failure"]["attempts"] == 1
        registry.promoted = good
        await reload(client)
        assert (await client.get("/health")).json()["status"] == "ok"
    assert [path.name for path in settings.bundles_dir.iterdir()] == [good.digest]


async def test_a_refused_version_rests_before_the_poll_tries_it_again(
    settings: Settings, registry: FolderRegistry, versions: dict[str, Version]
) -> None:
    quick = settings.model_copy(update={"poll_seconds": 0.05})
    registry.promoted = msgspec.structs.replace(versions["1"], digest="0" * 64)
    async with running(quick, registry) as client:
        await anyio.sleep(1.0)
        # Pauses of 0.1, 0.2, 0.4, 0.8 s hold at most five attempts in a second.
        assert 2 <= await failures(client) <= 5
        assert registry.questions > 8


async def test_the_model_of_another_problem_never_serves(
    client: httpx.AsyncClient,
    registry: FolderRegistry,
    versions: dict[str, Version],
    tmp_path: Path,
) -> None:
    other = msgspec.structs.replace(toy.problem, name="other")
    registry.folder = tmp_path
    digest = train(tmp_path / "9", problem=other).digest
    registry.promoted = msgspec.structs.replace(versions["1"], number="9", digest=digest)
    answer = await reload(client)
    assert answer.status_code == 502
    assert "other" in answer.json()["detail"]
    assert await version_of(client) == "1"


async def test_an_outage_stops_no_prediction_and_is_logged_once(
    settings: Settings, registry: FolderRegistry, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    quick = settings.model_copy(update={"poll_seconds": 0.02, "access_log": False})
    async with running(quick, registry) as client:
        await reload(client)
        capsysbinary.readouterr()
        registry.away = True
        asked = registry.questions

        async def polled_five_times() -> bool:
            assert await version_of(client) == "1"
            return registry.questions >= asked + 5

        await until(polled_five_times)
        assert (await client.get("/health")).json()["status"] == "degraded"
        assert (await reload(client)).status_code == 503
        lines = [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]
        assert [line["state"] for line in lines] == ["unreachable"]
        registry.away = False
        await reload(client)
        assert (await client.get("/health")).json()["status"] == "ok"


async def test_a_withdrawn_alias_is_told_while_the_last_model_serves(
    client: httpx.AsyncClient, registry: FolderRegistry
) -> None:
    registry.promoted = None
    assert (await reload(client)).json()["result"] == "no_production_alias"
    assert await version_of(client) == "1"
    assert (await client.get("/model-info")).json()["registry"] == "no_production_alias"
    assert (await client.get("/health")).json()["status"] == "degraded"


async def test_a_start_without_the_registry_serves_what_served_last(
    settings: Settings, registry: FolderRegistry, versions: dict[str, Version]
) -> None:
    registry.promoted = versions["2"]
    async with running(settings, registry) as client:
        await reload(client)
    registry.away = True
    async with running(settings, registry) as client:
        assert (await reload(client)).status_code == 503
        assert await version_of(client) == "2"
        assert (await client.get("/readyz")).status_code == 200
        assert (await client.get("/health")).json()["status"] == "degraded"
        registry.away = False
        assert (await reload(client)).json()["result"] == "unchanged"


async def test_the_first_connection_finds_the_model(
    settings: Settings, registry: FolderRegistry
) -> None:
    async with running(settings, registry) as client:
        assert await version_of(client) == "1"


class HangingRegistry(FolderRegistry):
    """Takes every question and answers none before it is let go."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.let_go = threading.Event()

    def holder(self, problem: str, alias: str) -> Version | None:
        self.let_go.wait()
        return super().holder(problem, alias)


@pytest.mark.parametrize("held", [True, False])
async def test_a_registry_that_hangs_holds_up_no_start(
    settings: Settings, registry: FolderRegistry, *, held: bool
) -> None:
    if held:
        async with running(settings, registry) as client:
            assert await version_of(client) == "1"
    hanging = HangingRegistry(registry.folder)
    hanging.promoted = registry.promoted
    quick = settings.model_copy(update={"first_model_seconds": 0.5, "poll_seconds": 0.05})
    with anyio.fail_after(60):
        async with running(quick, hanging) as client:
            assert b"not_asked" in (await client.get("/health")).content
            if held:
                await until(lambda: ready(client))
                assert await version_of(client) == "1"
            else:
                assert not await ready(client)
            hanging.let_go.set()
            await until(lambda: ready(client))
            assert await version_of(client) == "1"


@pytest.mark.parametrize("spoiled", ["bundle", "note"])
async def test_a_spoiled_cache_never_serves(
    settings: Settings, registry: FolderRegistry, versions: dict[str, Version], spoiled: str
) -> None:
    async with running(settings, registry) as client:
        await reload(client)
    if spoiled == "bundle":
        cached = settings.bundles_dir / versions["1"].digest / "calibrator.json"
        cached.write_bytes(b"{}")
    else:
        (settings.served_dir / "toy.json").write_bytes(b"{")
    registry.away = True
    async with running(settings, registry) as client:
        await reload(client)
        assert (await client.post("/predict", json={})).status_code == 503
        registry.away = False
        assert (await reload(client)).json()["new"] == "1"


async def test_every_answer_under_swaps_is_of_the_version_it_names(
    client: httpx.AsyncClient, registry: FolderRegistry, versions: dict[str, Version]
) -> None:
    record = {"age": 71, "colour": "red", "days": 9}
    expected = {
        number: bundle.load(registry.folder / number).predict([record]).risk[0]
        for number in versions
    }
    seen: set[str] = set()
    done = anyio.Event()

    async def ask(count: int) -> None:
        while not done.is_set():
            body = {"records": [record] * count}
            answer = (await client.post("/predict", json=body)).json()
            number = answer["model"]["version"]
            assert answer["predictions"] == [expected[number]] * count
            assert answer["model"]["digest"] == versions[number].digest
            seen.add(number)
            # In one process a short request never waits, and so never lets others run.
            await anyio.lowlevel.checkpoint()

    async with anyio.create_task_group() as group:
        for count in (1, 1, 3, 40, 200):
            group.start_soon(ask, count)
        for turn in range(60):
            registry.promoted = versions[str(turn % 3 + 1)]
            assert (await reload(client)).status_code == 200
        done.set()
    assert seen == {"1", "2", "3"}
