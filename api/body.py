"""From the bytes of a request to its records: strict JSON within declared limits."""

from __future__ import annotations

import re
from typing import Any, TypeAlias

import msgspec
from starlette.requests import ClientDisconnect, Request

from api import strict_json
from api.errors import BodyTooLarge, InvalidRequest, MalformedBody, UnsupportedMediaType

Records: TypeAlias = list[dict[str, Any]]

_JSON = b"application/json"
_PLAIN = (b"", b"identity")
_BYTE = re.compile(r"\(byte (\d+)\)")


async def read(request: Request, max_bytes: int) -> bytes:
    """Return the body of a JSON request.

    Raises:
        UnsupportedMediaType: the content type is neither absent nor JSON in UTF-8, or the
            body is packed.
        BodyTooLarge: it has more than `max_bytes` bytes, announced or sent.
    """
    # Read directly: the framework's views of headers and body cost as much as the parsing.
    announced = b"0"
    for name, value in request.scope["headers"]:
        if name == b"content-type" and value != _JSON:
            _check_media_type(value.decode("latin-1"))
        elif name == b"content-length":
            announced = value
        elif name == b"content-encoding" and value.strip().lower() not in _PLAIN:
            # Unpacking would let a small body grow beyond every limit.
            raise UnsupportedMediaType("the body must not be packed: send it as it is")
    if announced.isdigit() and int(announced) > max_bytes:
        raise _too_large(max_bytes)
    return await _received(request, max_bytes)


async def _received(request: Request, max_bytes: int) -> bytes:
    body, more = b"", True
    chunks = bytearray()
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body, more = message.get("body", b""), message.get("more_body", False)
        if len(chunks) + len(body) > max_bytes:
            raise _too_large(max_bytes)
        if more or chunks:
            chunks += body
    return bytes(chunks) if chunks else body


def records(body: bytes, max_records: int) -> Records:
    """Return the records of `{"records": [...]}` or of one bare record.

    Raises:
        MalformedBody: not JSON, not UTF-8, not an object, or one that names a field twice.
        InvalidRequest: no records, more than `max_records`, or one that is no object.
    """
    content = object_of(body)
    if "records" not in content:
        strict_json.refuse_repeated_names(body, len(content))
        return [content]
    if len(content) > 1:
        extra = next(name for name in content if name != "records")
        message = "beside `records` the body may hold nothing else"
        raise InvalidRequest("unknown_field", message, field=extra)
    listed = _checked(content["records"], max_records)
    strict_json.refuse_repeated_names(body, 1 + sum(map(len, listed)))
    return listed


def _checked(listed: object, max_records: int) -> Records:
    if not isinstance(listed, list):
        raise InvalidRequest("type", "`records` must be a list of objects")
    if not 1 <= len(listed) <= max_records:
        rule = "max_records" if listed else "min_records"
        message = f"send between 1 and {max_records} records; split what is more"
        raise InvalidRequest(rule, message)
    for index, record in enumerate(listed):
        if not isinstance(record, dict):
            message = "a record must be an object of columns and values"
            raise InvalidRequest("type", message, record=index, field="")
    return listed


def object_of(body: bytes) -> dict[str, Any]:
    """Return the one JSON object that the bytes are.

    Raises:
        MalformedBody: not JSON, not UTF-8, or not an object.
    """
    try:
        content = strict_json.decode(body)
    except UnicodeDecodeError:
        raise _not_utf8(body) from None
    except msgspec.DecodeError as error:
        raise _malformed(body, error) from None
    if not isinstance(content, dict):
        message = 'the body must be an object: {"records": [...]} or one record'
        raise MalformedBody(message, 0)
    return content


def _malformed(body: bytes, error: msgspec.DecodeError) -> MalformedBody:
    if not body.strip():
        return MalformedBody('the body is empty: send {"records": [...]} or one record', 0)
    found = _BYTE.search(str(error))
    if found is None:
        return MalformedBody(f"the body ends too early, at byte {len(body)}", len(body))
    # The library counts what trails a complete document from 1, everything else from 0.
    position = int(found[1]) - ("trailing characters" in str(error))
    return MalformedBody(f"the body is not JSON at byte {position}", position)


def _not_utf8(body: bytes) -> MalformedBody:
    try:
        body.decode()
    except UnicodeDecodeError as error:
        return MalformedBody(f"the body is not UTF-8 at byte {error.start}", error.start)
    return MalformedBody("the body holds a text that is not UTF-8")


def _check_media_type(content_type: str) -> None:
    kind, _, parameters = content_type.lower().partition(";")
    charset = parameters.strip().removeprefix("charset=").strip('"')
    if kind.strip() != "application/json" or charset not in ("", "utf-8", "utf8"):
        message = "the body must be sent as application/json in UTF-8"
        raise UnsupportedMediaType(message)


def _too_large(max_bytes: int) -> BodyTooLarge:
    return BodyTooLarge(f"the body may have at most {max_bytes} bytes: split the records")
