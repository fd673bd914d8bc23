"""Why a request is refused before it reaches its route.

UserError
├── NotAuthenticated      no credentials, or such that are not valid
├── NotAllowed            valid credentials of a role that may not do this
├── TooManyRequests       more than the caller's share
└── RequestTimedOut       the body came too slowly, or the answer took too long
VigiaError
├── Overloaded            as many requests as the worker takes are under way
├── AnswerBroken          an answer that had begun went on too slowly
└── IdentityProviderAway  the keys that tokens are checked with could not be had
"""

from __future__ import annotations

from collections.abc import Mapping

from ml.errors import UserError, VigiaError

_BEARER = 'Bearer realm="vigia"'


class Refused(VigiaError):
    """A refusal that knows its reason, for the metric, and its headers.

    Args:
        message: what was wrong, and what to do.
        reason: short machine-readable word.
        headers: what the answer carries beside the document.
    """

    def __init__(self, message: str, reason: str, headers: Mapping[str, str]) -> None:
        super().__init__(message)
        self.reason = reason
        self.headers = headers


class NotAuthenticated(Refused, UserError):
    """No credentials, or such that are not valid; the message never repeats them."""

    def __init__(self, message: str, reason: str) -> None:
        # RFC 6750: the error code is for credentials that were sent, and wrong.
        error = "" if reason == "no_credentials" else ', error="invalid_token"'
        super().__init__(message, reason, {"www-authenticate": _BEARER + error})


class NotAllowed(Refused, UserError):
    """The caller is known, but its role may not do this."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "forbidden", {})


class TooManyRequests(Refused, UserError):
    """The caller has used up its share for the moment."""

    def __init__(self, message: str, reason: str, seconds: int) -> None:
        super().__init__(message, reason, {"retry-after": str(seconds)})


class RequestTimedOut(Refused, UserError):
    """The request's body came too slowly."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "slow_body", {"connection": "close"})


class Overloaded(Refused):
    """The worker has as many requests under way as it takes, or took too long for one."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message, reason, {"retry-after": "1"})


class AnswerBroken(Refused):
    """An answer that had begun took too long to go on, or to be taken."""

    def __init__(self) -> None:
        super().__init__("the answer was broken off", "broken_answer", {})


class IdentityProviderAway(Refused):
    """The keys that tokens are checked with could not be had."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "identity_provider_away", {"retry-after": "5"})
