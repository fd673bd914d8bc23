"""What the provider of the tests gives out: codes, and the tokens for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc6749.models import AuthorizationCodeMixin, ClientMixin
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from joserfc.jwk import RSAKey

CLIENT, SECRET = "vigia", "only-the-pages-know"


class Pages(ClientMixin):  # type: ignore[misc] # Authlib is not typed
    """The one client: the pages, as registered at the provider."""

    def __init__(self, redirect_uri: str) -> None:
        self._redirect_uri = redirect_uri

    def get_client_id(self) -> str:
        return CLIENT

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self._redirect_uri

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in {"client_secret_basic", "client_secret_post"}

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


class _Code(NamedTuple):
    code: str
    redirect_uri: str
    scope: str
    nonce: str | None
    user: str


class GivenCode(AuthorizationCodeMixin):  # type: ignore[misc] # the same
    """A code that was given out, and to whom."""

    def __init__(self, given: _Code) -> None:
        self.given = given

    def get_redirect_uri(self) -> str:
        return self.given.redirect_uri

    def get_scope(self) -> str:
        return self.given.scope

    def get_nonce(self) -> str | None:
        return self.given.nonce

    def get_auth_time(self) -> None:
        return None

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


def code_grant(codes: dict[str, GivenCode]) -> type[grants.AuthorizationCodeGrant]:
    """Return a grant that keeps its codes in a dictionary."""

    class CodeGrant(grants.AuthorizationCodeGrant):  # type: ignore[misc] # Authlib is not typed
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")

        def save_authorization_code(self, code: str, request: Any) -> None:
            payload = request.payload
            given = _Code(
                code,
                payload.redirect_uri,
                request.scope,
                payload.data.get("nonce"),
                request.user,
            )
            codes[code] = GivenCode(given)

        def query_authorization_code(self, code: str, client: Any) -> GivenCode | None:
            return codes.get(code)

        def delete_authorization_code(self, authorization_code: GivenCode) -> None:
            del codes[authorization_code.given.code]

        def authenticate_user(self, authorization_code: GivenCode) -> str:
            return authorization_code.given.user

    return CodeGrant


class IdToken(OpenIDCode):  # type: ignore[misc] # Authlib is not typed
    """Tokens that say who somebody is, and which roles they have.

    Args:
        issuer: who signs them.
        key: with what.
        codes: those that were given out.
        roles: of each person.
    """

    def __init__(
        self,
        issuer: str,
        key: RSAKey,
        codes: dict[str, GivenCode],
        roles: Mapping[str, list[str]],
    ) -> None:
        super().__init__()
        self._issuer, self._key, self._codes, self._roles = issuer, key, codes, roles

    def exists_nonce(self, nonce: str, request: Any) -> bool:
        return any(code.given.nonce == nonce for code in self._codes.values())

    def resolve_client_private_key(self, client: Any) -> RSAKey:
        return self._key

    def get_encode_header(self, client: Any) -> dict[str, Any]:
        # Authlib names no key by itself where there is but one.
        header: dict[str, Any] = super().get_encode_header(client)
        return header | {"kid": self._key.kid}

    def get_client_claims(self, client: Any) -> dict[str, Any]:
        return {"iss": self._issuer, "aud": CLIENT}

    def generate_user_info(self, user: str, scope: str) -> UserInfo:
        return UserInfo(sub=user, name=user, roles=self._roles[user])
