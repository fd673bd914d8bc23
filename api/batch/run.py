"""One run over an upload: its answer, piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import chain
from typing import NamedTuple

from api.answers import NOTICE, Model
from api.batch.answers import BatchEnd, BatchError, BatchStart, RowAnswer, ScoredRow
from api.batch.columns import keys_of
from api.batch.formats import AnswerFormat
from api.batch.kept import Keeper
from api.batch.lines import json_content, ndjson_content
from api.batch.pieces import Content, Piece
from api.batch.scoring import Scoring
from api.batch.settings import BatchSettings
from api.batch.tables import csv_content, no_rows, parquet_content
from api.batch.upload import Upload
from api.batch.writing import writer
from api.problem_documents import of_error
from api.slots import Serving
from api.tally import Tally
from ml.bundle import Schema
from ml.errors import VigiaError


class Bookkeeping(NamedTuple):
    """What is done for rows that were scored, before their answer leaves.

    Args:
        keep: writes the history; `None` where there is none.
        tally: counts what was scored, by risk band, or predicted class without bands.
    """

    keep: Keeper | None
    tally: Tally


class Run:
    """The answer to one upload by one model; iterate over it once, in any thread.

    Making it reads the first piece, so that what is wrong with the upload as a whole is
    raised before anything is answered. It blocks.

    Args:
        upload: what to answer; it is closed at the end.
        serving: the model.
        settings: the limits.
        answer_format: of the answer.
        request_id: of the request.
        books: what else is to be done for scored rows.

    Raises:
        UserError: the upload cannot be read, or is not what the problem declares.
    """

    def __init__(
        self,
        upload: Upload,
        serving: Serving,
        settings: BatchSettings,
        answer_format: AnswerFormat,
        request_id: str,
        books: Bookkeeping,
    ) -> None:
        self.format = answer_format
        self.request_id = request_id
        self.model = model_of(serving)
        self.done = 0
        self.refused = 0
        self.error: VigiaError | None = None
        self._serving = serving
        self._upload = upload
        self._tally = books.tally
        schema = serving.model.schema
        content = _content(upload, schema, settings)
        first = next(content.pieces, None)
        if first is None:
            raise no_rows()
        self.total = content.total
        self._pieces: Iterator[Piece] = chain([first], content.pieces)
        self._scoring = Scoring(serving.model, settings.batch_max_cell, books.keep)
        keys = keys_of(schema) if content.keys is None else content.keys
        classes = serving.model.class_names if schema.target.several else ()
        self._writer = writer(answer_format, keys, classes)

    def chunks(self) -> Iterator[bytes]:
        """Yield the answer.

        An upload that cannot be read on ends the answer: with a line that says so where
        the format has one, else by raising the error.
        """
        with closing(self._upload.file):
            schema = self._serving.model.schema
            line = BatchStart(
                schema.problem,
                self.model,
                self.request_id,
                self._serving.model.classes,
                schema.bands,
                NOTICE,
            )
            yield self._writer.start(line)
            try:
                for piece in self._pieces:
                    yield self._writer.rows(self._answers(piece))
            except VigiaError as error:
                self.error = error
                end = self._writer.failed(BatchError(of_error(error, self.request_id)))
                if end is None:
                    raise
                yield end
            else:
                yield self._writer.end(BatchEnd(self.done, self.done - self.refused, self.refused))

    def _answers(self, piece: Piece) -> list[RowAnswer]:
        answers = self._scoring.answers(piece)
        scored = [answer for answer in answers if isinstance(answer, ScoredRow)]
        self._tally(self.model.version, [answer.band or answer.predicted for answer in scored])
        self._tally.seen(
            self.model.version, [row.risk for row in scored], (row.missing for row in scored)
        )
        self.done += len(answers)
        self.refused += len(answers) - len(scored)
        return answers

    def close(self) -> None:
        """Let go of the upload."""
        self._upload.file.close()


def model_of(serving: Serving) -> Model:
    """Return how an answer names the model."""
    version, model = serving.version, serving.model
    return Model(version.name, version.number, model.digest, model.data)


def _content(upload: Upload, schema: Schema, settings: BatchSettings) -> Content:
    match upload.format:
        case "json":
            return json_content(upload, settings)
        case "ndjson":
            return ndjson_content(upload)
        case "csv":
            return csv_content(upload, schema, settings)
        case "parquet":
            return parquet_content(upload, schema, settings)
