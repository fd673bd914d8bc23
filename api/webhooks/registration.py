"""Telling MLflow where to deliver."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from api.webhooks.events import EVENTS

if TYPE_CHECKING:
    from mlflow.entities.webhook import Webhook, WebhookEvent, WebhookEventStr

    from ml.registry import Registry

ROUTE = "/webhooks/registry"


def register(registry: Registry, name: str, url: str, secret: str) -> str:
    """Make the webhook of a service, or bring the one of its name up to date; repeatable.

    The secret is written at every call: MLflow never shows which one it holds.

    Args:
        registry: where to register.
        name: of the webhook, one for each service.
        url: where MLflow reaches the service's route.
        secret: signs the deliveries.

    Returns:
        The id that MLflow gave to the webhook.

    Raises:
        RegistryUnavailable: MLflow does not answer, or does not take it; the message says why.
    """
    return registry.call(_register, registry, name, url, secret)


def _register(registry: Registry, name: str, url: str, secret: str) -> str:
    client = registry.client
    events: list[WebhookEventStr | WebhookEvent] = list(EVENTS)
    found = [webhook.webhook_id for webhook in _all(registry) if webhook.name == name]
    if not found:
        return client.create_webhook(name, url, events, secret=secret).webhook_id
    # MLflow takes several of one name: two that registered at once may have made two.
    for superfluous in found[1:]:
        client.delete_webhook(superfluous)
    client.update_webhook(found[0], url=url, events=events, secret=secret, status="ACTIVE")
    return found[0]


def _all(registry: Registry) -> Iterator[Webhook]:
    token = None
    while True:
        page = registry.client.list_webhooks(page_token=token)
        yield from page
        token = page.token
        if not token:
            return
