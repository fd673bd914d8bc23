"""What the OpenAPI document says of the security: how to show a key, and how one is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from api.security.matrix import PUBLIC

_SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key, or a token of the identity provider.",
    },
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
_REFUSALS = {
    "401": "No valid key or token was sent.",
    "403": "The caller's role may not do this.",
    "408": "The body came too slowly.",
    "429": "The caller has used up its share; wait Retry-After seconds.",
    "503": "The service is full; wait Retry-After seconds.",
}


def describe(document: dict[str, Any], refusal: Callable[[str], dict[str, Any]]) -> None:
    """Add the schemes, and to every operation that is not public its refusals.

    Args:
        document: the OpenAPI document.
        refusal: tells what the answer of a refusal holds at an address, by media type.
    """
    document.setdefault("components", {})["securitySchemes"] = _SCHEMES
    for address, path in document["paths"].items():
        for operation in path.values():
            if operation["operationId"] in PUBLIC:
                continue
            operation["security"] = [{"bearer": []}, {"key": []}]
            for status, description in _REFUSALS.items():
                answer = {"description": description, "content": refusal(address)}
                operation["responses"].setdefault(status, answer)
