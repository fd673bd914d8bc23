"""Models are swapped under load: no request fails, and each answer is one version's own."""

from __future__ import annotations

import os
import statistics
import sys
from collections.abc import Callable
from itertools import cycle, islice

import httpx
import psutil
import pytest
from anyio import to_thread

from api.webhooks.registration import ROUTE, register
from tests.integration.api.faults.conftest import SECRET, Models
from tests.integration.api.faults.load import Load
from tests.integration.api.real_server import Server

pytestmark = [pytest.mark.anyio, pytest.mark.fault]

# How often the model is swapped; the acceptance run asks for more.
SWAPS = int(os.environ.get("VIGIA_TEST_SWAPS", "30"))
CLIENTS = 50
# More than the service keeps on disk, so that some are fetched from MLflow again.
VERSIONS = 8
SAMPLE = 8
MOST_GROWTH = 0.05


@pytest.mark.timeout(1800)
async def test_swaps_under_load_fail_no_request_and_mix_no_versions(
    make_service: Callable[..., Server], models: Models
) -> None:
    service = make_service()
    # First of all: after an event MLflow does not look for new webhooks for a minute.
    register(models.registry, "test", service.url + ROUTE, SECRET)
    models.register(min(SWAPS, VERSIONS), rounds=40)
    models.promote("1")
    with service.running() as process:
        memory: list[int] = []
        load = Load(service.url, models, CLIENTS)
        async with load.running():
            turns = islice(cycle([*models.versions]), 1, SWAPS + 1)
            for number in turns:
                await to_thread.run_sync(models.promote, number)
                await load.answered_by(number)
                memory.append(psutil.Process(process.pid).memory_full_info().pss)
        async with httpx.AsyncClient(base_url=service.url, trust_env=False) as http:
            text = (await http.get("/metrics")).text
    figures = f"{load.answered.total()} answers of {dict(load.answered)}; PSS in MiB: "
    sys.stdout.write(f"{figures}{[size >> 20 for size in memory]}\n")
    assert load.failed == []
    assert load.answered.keys() == models.versions.keys()
    swapped = 'api_model_swaps_total{alias="production",problem="toy",result="swapped"}'
    assert f"{swapped} {SWAPS + 1:.1f}" in text
    if SWAPS >= 4 * SAMPLE:
        warm = statistics.mean(memory[SAMPLE : 2 * SAMPLE])
        assert statistics.mean(memory[-SAMPLE:]) <= warm * (1 + MOST_GROWTH)
