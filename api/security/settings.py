"""Settings of the API's security, from the environment; every name begins with `VIGIA_`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from api.security.callers import Role
from ml.errors import InvalidSettings

Auth: TypeAlias = Literal["off", "keys", "oidc"]
# Signatures that only the identity provider can make. A shared secret (HS256) could be
# made by whoever can check it, and `none` by everybody: neither can be set.
Algorithm: TypeAlias = Literal[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"
]


class SecuritySettings(BaseSettings):
    """Who may call, how often, and for how long.

    Args:
        environment: outside `development`, nobody calls without a key or a token.
        auth: `keys`, `oidc`, or `off`, which development alone may; without a setting,
            `off` in development and `keys` elsewhere.
        state_dir: folder of everything that is written on this machine.
        keys_file: the file of API keys, `api-keys.json` in `state_dir` where not set;
            `python -m api.security` writes it.
        oidc_issuer: the `iss` of the tokens that are accepted.
        oidc_audience: the `aud` of the tokens that are accepted.
        oidc_jwks: address or file of the issuer's public keys.
        oidc_algorithms: signatures that are accepted, separated by commas.
        oidc_role_claim: the claim that holds the roles; dots lead into objects.
        oidc_role_map: role of each value of that claim, as a JSON object; a value that is
            not named stands for the role of its own name.
        oidc_name_claim: the claim that names the caller in the history.
        oidc_leeway_seconds: how far the clocks of issuer and API may differ.
        oidc_refresh_seconds: how often the issuer's keys are fetched anew.
        rate_limit_per_second: requests of one caller in the long run, for each worker.
        rate_limit_burst: requests of one caller at once, for each worker.
        failures_per_minute: refused credentials of one address that are looked at and
            logged one by one; what is more is refused with 429.
        max_in_flight: requests under way in one worker; what is more is refused with 503.
        header_seconds: how long a connection may take for a request's headers.
        body_seconds: how long a body may take, beside a second for every 64 KiB of it.
        request_seconds: how long an answer may take to begin, and each further piece.
        cors_origins: pages of other origins that may call, separated by commas.
        hsts_seconds: for how long browsers shall insist on TLS; 0 says nothing of it.
        drain_seconds: how long a worker that was told to end still answers.
    """

    model_config = SettingsConfigDict(env_prefix="VIGIA_", extra="ignore", frozen=True)

    environment: Literal["development", "production"] = "development"
    auth: Auth | None = None
    state_dir: Path = Path(".vigia")
    keys_file: Path | None = None
    oidc_issuer: str = ""
    oidc_audience: str = ""
    oidc_jwks: str = ""
    oidc_algorithms: Annotated[tuple[Algorithm, ...], NoDecode] = ("RS256", "ES256")
    oidc_role_claim: str = "roles"
    oidc_role_map: dict[str, Role] = Field(default_factory=dict)
    oidc_name_claim: str = "sub"
    oidc_leeway_seconds: float = Field(default=30.0, ge=0, le=300)
    oidc_refresh_seconds: float = Field(default=300.0, gt=0)
    rate_limit_per_second: float = Field(default=200.0, gt=0)
    rate_limit_burst: int = Field(default=400, ge=1)
    failures_per_minute: int = Field(default=60, ge=1)
    max_in_flight: int = Field(default=256, ge=1)
    header_seconds: float = Field(default=10.0, gt=0)
    body_seconds: float = Field(default=20.0, gt=0)
    request_seconds: float = Field(default=60.0, gt=0)
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    hsts_seconds: int = Field(default=0, ge=0)
    drain_seconds: float = Field(default=1.0, ge=0)

    @property
    def authentication(self) -> Auth:
        """How callers are known: what was set, or the environment's default."""
        return self.auth or ("off" if self.environment == "development" else "keys")

    @property
    def keys_path(self) -> Path:
        """The file of API keys."""
        return self.keys_file or self.state_dir / "api-keys.json"

    @field_validator("cors_origins", "oidc_algorithms", mode="before")
    @classmethod
    def _split_list(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(item.strip() for item in value.split(",") if item.strip())
        return value

    @model_validator(mode="after")
    def _check_security(self) -> Self:
        if self.authentication == "off" and self.environment != "development":
            message = (
                "VIGIA_AUTH is off, which lets everybody call: set VIGIA_AUTH=keys or oidc, "
                "or VIGIA_ENVIRONMENT=development on a machine of your own"
            )
            raise InvalidSettings(message)
        if "*" in self.cors_origins:
            message = "VIGIA_CORS_ORIGINS must name its origins: * would let every page call"
            raise InvalidSettings(message)
        if self.authentication == "oidc":
            self._check_oidc()
        return self

    def _check_oidc(self) -> None:
        needed = {
            "VIGIA_OIDC_ISSUER": self.oidc_issuer,
            "VIGIA_OIDC_AUDIENCE": self.oidc_audience,
            "VIGIA_OIDC_JWKS": self.oidc_jwks,
        }
        missing = [name for name, value in needed.items() if not value]
        if missing or not self.oidc_algorithms:
            names = ", ".join(missing or ["VIGIA_OIDC_ALGORITHMS"])
            raise InvalidSettings(f"VIGIA_AUTH is oidc, which needs {names}")
        if self.oidc_jwks.startswith("http://") and self.environment != "development":
            message = "VIGIA_OIDC_JWKS must be an https address: who can change it can sign tokens"
            raise InvalidSettings(message)
