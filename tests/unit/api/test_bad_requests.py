"""The corpus of bad requests: each file of `bad_inputs/` tables what is answered, by route.

An entry is what is sent (`method`, `path`, `headers`, and the body as `json`, as the text
`body` or as the bytes `hex`) and what must come back: the `status`, the `type` of the
problem document (null for the framework's own errors, and below /v2, whose errors are those
of the Open Inference Protocol) and its `errors`. An `@` in a body stands for a text that is
repeated, `["text", times]`. Bad uploads are tabled in `batch/test_bad_uploads.py`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.anyio

FOLDER = Path(__file__).parent / "bad_inputs"
CORPUS = {file.stem: json.loads(file.read_text()) for file in sorted(FOLDER.glob("*.json"))}
# Every value of a patient in the corpus holds one of them.
CANARIES = ("c4n4ry", "7731")


@pytest.mark.parametrize("route", CORPUS)
async def test_bad_requests_are_refused_as_tabled(client: httpx.AsyncClient, route: str) -> None:
    wrong = {}
    for entry in CORPUS[route]:
        response = await send(client, entry)
        try:
            check(response, entry)
        except AssertionError as error:
            wrong[entry["name"]] = str(error)
    assert not wrong
    kept = (await client.get("/predictions")).json()
    assert (kept["total"], kept["pending"]) == (0, 0)


async def send(client: httpx.AsyncClient, entry: dict[str, Any]) -> httpx.Response:
    url = httpx.URL("http://api", raw_path=entry["path"].encode())
    return await client.request(
        entry["method"], url, headers=entry.get("headers"), **content(entry)
    )


def check(response: httpx.Response, entry: dict[str, Any]) -> None:
    assert response.status_code == entry["status"], response.text
    if entry["path"].startswith("/v2"):
        check_protocol(response)
    else:
        check_document(response, entry)
    # The name of a field is the caller's own word for it, and no value.
    named = "".join(error["field"] for error in entry.get("errors", ()))
    # The request's id is random: now and then it holds the digits of a canary.
    told = response.text.replace(response.headers["x-request-id"], "")
    assert not [c for c in CANARIES if c in told and c not in named], response.text


def check_document(response: httpx.Response, entry: dict[str, Any]) -> None:
    document = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    kind = entry["type"]
    assert document["type"] == (f"urn:vigia:problem:{kind}" if kind else "about:blank")
    assert document["status"] == entry["status"]
    assert document["title"]
    assert len(document["detail"]) > 20
    assert document["request_id"] == response.headers["x-request-id"]
    assert places(document.get("errors", [])) == places(entry.get("errors", []))
    assert all(error["message"] for error in document.get("errors", []))


def places(errors: list[dict[str, Any]]) -> list[tuple[int, str, str]]:
    """Return where each error is, and which rule is broken; -1 stands for the whole request."""
    return sorted(
        (-1 if error["record"] is None else error["record"], error["field"], error["rule"])
        for error in errors
    )


def check_protocol(response: httpx.Response) -> None:
    assert response.headers["content-type"] == "application/json"
    assert response.json().keys() == {"error"}
    assert len(response.json()["error"]) > 20


def content(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a request that carry its body."""
    if "json" in entry:
        return {"json": entry["json"]}
    if "hex" in entry:
        return {"content": bytes.fromhex(entry["hex"])}
    text = entry.get("body", "")
    for marker in ("repeat", "repeat_end"):
        if marker in entry:
            part, times = entry[marker]
            text = text.replace("@", part * times, 1)
    return {"content": text.encode()}


def test_the_corpus_is_large_enough() -> None:
    assert sum(map(len, CORPUS.values())) >= 300
