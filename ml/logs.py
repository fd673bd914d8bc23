"""Structured logs: one JSON object a line on standard output, never a patient's value."""

from __future__ import annotations

import logging
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import structlog
from structlog.typing import EventDict


def configure() -> None:
    """Send the log of this process to standard output as JSON lines."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=_encode),
        ],
        logger_factory=structlog.BytesLoggerFactory(),
    )


class ServerFormatter(logging.Formatter):
    """The web server's own messages in the same form, and its errors without their texts."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one JSON object."""
        event = {
            "event": record.getMessage(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
        }
        if record.exc_info and record.exc_info[1]:
            event["error"] = describe(record.exc_info[1])
        return msgspec.json.encode(event).decode()


SERVER: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "api.logs.ServerFormatter"}},
    "handlers": {
        "out": {
            "class": "logging.StreamHandler",
            "stream": "ext://sys.stdout",
            "formatter": "json",
        }
    },
    "loggers": {"uvicorn": {"handlers": ["out"], "level": "INFO", "propagate": False}},
}


def describe(error: BaseException) -> str:
    """Return an error's type and where it was raised, outermost frame first.

    Its message is left out: it may repeat a value of a request.
    """
    frames = traceback.extract_tb(error.__traceback__)
    places = (f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{type(error).__name__} at {' > '.join(places)}"


def _encode(event: EventDict, **_: Any) -> bytes:
    return msgspec.json.encode(event, enc_hook=str)
