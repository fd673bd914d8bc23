"""A small OpenID Connect provider on the loopback: Authlib's server over real HTTP.

It signs in whoever gives a name, as an organisation's would after its own checks, and says
which roles each name has.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from flask import Flask, request
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

from tests.e2e.identity_grants import GivenCode, IdToken, Pages, code_grant


class Provider:
    """What the provider knows.

    Args:
        url: its own address, the issuer of its tokens.
        redirect_uri: where the pages take visitors back.
        roles: of each person.
    """

    def __init__(self, url: str, redirect_uri: str, roles: dict[str, list[str]]) -> None:
        self.url = url
        self.client = Pages(redirect_uri)
        self.roles = roles
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self.codes: dict[str, GivenCode] = {}
        self.signed_out = 0

    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "end_session_endpoint": f"{self.url}/end",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid", "profile", "email"],
        }

    def application(self) -> Flask:
        """Return the provider's web application."""
        known, app = self, Flask("identity provider")

        server = AuthorizationServer(
            app, query_client=lambda _: known.client, save_token=lambda *_: None
        )
        tokens = IdToken(self.url, self.key, self.codes, self.roles)
        server.register_grant(code_grant(self.codes), [tokens])

        @app.get("/.well-known/openid-configuration")
        def metadata() -> dict[str, Any]:
            return known.metadata()

        @app.get("/jwks")
        def jwks() -> dict[str, Any]:
            return {"keys": [known.key.as_dict(private=False)]}

        @app.get("/authorize")
        def ask() -> str:
            return (
                '<form method="post"><label>Name <input name="name"></label>'
                "<button>Go on</button></form>"
            )

        @app.post("/authorize")
        def authorize() -> Any:
            name = request.form["name"]
            grant = server.get_consent_grant(end_user=name)
            return server.create_authorization_response(grant=grant, grant_user=name)

        @app.post("/token")
        def token() -> Any:
            return server.create_token_response()

        @app.get("/end")
        def end() -> str:
            known.signed_out += 1
            return "You have signed out."

        return app


@contextmanager
def providing(port: int, redirect_uri: str, roles: dict[str, list[str]]) -> Iterator[Provider]:
    """Provide identities until the block ends."""
    provider = Provider(f"http://127.0.0.1:{port}", redirect_uri, roles)
    server = make_server("127.0.0.1", port, provider.application(), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
