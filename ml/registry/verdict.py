"""The verdict on a version, as it is stored with it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from ml.bundle.check import Check
from ml.errors import NoModel
from ml.problems.text import Text

if TYPE_CHECKING:
    from ml.promoted import Version
    from ml.registry.client import Registry

GATE_TAG = "vigia.gate"
_NOTHING = Text("nothing to compare with", "nada con qué comparar")


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What the gates say of a version.

    Args:
        version: the version that was judged.
        passed: whether no gate failed.
        reason: why, in one or a few sentences; of versions that were judged before there was
            a Spanish one, the English stands for both.
        against: the version that was in production then; `None` where there was none.
        at: when, UTC.
        by: who asked.
        checks: what every gate measured, and says.
    """

    version: str
    passed: bool
    reason: Text
    against: str | None
    at: datetime
    by: str
    checks: tuple[Check, ...] = ()

    @property
    def failed(self) -> tuple[Check, ...]:
        """The gates that stop the version."""
        return tuple(check for check in self.checks if check.outcome == "failed")


def reason_of(checks: tuple[Check, ...]) -> Text:
    """Return why a version may be promoted, or every reason why not."""
    failed = [check.reason for check in checks if check.outcome == "failed"]
    if failed:
        return Text.joined("; ", failed)
    compared = [check.reason for check in checks if check.gate.endswith("_against_production")]
    return Text.of(
        "{passed} gates passed; {compared}",
        "{passed} controles superados; {compared}",
        passed=sum(check.outcome == "passed" for check in checks),
        compared=compared[0] if compared else _NOTHING,
    )


def store(registry: Registry, version: Version, verdict: Verdict) -> Verdict:
    """Store a verdict with its version, and return it."""
    text = msgspec.json.encode(verdict).decode()
    set_tag = registry.client.set_model_version_tag
    registry.call(set_tag, version.name, version.number, GATE_TAG, text)
    return verdict


def stored(registry: Registry, version: Version) -> Verdict | None:
    """Return the verdict that is stored with a version, `None` where nobody has judged it."""
    text = registry.tags(version).get(GATE_TAG)
    return None if text is None else read(text)


def read(text: str) -> Verdict:
    """Return a verdict as it was stored, by this release or an earlier one."""
    found = msgspec.json.decode(text)
    for told in (found, *found.get("checks", ())):
        if isinstance(told["reason"], str):
            told["reason"] = {"en": told["reason"], "es": told["reason"]}
    return msgspec.convert(found, Verdict)


def verdict_on(registry: Registry, version: Version) -> Verdict:
    """Return the verdict that is stored with a version, or raise `NoModel`."""
    found = stored(registry, version)
    if found is None:
        raise NoModel(f"version {version.number} of {version.name} has not been judged yet")
    return found
