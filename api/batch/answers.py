"""What a batch answers: one object a line."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

from api.answers import Model
from api.batch.pieces import Broken
from api.problem_documents import ProblemDocument
from ml.problems.problem import NamedClass, RiskBand
from ml.problems.text import Text

Key: TypeAlias = str | int | float | None


class BatchStart(msgspec.Struct, frozen=True, tag="start"):
    """The first line: the one model that answers the whole upload."""

    problem: str
    model: Model
    request_id: str
    classes: tuple[NamedClass, ...]
    bands: tuple[RiskBand, ...]
    notice: Text


class ScoredRow(msgspec.Struct, frozen=True, tag="row", gc=False):
    """A row's risk.

    Args:
        row: its number in the upload, from 1; blank lines do not count.
        key: the declared keys that it came with.
        id: of the prediction in the history; empty where none is kept.
        risk: probability of the last of two classes, or of the predicted one of more.
        predicted: name of the predicted class.
        band: name of the risk's band; empty where none are declared.
        missing_count: how many inputs are absent or not known.
        missing: their names.
        warnings: why it lies outside what the model is meant for.
        probabilities: of more than two classes, in the order of the first line's.
    """

    row: int
    key: dict[str, Key]
    id: str
    risk: float
    predicted: str
    band: str
    missing_count: int
    missing: tuple[str, ...]
    warnings: tuple[Text, ...]
    probabilities: list[float] | msgspec.UnsetType = msgspec.UNSET


class RefusedRow(msgspec.Struct, frozen=True, tag="refused", gc=False):
    """A row that was not scored, with every rule that it breaks."""

    row: int
    key: dict[str, Key]
    errors: tuple[Broken, ...]


class BatchEnd(msgspec.Struct, frozen=True, tag="end"):
    """The last line; an answer without it is not complete."""

    rows: int
    scored: int
    refused: int


class BatchError(msgspec.Struct, frozen=True, tag="error"):
    """The last line where the upload could not be read on; what came before stands."""

    error: ProblemDocument


RowAnswer: TypeAlias = ScoredRow | RefusedRow
Line: TypeAlias = BatchStart | ScoredRow | RefusedRow | BatchEnd | BatchError

JobState: TypeAlias = Literal["waiting", "running", "done", "failed", "interrupted"]


class BatchJob(msgspec.Struct, frozen=True, kw_only=True):
    """A batch that is answered in the background.

    Args:
        job: its id.
        problem: what is predicted.
        state: `failed` means that the upload could not be read to its end, `interrupted`
            that the service ended before the job did: send the upload again.
        format: of the result.
        model: the one model that answers.
        request_id: of the request that brought it.
        caller: who sent that request; nobody else sees the job.
        rows_done: rows answered so far.
        rows_refused: how many of them break the contract.
        rows_total: rows of the upload, as far as they are known before its end.
        created: when it came.
        ended: when it ended.
        expires: when its result is removed.
        error: why it failed.
    """

    job: str
    problem: str
    state: JobState
    format: Literal["ndjson", "csv"]
    model: Model
    request_id: str
    caller: str = ""
    rows_done: int = 0
    rows_refused: int = 0
    rows_total: int
    created: datetime
    ended: datetime | None = None
    expires: datetime | None = None
    error: ProblemDocument | None = None


ANSWERS = (BatchStart, ScoredRow, RefusedRow, BatchEnd, BatchError, BatchJob)
