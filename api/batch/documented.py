"""What the OpenAPI document says about batches."""

from __future__ import annotations

import csv
import io
from typing import Any

import msgspec

from api import schemas
from api.batch.answers import ANSWERS as STRUCTS
from api.batch.answers import BatchJob
from api.batch.formats import MEDIA_TYPES
from ml.problems import Problem

DESCRIPTION = (
    "Rows as JSON, NDJSON, CSV or Parquet, columns in any order; inputs that an upload lacks "
    "are missing in every row. One version of the model answers the whole upload, row by row "
    "in its order: a row that breaks the contract is told what it breaks, the others are "
    "scored. NDJSON by default, its last line says `end`; CSV where `Accept` asks for it. "
    "`?mode=job` answers at once, with a job to be asked for the result."
)

_LINES = {
    "oneOf": [
        {"$ref": f"#/components/schemas/{struct.__name__}"}
        for struct in STRUCTS
        if struct is not BatchJob
    ]
}
RESULT: dict[str, Any] = {
    "description": "One line for each row, in the order of the upload.",
    "content": {
        "application/x-ndjson": {"schema": _LINES},
        "text/csv": {"schema": {"type": "string"}},
    },
}
_LOCATION = {"description": "Address of the job.", "schema": {"type": "string"}}
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: RESULT,
    202: {**schemas.answer(BatchJob), "headers": {"location": _LOCATION}},
    400: schemas.problem_answer("The upload is not what its content type says."),
    413: schemas.problem_answer("The upload is too large."),
    415: schemas.problem_answer("The content type is none of an upload, or it is packed."),
    422: schemas.problem_answer("The columns are not those of the problem, or there is no row."),
    503: schemas.problem_answer("No model is loaded, or too many uploads are under way."),
}
JOB: dict[str, Any] = {
    "parameters": [
        {
            "name": "job",
            "in": "path",
            "required": True,
            "description": "Id of the job.",
            "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        }
    ]
}


def upload(problem: Problem) -> dict[str, Any]:
    """Return the OpenAPI request of a problem's batch, with real examples."""
    records = {
        "type": "object",
        "required": ["records"],
        "additionalProperties": False,
        "properties": {
            "records": {"type": "array", "minItems": 1, "items": schemas.record(problem)}
        },
    }
    text = {"type": "string"}
    example = problem.example
    by_format: dict[str, dict[str, Any]] = {
        "json": {"schema": records, "example": {"records": [example]}},
        "ndjson": {"schema": text, "example": msgspec.json.encode(example).decode() + "\n"},
        "csv": {"schema": text, "example": _csv(example)},
        "parquet": {"schema": {"type": "string", "format": "binary"}},
    }
    mode = {
        "name": "mode",
        "in": "query",
        "description": "`job` answers in the background.",
        "schema": {"type": "string", "enum": ["stream", "job"], "default": "stream"},
    }
    content = {media_type: by_format[kind] for media_type, kind in MEDIA_TYPES.items()}
    return {"parameters": [mode], "requestBody": {"required": True, "content": content}}


def _csv(example: dict[str, Any]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([example.keys(), example.values()])
    return text.getvalue()
