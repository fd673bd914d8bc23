"""The errors of the HTTP door, and the one table from the error tree to HTTP.

They are twigs of the tree in `ml/errors.py`, as are those of `api/security/errors.py`,
`api/batch/errors.py` and `api/webhooks/errors.py`:

    UserError
    ├── MalformedBody         not JSON, not UTF-8, or not an object
    ├── UnsupportedMediaType  a content type other than JSON
    ├── BodyTooLarge          more bytes than the limit
    ├── InvalidRequest        JSON, but not a list of records
    └── UnknownPrediction     no prediction of that id is in the history
    VigiaError
    ├── HistoryFull           a prediction could not be kept, so it is not given
    └── HistoryUnavailable    the database of the history does not answer
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple

from api.batch.errors import BatchesBusy, DiskFull, JobNotDone, TooManyJobs, UnknownJob
from api.security.errors import (
    IdentityProviderAway,
    NotAllowed,
    NotAuthenticated,
    Overloaded,
    RequestTimedOut,
    TooManyRequests,
)
from api.webhooks.errors import RepeatedDelivery, UnsignedDelivery, WebhookOff
from ml.errors import (
    BundleInvalid,
    DataError,
    InvalidRecord,
    ModelError,
    NoModel,
    RegistryUnavailable,
    UnknownProblem,
    UserError,
    VigiaError,
)


class MalformedBody(UserError):
    """The body cannot be read as a JSON object.

    Args:
        message: what was wrong and where.
        position: offset of the first offending byte, where it is known.
    """

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.position = position


class UnsupportedMediaType(UserError):
    """The body's content type is not JSON."""


class BodyTooLarge(UserError):
    """The body has more bytes than `VIGIA_BODY_MAX_BYTES`."""


class InvalidRequest(UserError):
    """The body is JSON, but not records.

    Args:
        rule: short machine-readable name of the broken rule.
        message: what is allowed.
        record: index of the offending record, or `None` for the whole body.
        field: name of the offending member of the body.
    """

    def __init__(
        self, rule: str, message: str, *, record: int | None = None, field: str = "records"
    ) -> None:
        super().__init__(message)
        self.rule = rule
        self.record = record
        self.field = field


class UnknownPrediction(UserError):
    """No prediction of that id is in the history."""


class HistoryFull(VigiaError):
    """A prediction could not be kept, so it is not given: the spool takes no more."""


class HistoryUnavailable(VigiaError):
    """The database of the history does not answer; predictions go on, and none is lost."""


class Kind(NamedTuple):
    """How an error of the tree appears in HTTP."""

    status: HTTPStatus
    slug: str
    title: str


KINDS: Mapping[type[VigiaError], Kind] = {
    MalformedBody: Kind(HTTPStatus.BAD_REQUEST, "malformed-body", "The body cannot be read"),
    UnsupportedMediaType: Kind(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "unsupported-media-type",
        "The content type is not accepted",
    ),
    BodyTooLarge: Kind(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body-too-large", "The body is too large"
    ),
    InvalidRequest: Kind(
        HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", "The body holds no usable records"
    ),
    InvalidRecord: Kind(
        HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-record", "A record breaks the contract"
    ),
    UnknownPrediction: Kind(HTTPStatus.NOT_FOUND, "unknown-prediction", "No such prediction"),
    HistoryFull: Kind(
        HTTPStatus.SERVICE_UNAVAILABLE, "history-full", "The history takes no more predictions"
    ),
    HistoryUnavailable: Kind(
        HTTPStatus.SERVICE_UNAVAILABLE, "history-unavailable", "The history is away"
    ),
    UnknownProblem: Kind(HTTPStatus.NOT_FOUND, "unknown-problem", "No such clinical problem"),
    NotAuthenticated: Kind(
        HTTPStatus.UNAUTHORIZED, "not-authenticated", "Say who you are, with a valid key or token"
    ),
    NotAllowed: Kind(HTTPStatus.FORBIDDEN, "not-allowed", "Your role may not do this"),
    TooManyRequests: Kind(HTTPStatus.TOO_MANY_REQUESTS, "too-many-requests", "Too many requests"),
    RequestTimedOut: Kind(HTTPStatus.REQUEST_TIMEOUT, "request-timed-out", "The body was too slow"),
    Overloaded: Kind(HTTPStatus.SERVICE_UNAVAILABLE, "overloaded", "The service is full"),
    IdentityProviderAway: Kind(
        HTTPStatus.SERVICE_UNAVAILABLE, "identity-provider-away", "The identity provider is away"
    ),
    WebhookOff: Kind(HTTPStatus.NOT_FOUND, "webhook-off", "Deliveries are not taken"),
    UnsignedDelivery: Kind(
        HTTPStatus.UNAUTHORIZED, "unsigned-delivery", "The delivery is not the registry's"
    ),
    RepeatedDelivery: Kind(
        HTTPStatus.CONFLICT, "repeated-delivery", "The delivery was taken already"
    ),
    UnknownJob: Kind(HTTPStatus.NOT_FOUND, "unknown-job", "No such job"),
    JobNotDone: Kind(HTTPStatus.CONFLICT, "job-not-done", "The job has no result"),
    TooManyJobs: Kind(HTTPStatus.TOO_MANY_REQUESTS, "too-many-jobs", "Too many jobs are kept"),
    BatchesBusy: Kind(HTTPStatus.SERVICE_UNAVAILABLE, "batches-busy", "Too many uploads"),
    DiskFull: Kind(HTTPStatus.SERVICE_UNAVAILABLE, "disk-full", "Nothing can be written"),
    UserError: Kind(HTTPStatus.BAD_REQUEST, "bad-request", "The request cannot be served"),
    DataError: Kind(HTTPStatus.BAD_GATEWAY, "data-error", "The data cannot be used"),
    NoModel: Kind(HTTPStatus.SERVICE_UNAVAILABLE, "no-model", "No model is loaded"),
    BundleInvalid: Kind(HTTPStatus.BAD_GATEWAY, "bundle-invalid", "The promoted model was refused"),
    ModelError: Kind(HTTPStatus.BAD_GATEWAY, "model-error", "The model cannot be used"),
    RegistryUnavailable: Kind(
        HTTPStatus.SERVICE_UNAVAILABLE, "registry-unavailable", "The model registry is away"
    ),
    # What stands for other doors; were it ever raised here, it would be a fault of ours.
    VigiaError: Kind(HTTPStatus.INTERNAL_SERVER_ERROR, "failure", "The service failed"),
}


def kind_of(error: VigiaError) -> Kind:
    """Return the entry of the error's class, or of its nearest ancestor in the table."""
    return next(KINDS[cls] for cls in type(error).__mro__ if cls in KINDS)
