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
from api.patterns import literally
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
# What is wrong with a record is told in its place in the answer, beside the others' risks.
_ROW = {"description": "A record as of `/predict`; one that is wrong is refused by itself."}
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
        "properties": {"records": {"type": "array", "minItems": 1, "items": _ROW}},
    }
    example = problem.example
    line = msgspec.json.encode(example).decode()
    lines = f"One record a line, such as `{line}`."
    by_format: dict[str, dict[str, Any]] = {
        "json": {"schema": records, "example": {"records": [example]}},
        "ndjson": {"schema": {"type": "string", "description": lines}},
        "csv": {"schema": _csv_schema(problem), "example": _csv(problem)},
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


def _csv_schema(problem: Problem) -> dict[str, Any]:
    """Return the schema of a CSV with all columns, in their order; so that one can be made."""
    head = ",".join(literally(column.name) for column in problem.columns)
    return {
        "type": "string",
        "description": "A head that names columns, in any order, and a line for each record.",
        "pattern": rf"^{head}\n[!#-~][ !#-~]*(?:\n[ !#-~]+)*\n?$",
    }


def _csv(problem: Problem) -> str:
    names = [column.name for column in problem.columns]
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerow(problem.example)
    return text.getvalue()
