"""What an upload may be, and what its answer may be."""

from __future__ import annotations

from typing import Literal, TypeAlias

from starlette.requests import Request

from api.errors import UnsupportedMediaType

Format: TypeAlias = Literal["json", "ndjson", "csv", "parquet"]
AnswerFormat: TypeAlias = Literal["ndjson", "csv"]

# The first of each is its registered or most common name.
MEDIA_TYPES: dict[str, Format] = {
    "application/json": "json",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "text/csv": "csv",
    "application/vnd.apache.parquet": "parquet",
    "application/x-parquet": "parquet",
}
NDJSON, CSV = "application/x-ndjson", "text/csv; charset=utf-8"
ANSWER_TYPES: dict[AnswerFormat, str] = {"ndjson": NDJSON, "csv": CSV}


def format_of(request: Request) -> Format:
    """Return the format of an upload by its content type; JSON where there is none.

    Raises:
        UnsupportedMediaType: another type, a charset other than UTF-8, or a packed body.
    """
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise UnsupportedMediaType("send the upload unpacked: no content encoding is accepted")
    kind, _, parameters = request.headers.get("content-type", "application/json").partition(";")
    found = MEDIA_TYPES.get(kind.strip().lower())
    named = dict(_parameter(part) for part in parameters.split(";"))
    if found is None or named.get("charset", "utf-8") not in ("utf-8", "utf8"):
        message = f"send an upload in UTF-8 as one of {', '.join(MEDIA_TYPES)}"
        raise UnsupportedMediaType(message)
    return found


def answer_format(request: Request) -> AnswerFormat:
    """Return the format that `Accept` prefers: CSV where it names it before all else."""
    wanted = [_weighted(part) for part in request.headers.get("accept", "").split(",")]
    csv = max((weight for kind, weight in wanted if kind == "text/csv"), default=0.0)
    lines = max((weight for kind, weight in wanted if kind != "text/csv"), default=0.0)
    named = any(kind in (NDJSON, "application/json") for kind, _ in wanted)
    return "csv" if csv and not (named and lines > csv) else "ndjson"


def _parameter(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip().lower(), value.strip().strip('"').lower()


def _weighted(part: str) -> tuple[str, float]:
    kind, _, parameters = part.partition(";")
    weight = dict(_parameter(p) for p in parameters.split(";")).get("q", "1")
    try:
        return kind.strip().lower(), float(weight)
    except ValueError:
        return kind.strip().lower(), 0.0
