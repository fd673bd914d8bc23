"""An application that runs inside the test's own event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import httpx

from api.app import create_app
from api.settings import Settings
from ml.registry import Registry


@asynccontextmanager
async def running(settings: Settings, registry: Registry) -> AsyncIterator[httpx.AsyncClient]:
    """Start an application and yield a client of it, once the first poll is over."""
    app = create_app(settings, registry)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
            with anyio.fail_after(10):
                while b"not_asked" in (await client.get("/health")).content:
                    await anyio.sleep(0.002)
            yield client
