"""`python -m api.webhooks --url URL`: let MLflow tell this service what was promoted."""

from __future__ import annotations

import argparse
import sys

from api.webhooks.registration import ROUTE, register
from api.webhooks.settings import WebhookSettings
from ml.errors import InvalidSettings, VigiaError
from ml.registry import Registry


def main(arguments: list[str] | None = None) -> int:
    """Register the webhook and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m api.webhooks", description=__doc__)
    parser.add_argument("--url", required=True, help="address of the service, as MLflow sees it")
    parser.add_argument("--name", default="vigia", help="of the webhook; one for each service")
    asked = parser.parse_args(arguments)
    try:
        _register(asked.name, asked.url)
    except VigiaError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


def _register(name: str, url: str) -> None:
    settings = WebhookSettings()
    secret = settings.webhook_secret.get_secret_value()
    if not secret:
        message = "set VIGIA_WEBHOOK_SECRET to the same random secret here and for the service"
        raise InvalidSettings(message)
    address = url.rstrip("/") + ROUTE
    identity = register(Registry(settings.mlflow_tracking_uri), name, address, secret)
    sys.stdout.write(f"webhook {name} ({identity}) delivers to {address}\n")


if __name__ == "__main__":
    sys.exit(main())
