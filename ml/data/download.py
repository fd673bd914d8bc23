"""Download a source over HTTP, streaming to disk."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from ml.errors import SourceInvalid, SourceUnavailable

if TYPE_CHECKING:
    from ml.settings import Settings

# httpx logs every address with its query at INFO; a signed address carries its secret there.
logging.getLogger("httpx").setLevel(logging.WARNING)


def way_out(problem: str) -> str:
    """Return what a person can do when a problem's source cannot be used."""
    return (
        f"set VIGIA_{problem.upper()}_SOURCE to a path (plain, .gz or .zip) or an http(s) URL "
        f"of the CSV; where none is named, `make run` can fall back to synthetic data"
    )


def shown(location: str) -> str:
    """Return a location as it may be shown: without user, password, query and fragment."""
    if "://" not in location:
        return location
    try:
        parts = urlsplit(location)
    except ValueError:
        return "a malformed address"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def download(url: str, target: Path, settings: Settings, advice: str) -> None:
    """Write what `url` answers to the file `target`, following redirects.

    Raises:
        SourceUnavailable: no answer, a broken one, or an HTTP status other than success.
        SourceInvalid: the answer is larger than the settings allow.
    """
    try:
        with (
            httpx.Client(follow_redirects=True, timeout=settings.source_timeout_seconds) as client,
            client.stream("GET", url) as response,
        ):
            if not response.is_success:
                raise _unavailable(url, f"it answered HTTP {response.status_code}", advice)
            _write(response, target, settings.source_max_bytes, url)
    except httpx.InvalidURL:
        raise _unavailable(url, "it is malformed", advice) from None
    except httpx.HTTPError as error:
        # Its text never holds the address; its chain would.
        reason = f"{type(error).__name__}: {error}".rstrip(": ")
        raise _unavailable(url, reason, advice) from None


def _write(response: httpx.Response, target: Path, limit: int, url: str) -> None:
    with target.open("wb") as file:
        for chunk in response.iter_bytes(1 << 20):
            if file.tell() + len(chunk) > limit:
                raise too_large(shown(url), limit)
            file.write(chunk)


def too_large(source: str, limit: int) -> SourceInvalid:
    """Return the error for a source beyond the limit."""
    return SourceInvalid(
        f"{source} is larger than {limit:,} bytes unpacked and was not read to its end: "
        f"if it is right, raise VIGIA_SOURCE_MAX_BYTES"
    )


def _unavailable(url: str, reason: str, advice: str) -> SourceUnavailable:
    return SourceUnavailable(f"{shown(url)} cannot be read ({reason}): {advice}")
