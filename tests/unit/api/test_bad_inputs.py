from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from ml.registry import Version
from tests.unit.api.running import serving, toy_settings
from tests.unit.api.toy_models import FolderRegistry

pytestmark = pytest.mark.anyio

SECRET = "c4n4ry"


@pytest.fixture(scope="module")
async def client(
    shelf: tuple[Path, dict[str, Version]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    """One application for all: no bad request may change what the next one meets."""
    folder, versions = shelf
    settings = toy_settings(tmp_path_factory.mktemp("bad_inputs"))
    async with serving(settings, FolderRegistry(folder, versions["1"])) as client:
        yield client


class Case(NamedTuple):
    body: bytes
    status: int
    slug: str
    position: int | None = None


MALFORMED = {
    "empty": Case(b"", 400, "malformed-body", 0),
    "blank": Case(b" \n", 400, "malformed-body", 0),
    "truncated": Case(b'{"age": 6', 400, "malformed-body", 9),
    "not JSON": Case(b"age=60", 400, "malformed-body", 0),
    "NaN": Case(b'{"age": NaN}', 400, "malformed-body", 8),
    "Infinity": Case(b'{"age": Infinity}', 400, "malformed-body", 8),
    "minus infinity": Case(b'{"age": -Infinity}', 400, "malformed-body", 9),
    "too large a number": Case(b'{"age": 1e999}', 400, "malformed-body"),
    "leading zero": Case(b'{"age": 060}', 400, "malformed-body", 9),
    "single quotes": Case(b"{'age': 60}", 400, "malformed-body", 1),
    "trailing comma": Case(b'{"age": 60,}', 400, "malformed-body", 11),
    "two documents": Case(b'{"age": 60}{}', 400, "malformed-body", 11),
    "comment": Case(b'{"age": 60} // old', 400, "malformed-body", 12),
    "byte order mark": Case(b"\xef\xbb\xbf{}", 400, "malformed-body", 0),
    "Latin-1": Case(b'{"colour": "caf\xe9"}', 400, "malformed-body", 15),
    "UTF-16": Case('{"age": 60}'.encode("utf-16"), 400, "malformed-body", 0),
    "control character": Case(b'{"colour": "\x00"}', 400, "malformed-body", 12),
    "half a surrogate": Case(b'{"colour": "\\ud800"}', 400, "malformed-body", 20),
    "deep list": Case(b'{"age": ' + b"[" * 100_000, 400, "malformed-body"),
    "deep object": Case(b'{"a":' * 100_000, 400, "malformed-body"),
    "list": Case(b'[{"age": 60}]', 400, "malformed-body", 0),
    "text": Case(b'"age"', 400, "malformed-body", 0),
    "number": Case(b"60", 400, "malformed-body", 0),
    "null": Case(b"null", 400, "malformed-body", 0),
    "true": Case(b"true", 400, "malformed-body", 0),
}


@pytest.mark.parametrize("name", MALFORMED)
async def test_a_body_that_is_no_json_object_is_refused(
    client: httpx.AsyncClient, name: str
) -> None:
    case = MALFORMED[name]
    response = await client.post("/predict", content=case.body)
    document = problem(response, case.status, case.slug)
    assert document.get("position") == case.position


ENVELOPE = {
    "no records": ({"records": []}, "records", "min_records", None),
    "too many": ({"records": [{}] * 1001}, "records", "max_records", None),
    "records is an object": ({"records": {"age": 60}}, "records", "type", None),
    "records is null": ({"records": None}, "records", "type", None),
    "records is a text": ({"records": SECRET}, "records", "type", None),
    "a second member": ({"records": [{}], "options": SECRET}, "options", "unknown_field", None),
    "a number for a record": ({"records": [{}, 60]}, "", "type", 1),
    "null for a record": ({"records": [None]}, "", "type", 0),
    "a list for a record": ({"records": [{}, {}, []]}, "", "type", 2),
    "a text for a record": ({"records": [SECRET]}, "", "type", 0),
}


@pytest.mark.parametrize("name", ENVELOPE)
async def test_an_object_that_holds_no_usable_records_is_refused(
    client: httpx.AsyncClient, name: str
) -> None:
    body, field, rule, record = ENVELOPE[name]
    response = await client.post("/predict", json=body)
    document = problem(response, 422, "invalid-request")
    (error,) = document["errors"]
    assert (error["record"], error["field"], error["rule"]) == (record, field, rule)
    assert SECRET not in response.text


VALUES = [
    ("age", -1, "minimum"),
    ("age", 121, "maximum"),
    ("age", 60.5, "type"),
    ("age", True, "type"),
    ("age", SECRET, "type"),
    ("age", "nan", "type"),
    ("age", "inf", "type"),
    ("age", [60], "type"),
    ("age", {"years": 60}, "type"),
    ("age", 10**30, "maximum"),
    ("age", -(10**30), "minimum"),
    ("weight-kg", 0.5, "minimum"),
    ("weight-kg", 400.1, "maximum"),
    ("weight-kg", False, "type"),
    ("days", 0, "minimum"),
    ("days", "1e400", "type"),
    ("colour", SECRET, "enum"),
    ("colour", "Red", "enum"),
    ("colour", 3, "enum"),
    ("colour", True, "type"),
    ("colour", [], "type"),
    ("reason", SECRET, "pattern"),
    ("reason", "2501", "pattern"),
    ("reason", 250.1, "type"),
    ("reason", {}, "type"),
    ("reason", True, "type"),
    ("reason", "250.1\n250.1", "pattern"),
]


@pytest.mark.parametrize(("field", "value", "rule"), VALUES)
async def test_a_value_outside_the_contract_is_named_but_not_repeated(
    client: httpx.AsyncClient, field: str, value: Any, rule: str
) -> None:
    body = {"records": [{"age": 60}, {field: value}]}
    response = await client.post("/predict", json=body)
    document = problem(response, 422, "invalid-record")
    (error,) = document["errors"]
    assert (error["record"], error["field"], error["rule"]) == (1, field, rule)
    assert error["message"]
    assert SECRET not in response.text


async def test_every_broken_rule_of_every_record_is_listed(client: httpx.AsyncClient) -> None:
    records = [{"age": 200, "colour": "mauve"}, {"age": 60}, {"days": 0, "wieght-kg": 70}]
    response = await client.post("/predict", json={"records": records})
    errors = problem(response, 422, "invalid-record")["errors"]
    found = {(error["record"], error["field"], error["rule"]) for error in errors}
    assert found == {
        (0, "age", "maximum"),
        (0, "colour", "enum"),
        (2, "days", "minimum"),
        (2, "wieght-kg", "unknown_field"),
    }


async def test_an_unknown_field_comes_with_the_closest_name(client: httpx.AsyncClient) -> None:
    response = await client.post("/predict", json={"wieght-kg": 70})
    (error,) = problem(response, 422, "invalid-record")["errors"]
    assert "weight-kg" in error["message"]


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/xml",
        "text/json",
        "multipart/form-data",
        "",
        "application/json; charset=latin-1",
    ],
)
async def test_another_content_type_is_refused(
    client: httpx.AsyncClient, content_type: str
) -> None:
    headers = {"content-type": content_type}
    response = await client.post("/predict", content=b"{}", headers=headers)
    problem(response, 415, "unsupported-media-type")


async def test_a_body_that_announces_too_much_is_refused(client: httpx.AsyncClient) -> None:
    body = b'{"colour": "' + b"x" * 2**22 + b'"}'
    problem(await client.post("/predict", content=body), 413, "body-too-large")


async def test_a_body_that_sends_too_much_unannounced_is_refused(
    client: httpx.AsyncClient,
) -> None:
    async def chunks() -> Any:
        for _ in range(5):
            yield b" " * 2**20

    problem(await client.post("/predict", content=chunks()), 413, "body-too-large")


@pytest.mark.parametrize(
    ("method", "path", "status", "slug"),
    [
        ("POST", "/models/heart/predict", 404, "unknown-problem"),
        ("GET", "/models/heart/model-info", 404, "unknown-problem"),
        ("POST", "/predict/", 404, None),
        ("GET", "/nowhere", 404, None),
        ("GET", "/models/toy/nowhere", 404, None),
        ("GET", "/predict", 405, None),
        ("DELETE", "/models/toy/model-info", 405, None),
        ("POST", "/health", 405, None),
    ],
)
async def test_the_errors_of_the_framework_are_problem_documents_too(
    client: httpx.AsyncClient, method: str, path: str, status: int, slug: str | None
) -> None:
    problem(await client.request(method, path), status, slug)


async def test_a_wrong_method_is_told_the_methods_of_all_routes_there(
    client: httpx.AsyncClient,
) -> None:
    response = await client.put(f"/predict-batch/jobs/{'0' * 32}")
    assert response.headers["allow"] == "DELETE, GET"
    assert "DELETE, GET" in problem(response, 405, None)["detail"]


def problem(response: httpx.Response, status: int, slug: str | None) -> dict[str, Any]:
    """Check the shape of a problem document and return it."""
    document: dict[str, Any] = response.json()
    assert response.status_code == status, document
    assert response.headers["content-type"] == "application/problem+json"
    assert document["status"] == status
    assert document["type"] == (f"urn:vigia:problem:{slug}" if slug else "about:blank")
    assert document["title"]
    assert document["detail"]
    assert document["request_id"] == response.headers["x-request-id"]
    return document
