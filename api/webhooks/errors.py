"""Why a delivery of the registry is refused.

UserError
├── WebhookOff          there is no secret to check deliveries with
├── UnsignedDelivery    not signed with the secret, or not now
└── RepeatedDelivery    taken once already
"""

from __future__ import annotations

from api.security.errors import NotAuthenticated, Refused
from ml.errors import UserError


class WebhookOff(Refused, UserError):
    """No secret is set, so nobody could tell the registry's deliveries from anybody's."""

    def __init__(self) -> None:
        message = (
            "deliveries of the model registry are not taken here: set VIGIA_WEBHOOK_SECRET to "
            "the secret of MLflow's webhook; until then the registry is asked by itself"
        )
        super().__init__(message, "off", {})


class UnsignedDelivery(NotAuthenticated):
    """The delivery is not signed with the secret, or not at this time."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message, reason)
        # A key or a token would not help here.
        self.headers = {"www-authenticate": "MLflow-Signature"}


class RepeatedDelivery(Refused, UserError):
    """The delivery was taken once already."""

    def __init__(self) -> None:
        super().__init__("this delivery was taken already; sign a new one", "repeated", {})
