"""Settings of the server that carries the application; every name begins with `VIGIA_`."""

from __future__ import annotations

from pydantic import Field

from api.security.settings import SecuritySettings


class ServerSettings(SecuritySettings):
    """Where the service listens, and with how many workers.

    Args:
        api_host: the address to listen on.
        api_port: the TCP port.
        workers: processes that answer; each holds the models and has limits of its own.
        keep_alive_seconds: how long a connection may be idle between two requests.
    """

    api_host: str = "127.0.0.1"
    api_port: int = Field(default=8000, ge=1, le=65535)
    workers: int = Field(default=1, ge=1, le=256)
    keep_alive_seconds: int = Field(default=5, ge=1)
