"""An application that runs inside the test's own event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx

from api.app import create_app
from api.settings import Settings
from ml.promoted import Source


def toy_settings(folder: Path, **other: Any) -> Settings:
    """Settings whose poll is too slow to disturb a test; tests reload by themselves."""
    own = {"default_problem": "toy", "poll_seconds": 3600, "max_records": 1000}
    return Settings(state_dir=folder / "state", **{"body_max_bytes": 2**22, **own, **other})


@asynccontextmanager
async def running(
    settings: Settings, registry: Source | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """Start an application and yield a client of it, as soon as it takes connections."""
    app = create_app(settings, registry)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
            yield client


@asynccontextmanager
async def serving(settings: Settings, registry: Source) -> AsyncIterator[httpx.AsyncClient]:
    """Start an application that serves what its registry has promoted, and yield a client."""
    async with running(settings, registry) as client:
        assert (await client.post("/reload-model")).status_code == 200
        yield client


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 10) -> None:
    """Wait until a question to the application is answered with yes."""
    with anyio.fail_after(seconds):
        while not await holds():  # noqa: ASYNC110 - nothing but an answer tells it from outside
            await anyio.sleep(0.005)
