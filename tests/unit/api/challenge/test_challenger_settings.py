from __future__ import annotations

import pytest

from api.settings import Settings
from ml.errors import InvalidSettings


def read(monkeypatch: pytest.MonkeyPatch, value: str) -> Settings:
    monkeypatch.setenv("VIGIA_CHALLENGERS", value)
    return Settings(default_problem="toy")


def test_no_problem_has_a_challenger_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings(default_problem="toy").challengers == {}
    assert read(monkeypatch, "").challengers == {}


def test_a_challenger_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(monkeypatch, '{"toy": {"mode": "ab", "share": 0.25, "salt": "second"}}')
    challenge = found.challengers["toy"]
    assert (challenge.mode, challenge.share, challenge.salt) == ("ab", 0.25, "second")


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ('{"heart": {"mode": "ab", "share": 0.1}}', "heart, which is not among"),
        ('{"toy": {"mode": "ab", "share": 1.1}}', r"toy\.share: .*less than or equal to 1"),
        ('{"toy": {"mode": "ab", "share": -0.1}}', r"toy\.share: .*greater than or equal to 0"),
        ('{"toy": {"mode": "ab", "share": NaN}}', r"toy\.share"),
        ('{"toy": {"mode": "ab", "share": "much"}}', r"toy\.share: .*number"),
        ('{"toy": {"mode": "canary", "share": 0.1}}', r"toy\.mode: .*'shadow' or 'ab'"),
        ('{"toy": {"mode": "ab"}}', r"toy\.share: Field required"),
        ('{"toy": {"mode": "ab", "share": 0.1, "salz": "x"}}', r"toy\.salz"),
        ('{"toy": 0.1}', "toy: Input should be an object"),
        ("[]", "must be an object of problems"),
        ("toy", "VIGIA_CHALLENGERS is wrong: Invalid JSON"),
    ],
)
def test_what_is_wrong_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, value: str, named: str
) -> None:
    with pytest.raises(InvalidSettings, match=named):
        read(monkeypatch, value)
