"""`python -m api`: start the service with its workers, limits and timeouts."""

from __future__ import annotations

import sys
import time

import structlog
import uvicorn
from pydantic import ValidationError
from uvicorn.supervisors import Multiprocess

from api import multiprocess
from api.draining import turn_away
from api.server_settings import ServerSettings
from ml import logs
from ml.errors import InvalidSettings, VigiaError
from ml.settings import told

_APPLICATION = "api.app:create_app"
_PROTOCOL = "api.slow_clients:ImpatientProtocol"
# A worker that imports on a busy machine answers nobody for seconds; to kill it then would let it
# begin anew, for ever. A worker that was killed meanwhile is missed for as long.
_HEALTHCHECK_SECONDS = 10
log = structlog.get_logger()


class Supervisor(Multiprocess):
    """Several workers, of which none drops what was sent to it when all of them end."""

    def terminate_all(self) -> None:
        """Let the workers drain; the socket that they share turns newcomers away last."""
        super().terminate_all()
        time.sleep(ServerSettings().drain_seconds)
        turn_away(self.sockets)


def main() -> int:
    """Serve until a signal, and return the exit code."""
    logs.configure("api")
    try:
        settings = ServerSettings()
        _warn_if_open(settings)
        return serve(settings)
    except ValidationError as invalid:
        error: VigiaError = InvalidSettings(told(invalid))
    except VigiaError as wrong:
        error = wrong
    sys.stderr.write(f"error: {error}\n")
    return 1


def serve(settings: ServerSettings) -> int:
    """Start one worker in this process, or several under a supervisor."""
    if settings.workers > 1:
        multiprocess.share(settings.state_dir / "metrics")
    config = uvicorn.Config(
        _APPLICATION,
        factory=True,
        host=settings.api_host,
        port=settings.api_port,
        workers=settings.workers,
        http=_PROTOCOL,
        loop="uvloop",
        log_config=logs.server("api"),
        access_log=False,  # ours has neither query nor address
        server_header=False,
        proxy_headers=False,
        backlog=2048,
        timeout_keep_alive=settings.keep_alive_seconds,
        timeout_worker_healthcheck=_HEALTHCHECK_SECONDS,
        timeout_graceful_shutdown=round(settings.request_seconds),
    )
    if settings.workers == 1:
        uvicorn.Server(config).run()
    else:
        Supervisor(config, [config.bind_socket()]).run()
    return 0


def _warn_if_open(settings: ServerSettings) -> None:
    if settings.authentication == "off":
        log.warning("authentication_off", listens_on=settings.api_host, set="VIGIA_AUTH=keys")


if __name__ == "__main__":
    sys.exit(main())
