"""Structured logs: one JSON object a line on standard output, never a patient's value.

Every line has `timestamp` (ISO 8601, UTC), `level`, `event` and `service`; `request_id`,
`problem` and `version` where it is about a request or a model. Airflow writes the lines of
its tasks in the same form, with `dag_id`, `run_id` and `task_id`.
"""

from __future__ import annotations

import logging
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger


def configure(service: str) -> None:
    """Send the log of this process to standard output as JSON lines.

    Args:
        service: who speaks, such as `api`.
    """
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _named(service),
            structlog.processors.JSONRenderer(serializer=_encode),
        ],
        logger_factory=structlog.BytesLoggerFactory(),
    )


class JsonFormatter(logging.Formatter):
    """Messages of libraries in the same form, and their errors without their texts.

    Args:
        service: who speaks.
    """

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """Return one JSON object."""
        event = {
            "event": record.getMessage(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "service": self._service,
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
        }
        if record.exc_info and record.exc_info[1]:
            event["error"] = describe(record.exc_info[1])
        return msgspec.json.encode(event).decode()


def server(service: str) -> dict[str, Any]:
    """Return the configuration of uvicorn's log in this form."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "ml.logs.JsonFormatter", "service": service}},
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


def _named(service: str) -> Processor:
    def add(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    return add


def _encode(event: EventDict, **_: Any) -> bytes:
    return msgspec.json.encode(event, enc_hook=str)
