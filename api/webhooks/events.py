"""What a delivery says."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec

from api import strict_json
from api.body import object_of
from api.errors import InvalidRequest

if TYPE_CHECKING:
    from mlflow.entities.webhook import WebhookEventStr

EVENTS: tuple[WebhookEventStr, ...] = (
    "model_version_alias.created",
    "model_version_alias.deleted",
)
Outcome: TypeAlias = Literal["accepted", "ignored"]


class Event(msgspec.Struct, frozen=True):
    """An event of the registry; of its further members none is needed.

    Args:
        entity: what kind of thing it is about.
        action: what was done to it.
        data: the rest, by kind.
    """

    entity: str
    action: str
    data: dict[str, Any]


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a delivery; `detail` says why."""

    result: Outcome
    problem: str | None
    detail: str


def read(body: bytes) -> Event:
    """Return the event of a body.

    Raises:
        MalformedBody: it is no JSON object.
        InvalidRequest: it is no event.
    """
    content = object_of(body)
    strict_json.refuse_repeated_names(body, strict_json.names_in(content))
    try:
        return msgspec.convert(content, Event)
    except msgspec.ValidationError as error:
        # Such as: Object missing required field `entity`. It repeats no value.
        raise InvalidRequest("event", f"this is no event of MLflow: {error}", field="") from None


def answer(event: Event, served: Collection[str]) -> Delivery:
    """Return what an event means to a service of some problems."""
    kind, name = f"{event.entity}.{event.action}", event.data.get("name")
    if kind not in EVENTS:
        detail = f"this kind of event changes nothing here; {' and '.join(EVENTS)} do"
    elif not isinstance(name, str) or name not in served:
        detail = f"the model is of no problem served here; there are {', '.join(served)}"
    else:
        detail = "the registry is asked at once which version is promoted"
        return Delivery(result="accepted", problem=name, detail=detail)
    return Delivery(result="ignored", problem=None, detail=detail)
