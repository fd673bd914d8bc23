"""Who calls: a name for the history, and the roles for the matrix."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Role(StrEnum):
    """What a caller is, and with it what it may do."""

    CLINICIAN = "clinician"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    MONITOR = "monitor"


class Caller(msgspec.Struct, frozen=True):
    """The caller of a request; routes find it as `request.state.caller`.

    Args:
        name: the key's name, or the token's subject.
        roles: what the caller is.
    """

    name: str
    roles: frozenset[Role]


# Who calls where nobody is asked: in development alone, with every role.
ANYBODY = Caller("anonymous", frozenset(Role))
