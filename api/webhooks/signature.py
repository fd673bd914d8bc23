"""The signature of MLflow's deliveries, as `mlflow.webhooks.delivery` makes it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping

import msgspec

from api.webhooks.errors import UnsignedDelivery

SIGNATURE, DELIVERY, TIMESTAMP = (
    "x-mlflow-signature",
    "x-mlflow-delivery-id",
    "x-mlflow-timestamp",
)
_VERSION = "v1"
_LONGEST_HEADER = 200


class Signed(msgspec.Struct, frozen=True):
    """What the headers of a delivery say, of which nothing is proven yet."""

    delivery: str
    timestamp: str
    signature: str


def claimed(headers: Mapping[str, str], tolerance_seconds: float) -> Signed:
    """Return what the headers say, if it was said just now.

    Raises:
        UnsignedDelivery: a header is missing or malformed, or the time is not now.
    """
    found = [headers.get(name, "") for name in (DELIVERY, TIMESTAMP, SIGNATURE)]
    if not all(0 < len(value) <= _LONGEST_HEADER for value in found):
        message = f"a delivery carries {DELIVERY}, {TIMESTAMP} and {SIGNATURE}"
        raise UnsignedDelivery(message, "unsigned")
    signed = Signed(*found)
    if not (signed.timestamp.isascii() and signed.timestamp.isdigit()):
        raise UnsignedDelivery(f"{TIMESTAMP} holds whole seconds since 1970", "unsigned")
    if abs(time.time() - int(signed.timestamp)) > tolerance_seconds:
        message = (
            f"the delivery was signed more than {tolerance_seconds:g} seconds from now: "
            f"compare the clocks of the registry and of this machine"
        )
        raise UnsignedDelivery(message, "stale")
    return signed


def verify(signed: Signed, body: bytes, secret: str) -> None:
    """Raise `UnsignedDelivery` unless the body was signed with the secret."""
    expected = sign(signed.delivery, signed.timestamp, body, secret)
    if not hmac.compare_digest(expected.encode(), signed.signature.encode("latin-1")):
        message = "the signature does not match: the registry's secret is another one"
        raise UnsignedDelivery(message, "wrong_signature")


def sign(delivery: str, timestamp: str, body: bytes, secret: str) -> str:
    """Return the signature that the registry sends with a delivery."""
    content = f"{delivery}.{timestamp}.".encode("latin-1") + body
    digest = hmac.new(secret.encode(), content, hashlib.sha256).digest()
    return f"{_VERSION},{base64.b64encode(digest).decode()}"
