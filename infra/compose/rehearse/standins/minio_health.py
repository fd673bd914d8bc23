"""MinIO's health addresses in front of Swift."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

Application: TypeAlias = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def factory(_: dict[str, str], **__: str) -> Callable[[Application], Application]:
    """Return the filter, as Paste asks for it."""

    def wrap(application: Application) -> Application:
        def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            if environ.get("PATH_INFO", "").startswith("/minio/health/"):
                start("200 OK", [("content-length", "0")])
                return [b""]
            return application(environ, start)

        return answer

    return wrap
