"""The stack's own API keys: each service gets one, with the role that it needs and no more."""

from __future__ import annotations

from pathlib import Path

from api.security import key_file, keys
from api.security.callers import Role
from api.security.settings import SecuritySettings
from infra.embedded.credentials import Credentials


def api_key(name: str, role: Role, credentials: Credentials, state_dir: Path) -> str:
    """Return a service's key, made where the API would not know it; empty where it asks nobody.

    Args:
        name: of the service.
        role: what it may do.
        credentials: where the key is kept for the next start.
        state_dir: the folder whose file of keys the API reads.

    Raises:
        InvalidSettings: the API's settings are unsafe, or its file of keys cannot be used.
    """
    if SecuritySettings().authentication != "keys":
        return ""
    kept = credentials.find(f"api-key-{name}")
    with key_file.changing(
        SecuritySettings(state_dir=state_dir, keys_file=None).keys_path
    ) as known:
        if kept is not None and keys.identity_of(kept) in known:
            return kept
        key, entry = keys.make(name, role, None)
        known[entry.id] = entry
    credentials.write(f"api-key-{name}", key)
    return key


def login(state_dir: Path) -> str:
    """Return how a person calls the API: without a login in development, else with a key."""
    match SecuritySettings().authentication:
        case "keys":
            file = SecuritySettings(state_dir=state_dir, keys_file=None).keys_path
            return f"a key: python -m api.security --file {file} add-key --role ... --name ..."
        case "oidc":
            return "a token of the identity provider"
        case "off":
            return "no login"
