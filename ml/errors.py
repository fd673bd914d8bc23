"""The one error tree of the platform.

    VigiaError
    ├── UserError            the caller can mend it
    │   ├── InvalidRecord    a record breaks the problem's contract
    │   ├── UnknownProblem   no folder of that name under ml/problems
    │   ├── InvalidSettings  a setting is missing, malformed or unsafe
    │   └── StackBusy        the embedded stack is running or being changed already
    ├── DataError            the data cannot be used as it is
    │   ├── DatabaseUnavailable  a database could not be reached, or refused the work
    │   ├── SourceUnavailable  the source could not be reached
    │   ├── SourceInvalid      it was reached, but is not what the contract says
    │   ├── NotEnoughData      too few rows or outcomes for the step
    │   ├── SearchIncomplete   trials of a search are missing that a step builds on
    │   └── SearchOutdated     the rows are no longer those that the search began with
    ├── ModelError           the model cannot be used as it is
    │   ├── BundleInvalid    digest, schema or probe does not match
    │   └── NoModel          no model has been promoted or loaded yet
    ├── RegistryUnavailable  the model registry could not be reached
    ├── ServiceFailed        a service of the stack did not start, died or did not stop
    └── PipelineFailed       a DAG run failed or did not end in time

Every message says what was wrong, where, and what to do. The API maps this tree to
HTTP in one place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class VigiaError(Exception):
    """Root of the tree; never raised itself."""


class UserError(VigiaError):
    """The caller sent or asked for something that cannot be served as it is."""


class Violation:
    """One broken rule of a contract.

    Args:
        record: index of the record in the request or batch, from 0.
        field: name of the column, or an empty text for the whole record.
        rule: short machine-readable name of the rule, such as `maximum`.
        message: what was wrong and what is allowed; never repeats patient data beyond
            the offending value's type.
    """

    __slots__ = ("field", "message", "record", "rule")

    def __init__(self, record: int, field: str, rule: str, message: str) -> None:
        self.record = record
        self.field = field
        self.rule = rule
        self.message = message

    def __str__(self) -> str:
        return f"records[{self.record}].{self.field}: {self.message} ({self.rule})"


class InvalidRecord(UserError):
    """One or more records break the contract; `violations` lists every broken rule."""

    def __init__(self, violations: Sequence[Violation]) -> None:
        self.violations = tuple(violations)
        super().__init__("; ".join(str(violation) for violation in self.violations))


class UnknownProblem(UserError):
    """No problem of that name is declared under `ml/problems`."""


class InvalidSettings(UserError):
    """A setting is missing, malformed, or unsafe outside development."""


class StackBusy(UserError):
    """The embedded stack is running, or another command is changing it."""


class DataError(VigiaError):
    """The data cannot be used as it is."""


class DatabaseUnavailable(DataError):
    """A database could not be reached, or refused the work; nothing was written."""


class SourceUnavailable(DataError):
    """The source could not be reached; the message names the way out."""


class SourceInvalid(DataError):
    """The source was read, but is not what the problem's contract declares."""


class NotEnoughData(DataError):
    """Too few rows, patients or outcomes for the step to mean anything."""


class SearchIncomplete(DataError):
    """Trials of a search are missing that the step builds on."""


class SearchOutdated(DataError):
    """The clean rows, the code or the declaration changed after the search had begun."""


class ModelError(VigiaError):
    """The model cannot be used as it is."""


class BundleInvalid(ModelError):
    """A bundle's digests, schema or probe predictions do not match."""


class NoModel(ModelError):
    """No model has been promoted, or none has been loaded yet."""


class RegistryUnavailable(VigiaError):
    """The model registry or its artifact store could not be reached."""


class ServiceFailed(VigiaError):
    """A service of the embedded stack did not start, died, or did not stop."""


class PipelineFailed(VigiaError):
    """A DAG run failed or did not end in time; the message names the task and its log."""
