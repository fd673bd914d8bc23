"""Batches that are answered in the background."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from api.batch.jobs import Jobs
from api.security import key_file, keys
from api.security.callers import Caller, Role
from api.settings import Settings
from tests import toy
from tests.unit.api.batch.uploads import (
    BREAKS_OFF,
    NDJSON,
    ROWS,
    as_csv,
    lines,
    post,
)
from tests.unit.api.running import running, until
from tests.unit.api.toy_models import FolderRegistry

pytestmark = pytest.mark.anyio


async def job_of(client: httpx.AsyncClient, content: bytes, kind: str, **headers: str) -> str:
    response = await client.post(
        "/predict-batch?mode=job", content=content, headers={"content-type": kind, **headers}
    )
    assert response.status_code == 202, response.text
    job = response.json()
    assert response.headers["location"] == f"/predict-batch/jobs/{job['job']}"
    return str(response.headers["location"])


async def ended(client: httpx.AsyncClient, job: str) -> dict[str, Any]:
    async def over() -> bool:
        return (await client.get(job)).json()["state"] not in ("waiting", "running")

    await until(over)
    found: dict[str, Any] = (await client.get(job)).json()
    return found


async def test_a_job_has_the_result_of_a_stream(client: httpx.AsyncClient) -> None:
    content = as_csv(toy.generate(ROWS, seed=3))
    job = await job_of(client, content, "text/csv")
    state = await ended(client, job)
    assert (state["state"], state["rows_done"], state["rows_total"]) == ("done", ROWS, ROWS)
    result = await client.get(f"{job}/result")
    assert result.headers["content-type"] == NDJSON
    streamed = lines(await post(client, content, "text/csv"))
    found = lines(result)
    assert [row.get("risk") for row in found] == [row.get("risk") for row in streamed]
    assert found[-1] == streamed[-1]


async def test_a_job_can_be_answered_as_csv_and_deleted(client: httpx.AsyncClient) -> None:
    job = await job_of(client, b"age\n60\n", "text/csv", accept="text/csv")
    await ended(client, job)
    assert (await client.get(f"{job}/result")).text.startswith("row,id,risk,")
    assert (await client.delete(job)).status_code == 204
    for method, path in (("GET", job), ("GET", f"{job}/result"), ("DELETE", job)):
        response = await client.request(method, path)
        assert response.status_code == 404
        assert response.json()["type"] == "urn:vigia:problem:unknown-job"


async def test_a_job_whose_upload_breaks_off_has_failed(client: httpx.AsyncClient) -> None:
    job = await job_of(client, BREAKS_OFF, "text/csv")
    state = await ended(client, job)
    assert state["state"] == "failed"
    assert state["error"]["status"] == 400
    response = await client.get(f"{job}/result")
    assert response.status_code == 409
    assert "send it again" in response.json()["detail"]


@pytest.mark.parametrize("job", ["0" * 32, "x", "..%2f..%2fsecret", "0" * 31 + "G"])
async def test_an_unknown_job_is_not_found(client: httpx.AsyncClient, job: str) -> None:
    response = await client.get(f"/predict-batch/jobs/{job}")
    assert response.status_code == 404


async def test_a_restart_keeps_what_is_done_and_says_what_was_lost(
    settings: Settings, registry: FolderRegistry
) -> None:
    slow = as_csv(toy.generate(60_000, seed=1))
    async with running(settings, registry) as client:
        await client.post("/reload-model")
        done = await job_of(client, b"age\n60\n", "text/csv")
        await ended(client, done)
        first = await job_of(client, slow, "text/csv")
        second = await job_of(client, slow, "text/csv")
    async with running(settings, registry) as client:
        assert (await client.get(f"{done}/result")).status_code == 200
        # The first may have ended before the stop, the second waited for it.
        assert (await client.get(first)).json()["state"] in ("done", "interrupted")
        assert (await client.get(second)).json()["state"] == "interrupted"
        assert (await client.get(f"{second}/result")).status_code == 409


async def test_no_more_jobs_are_kept_than_the_setting_says(
    settings: Settings, registry: FolderRegistry
) -> None:
    few = settings.model_copy(update={"batch_jobs": 1})
    async with running(few, registry) as client:
        await client.post("/reload-model")
        job = await job_of(client, b"age\n60\n", "text/csv")
        response = await client.post(
            "/predict-batch?mode=job", content=b"age\n60\n", headers={"content-type": "text/csv"}
        )
        assert response.status_code == 429
        assert "retry-after" in response.headers
        assert (await client.delete(job)).status_code == 204
        await job_of(client, b"age\n60\n", "text/csv")


async def test_results_are_removed_when_their_time_is_over(
    settings: Settings, registry: FolderRegistry
) -> None:
    short = settings.model_copy(update={"batch_keep_hours": 1e-6})
    async with running(short, registry) as client:
        await client.post("/reload-model")
        job = await job_of(client, b"age\n60\n", "text/csv")
        await until(lambda: _gone(client, job))
        await job_of(client, b"age\n60\n", "text/csv")
        assert len(kept_in(settings)) == 1


def kept_in(settings: Settings) -> list[Path]:
    return list((settings.batch_dir / "jobs").iterdir())


async def _gone(client: httpx.AsyncClient, job: str) -> bool:
    return (await client.get(job)).status_code == 404


@pytest.fixture
def wards(settings: Settings) -> dict[str, str]:
    """A clinician's key of each of two wards."""
    with key_file.changing(settings.keys_path) as entries:
        found = {}
        for ward in ("ward-1", "ward-2"):
            found[ward], entry = keys.make(ward, Role.CLINICIAN, None)
            entries[entry.id] = entry
    return found


async def test_a_job_is_unknown_to_everybody_but_its_caller(
    settings: Settings, registry: FolderRegistry, wards: dict[str, str]
) -> None:
    closed = settings.model_copy(update={"auth": "keys"})
    async with running(closed, registry) as client:
        client.headers["x-api-key"] = wards["ward-1"]
        job = await job_of(client, b"age\n60\n", "text/csv")
        assert (await ended(client, job))["caller"] == "ward-1"
        client.headers["x-api-key"] = wards["ward-2"]
        for method, path in (("GET", job), ("GET", f"{job}/result"), ("DELETE", job)):
            refused = await client.request(method, path)
            assert refused.status_code == 404
            assert "ward-1" not in refused.text
        client.headers["x-api-key"] = wards["ward-1"]
        assert (await client.get(f"{job}/result")).status_code == 200
        jobs, id_ = Jobs(settings), job.rpartition("/")[2]
        operator = Caller("somebody", frozenset({Role.CLINICIAN, Role.OPERATOR}))
        assert jobs.status("toy", operator, id_).state == "done"
        assert (await client.delete(job)).status_code == 204
