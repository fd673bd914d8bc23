"""Checking the tokens of an OpenID Connect issuer: signature, issuer, audience, time, roles."""

from __future__ import annotations

import time
from typing import Any

import jwt

from api.security.callers import Caller, Role
from api.security.errors import NotAuthenticated
from api.security.issuer_keys import IssuerKeys
from api.security.settings import SecuritySettings

# How long a token is not checked again; one that is withdrawn earlier lives on that long.
REMEMBER_SECONDS = 60.0
_NEEDED = ("exp", "iat", "iss", "aud", "sub")
# What the caller may know, by what PyJWT found; everything else is the signature.
_FAULTS = {
    jwt.ExpiredSignatureError: "expired_token",
    jwt.ImmatureSignatureError: "immature_token",
    jwt.InvalidIssuerError: "wrong_issuer",
    jwt.InvalidAudienceError: "wrong_audience",
    jwt.MissingRequiredClaimError: "missing_claim",
}


class TokenVerifier:
    """Knows the issuer, what it must say, and its keys.

    Args:
        settings: issuer, audience, algorithms, claims, leeway.
        keys: the issuer's public keys.
    """

    def __init__(self, settings: SecuritySettings, keys: IssuerKeys) -> None:
        self._settings = settings
        self._keys = keys

    async def verify(self, credentials: bytes, _: bytes) -> tuple[Caller, float]:
        """Return the caller of a token.

        Raises:
            NotAuthenticated: the token is not valid.
            IdentityProviderAway: its key is not known, and the issuer's cannot be had.
        """
        token = credentials.decode("latin-1")
        key = await self._keys.find(_key_id(token))
        claims = self._claims(token, key)
        left = claims["exp"] + self._settings.oidc_leeway_seconds - time.time()
        return self._caller(claims), min(REMEMBER_SECONDS, max(left, 0.0))

    def _claims(self, token: str, key: jwt.PyJWK) -> dict[str, Any]:
        settings = self._settings
        try:
            return jwt.decode(
                token,
                key,
                # Both what is set and what the key is for: a token chooses neither.
                algorithms=[a for a in settings.oidc_algorithms if a == key.algorithm_name],
                issuer=settings.oidc_issuer,
                audience=settings.oidc_audience,
                leeway=settings.oidc_leeway_seconds,
                options={"require": list(_NEEDED)},
            )
        except jwt.PyJWTError as error:
            reason = _FAULTS.get(type(error), "invalid_token")
            message = f"the token was refused ({reason.replace('_', ' ')}); ask for a new one"
            raise NotAuthenticated(message, reason) from None

    def _caller(self, claims: dict[str, Any]) -> Caller:
        name = claims.get(self._settings.oidc_name_claim)
        if not isinstance(name, str) or not name:
            message = "the token does not name its caller (VIGIA_OIDC_NAME_CLAIM)"
            raise NotAuthenticated(message, "missing_claim")
        return Caller(name, frozenset(self._roles(claims)))

    def _roles(self, claims: dict[str, Any]) -> set[Role]:
        """Return the roles that the token grants; values that stand for none do not count."""
        found: Any = claims
        for part in self._settings.oidc_role_claim.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        values = [found] if isinstance(found, str) else found if isinstance(found, list) else []
        own = {role.value: role for role in Role}
        known = own | self._settings.oidc_role_map
        return {known[value] for value in values if isinstance(value, str) and value in known}


def _key_id(token: str) -> str:
    try:
        identity = jwt.get_unverified_header(token).get("kid")
    except jwt.PyJWTError:
        identity = None
    if not isinstance(identity, str):
        raise NotAuthenticated("this is no signed token that names its key", "malformed")
    return identity
