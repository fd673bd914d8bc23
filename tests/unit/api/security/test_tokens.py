# ruff: noqa: ASYNC240 - nothing else runs on a test's event loop
from __future__ import annotations

import base64
import hmac
import json
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from api.security.callers import Caller, Role
from api.security.errors import IdentityProviderAway, NotAuthenticated, Refused
from api.security.issuer_keys import IssuerKeys
from api.security.settings import SecuritySettings
from api.security.token_verifier import TokenVerifier
from ml.errors import InvalidSettings

pytestmark = pytest.mark.anyio

ISSUER = "https://id.example"
FIRST, SECOND = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
CURVE = ec.generate_private_key(ec.SECP256R1())


def published(**keys: Any) -> str:
    """Return the key set of an issuer."""
    found = []
    for identity, key in keys.items():
        algorithm = jwt.algorithms.RSAAlgorithm
        found.append({**algorithm.to_jwk(key.public_key(), as_dict=True), "kid": identity})
    return json.dumps({"keys": found})


@pytest.fixture
def key_set(tmp_path: Path) -> Path:
    path = tmp_path / "jwks.json"
    path.write_text(published(first=FIRST))
    return path


@pytest.fixture
def settings(key_set: Path) -> SecuritySettings:
    return SecuritySettings(
        auth="oidc",
        oidc_issuer=ISSUER,
        oidc_audience="vigia",
        oidc_jwks=str(key_set),
        oidc_role_claim="realm_access.roles",
        oidc_role_map={"ward-physician": Role.CLINICIAN},
        oidc_leeway_seconds=5,
    )


@pytest.fixture
def verifier(settings: SecuritySettings, monkeypatch: pytest.MonkeyPatch) -> TokenVerifier:
    monkeypatch.setattr("api.security.issuer_keys._COOL_DOWN_SECONDS", 0.0)
    return TokenVerifier(settings, IssuerKeys(settings.oidc_jwks, 300))


def token(
    key: Any = FIRST, *, algorithm: str = "RS256", kid: str | None = "first", **claims: Any
) -> bytes:
    now = time.time()
    content = {
        "iss": ISSUER,
        "aud": "vigia",
        "sub": "dr-ada",
        "iat": now,
        "exp": now + 300,
        "realm_access": {"roles": ["ward-physician", "offline_access"]},
    }
    content |= claims
    content = {name: value for name, value in content.items() if value is not None}
    return jwt.encode(content, key, algorithm, headers={"kid": kid} if kid else {}).encode()


async def refusal(verifier: TokenVerifier, sent: bytes) -> str:
    with pytest.raises(NotAuthenticated) as refused:
        await verifier.verify(sent, b"")
    assert sent.decode("latin-1") not in str(refused.value)
    return refused.value.reason


async def test_a_valid_token_names_its_caller_and_grants_the_mapped_roles(
    verifier: TokenVerifier,
) -> None:
    caller, seconds = await verifier.verify(token(), b"")
    assert caller == Caller("dr-ada", frozenset({Role.CLINICIAN}))
    assert 0 < seconds <= 60
    _, seconds = await verifier.verify(token(exp=time.time() + 2), b"")
    assert seconds <= 7


@pytest.mark.parametrize(
    ("roles", "granted"),
    [
        (["auditor", "operator"], {Role.AUDITOR, Role.OPERATOR}),
        ("monitor", {Role.MONITOR}),
        (["Clinician", 3, None, ["clinician"]], set()),
        ({"clinician": True}, set()),
        (None, set()),
    ],
)
async def test_only_values_that_stand_for_a_role_grant_one(
    verifier: TokenVerifier, roles: Any, granted: set[Role]
) -> None:
    caller, _ = await verifier.verify(token(realm_access={"roles": roles}), b"")
    assert caller.roles == granted


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": "https://evil.example"}, "wrong_issuer"),
        ({"aud": "another"}, "wrong_audience"),
        ({"exp": time.time() - 60}, "expired_token"),
        ({"nbf": time.time() + 3600}, "immature_token"),
        ({"exp": None}, "missing_claim"),
        ({"aud": None}, "missing_claim"),
        ({"iss": None}, "missing_claim"),
        ({"sub": None}, "missing_claim"),
        ({"kid": None}, ""),
    ],
)
async def test_a_wrong_claim_is_refused(
    verifier: TokenVerifier, claims: dict[str, Any], reason: str
) -> None:
    if not reason:
        assert await refusal(verifier, token(kid=None)) == "malformed"
        return
    assert await refusal(verifier, token(**claims)) == reason


async def test_clocks_may_differ_by_the_leeway(verifier: TokenVerifier) -> None:
    await verifier.verify(token(exp=time.time() - 3), b"")
    assert await refusal(verifier, token(exp=time.time() - 8)) == "expired_token"


async def test_a_signature_of_another_key_is_refused(verifier: TokenVerifier) -> None:
    assert await refusal(verifier, token(SECOND)) == "invalid_token"


async def test_a_token_without_a_signature_is_refused(verifier: TokenVerifier) -> None:
    assert await refusal(verifier, token(None, algorithm="none")) == "invalid_token"


async def test_a_signature_with_the_public_key_as_secret_is_refused(
    verifier: TokenVerifier,
) -> None:
    """The classic confusion: what everybody knows, used as the secret of HS256."""
    public = FIRST.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT","kid":"first"}').rstrip(b"=")
    signed = header + b"." + token().split(b".")[1]
    signature = hmac.digest(public, signed, "sha256")
    forged = signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")
    assert await refusal(verifier, forged) == "invalid_token"


async def test_an_algorithm_that_is_not_set_is_refused(verifier: TokenVerifier) -> None:
    assert await refusal(verifier, token(algorithm="PS256")) == "invalid_token"
    assert await refusal(verifier, token(CURVE, algorithm="ES256")) == "invalid_token"


@pytest.mark.parametrize("sent", [b"a.b.c", b"\xff\xfe", b"vigia_0_0", token()[:-20]])
async def test_what_is_no_token_is_refused(verifier: TokenVerifier, sent: bytes) -> None:
    assert await refusal(verifier, sent) in {"malformed", "invalid_token"}


async def test_a_rotated_key_is_found_and_the_one_before_ends(
    verifier: TokenVerifier, key_set: Path
) -> None:
    await verifier.verify(token(), b"")
    assert await refusal(verifier, token(SECOND, kid="second")) == "unknown_kid"
    key_set.write_text(published(second=SECOND))
    caller, _ = await verifier.verify(token(SECOND, kid="second"), b"")
    assert caller.name == "dr-ada"
    assert await refusal(verifier, token()) == "unknown_kid"


async def test_an_issuer_that_is_away_is_not_the_callers_fault(
    verifier: TokenVerifier, key_set: Path
) -> None:
    key_set.unlink()
    with pytest.raises(IdentityProviderAway):
        await verifier.verify(token(), b"")
    key_set.write_text(published(first=FIRST))
    await verifier.verify(token(), b"")
    key_set.unlink()
    await verifier.verify(token(), b"")  # the last keys stay


async def test_unknown_keys_cannot_make_us_ask_the_issuer_without_end(
    settings: SecuritySettings, key_set: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = jwt.PyJWKSet.from_json

    def counted(text: str) -> jwt.PyJWKSet:
        asked.append(text)
        return real(text)

    monkeypatch.setattr(jwt.PyJWKSet, "from_json", counted)
    verifier = TokenVerifier(settings, IssuerKeys(settings.oidc_jwks, 300))
    for number in range(20):
        with pytest.raises(Refused):
            await verifier.verify(token(kid=f"k{number}"), b"")
    assert len(asked) == 1


@pytest.mark.parametrize("algorithm", ["none", "HS256", ""])
def test_an_unsafe_algorithm_cannot_be_set(settings: SecuritySettings, algorithm: str) -> None:
    with pytest.raises((ValueError, InvalidSettings), match=r"(?i)oidc_algorithms"):
        SecuritySettings(**settings.model_dump() | {"oidc_algorithms": algorithm})
