"""Settings of the pages, from the environment; every name begins with `VIGIA_`."""

from __future__ import annotations

from functools import cache
from typing import Literal

from pydantic import Field, HttpUrl, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What the pages need to know of their surroundings.

    Args:
        api_url: address of the prediction API.
        api_key: the pages' own key for it, where it asks for one; made by
            `python -m api.security add-key --role clinician --name pages`.
        api_timeout_seconds: how long the API may stay silent before it counts as away.
        ui_login: how a visitor is known: `off`, where the pages' own key speaks for all; `key`,
            where each types an API key; `oidc`, where the identity provider of Streamlit's
            `[auth]` secrets is asked, which must expose the `id` token.
        otlp_endpoint: OTLP/HTTP address of a collector of traces; none are made without it.
        language: the language of a page that is opened for the first time.
    """

    model_config = SettingsConfigDict(env_prefix="VIGIA_", extra="ignore", frozen=True)

    api_url: HttpUrl = HttpUrl("http://127.0.0.1:8000")
    api_key: SecretStr = SecretStr("")
    api_timeout_seconds: float = Field(default=10.0, gt=0)
    ui_login: Literal["off", "key", "oidc"] = "off"
    otlp_endpoint: str = ""
    language: Literal["en", "es"] = "en"


@cache
def settings() -> Settings:
    """Return the settings of this process, read once."""
    return Settings()
