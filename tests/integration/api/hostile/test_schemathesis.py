"""The OpenAPI document holds: schemathesis asks what it allows, and what it does not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from api.security.callers import Role
from tests.integration.api.hostile.conftest import Keys
from tests.integration.api.real_server import ROOT, Server

CASES = int(os.environ.get("VIGIA_TEST_FUZZ_CASES", "10000"))
SEED = os.environ.get("VIGIA_TEST_FUZZ_SEED", "1")
SETTINGS = Path(__file__).parent / "schemathesis.toml"
# From most to least of the service that a role may call.
ROLES = (Role.CLINICIAN, Role.OPERATOR, Role.AUDITOR, Role.MONITOR)


def fuzz(service: Server, key: str, phases: str, each: int) -> int:
    """Ask every operation up to `each` times in a phase; return how many cases there were."""
    done = subprocess.run(
        (
            *(sys.executable, "-m", "schemathesis.cli", "--no-color"),
            *("--config-file", str(SETTINGS), "run"),
            *(f"{service.url}/openapi.json", "--header", f"Authorization: Bearer {key}"),
            *("--phases", phases, "--max-examples", str(each)),
            *("--seed", SEED),
        ),
        cwd=service.state,  # where it leaves its cache
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_PROXY": "*"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2000:]
    assert "request_failed" not in service.log
    counted = re.search(r"^  (\d+) generated", done.stdout, re.MULTILINE)
    assert counted, done.stdout
    return int(counted[1])


def operations(service: Server, key: str) -> int:
    headers = {"x-api-key": key}
    document = httpx.get(f"{service.url}/openapi.json", headers=headers, trust_env=False).json()
    return sum(len(path) for path in document["paths"].values())


@pytest.mark.timeout(600)
def test_a_few_hundred_requests_are_answered_as_documented(service: Server, made: Keys) -> None:
    assert fuzz(service, made[Role.CLINICIAN], "examples,fuzzing", 5) >= 300


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_ten_thousand_requests_are_answered_as_documented(service: Server, made: Keys) -> None:
    """Every role once; a role that may less is asked less."""
    asked = 0
    for share, role in zip((0.4, 0.4, 0.1, 0.1), ROLES, strict=True):
        each = max(5, round(share * CASES / operations(service, made[role])))
        asked += fuzz(service, made[role], "examples,coverage,fuzzing,stateful", each)
    assert asked >= CASES
