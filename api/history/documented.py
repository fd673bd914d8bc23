"""What the history's routes take, for the OpenAPI document; derived from their structs."""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from api.history.outcomes import Reported
from api.history.queries import Filters
from api.history.rows import PREDICTION_ID
from ml.problems import Problem

JsonSchema: TypeAlias = dict[str, Any]

_MEANING = {
    "patient": "The patient key that was sent.",
    "request_id": "The id of the request.",
    "from": "From this moment on.",
    "to": "Before this moment.",
    "version": "The number of the model's version.",
    "channel": "production, shadow or ab.",
    "band": "The name of the risk band.",
    "predicted": "The name of the predicted class.",
    "min_risk": "The lowest risk.",
    "cursor": "`next` of the page before.",
    "limit": "Most predictions of one page.",
}

PREDICTION_ID_PARAMETER: JsonSchema = {
    "name": "prediction_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": PREDICTION_ID},
}


def filters() -> list[JsonSchema]:
    """Return the query parameters of a page."""
    properties = _schema(Filters)["properties"]
    return [
        {"name": name, "in": "query", "description": text, "schema": _present(properties[name])}
        for name, text in _MEANING.items()
    ]


def outcomes_body(problem: Problem, max_records: int) -> JsonSchema:
    """Return the request body of a problem's outcomes, with an example."""
    one = _schema(Reported)
    one["properties"]["outcome"] = {"enum": list(problem.target.classes)}
    many = {
        "type": "object",
        "required": ["records"],
        "additionalProperties": False,
        "properties": {
            "records": {"type": "array", "minItems": 1, "maxItems": max_records, "items": one}
        },
    }
    record = {
        "prediction_id": "0" * 38,
        "outcome": problem.target.positive,
        "observed_at": "2026-01-31T12:00:00Z",
    }
    example = {"summary": problem.title.en, "value": {"records": [record]}}
    media = {"schema": {"oneOf": [many, one]}, "examples": {problem.name: example}}
    return {"required": True, "content": {"application/json": media}}


def _schema(struct: type[msgspec.Struct]) -> JsonSchema:
    _, found = msgspec.json.schema_components([struct])
    schema: JsonSchema = found[struct.__name__]
    return schema


def _present(schema: JsonSchema) -> JsonSchema:
    """Return the schema of a filter that is given: only one that is left out is null."""
    kinds = schema.get("anyOf")
    return schema if kinds is None else next(kind for kind in kinds if kind != {"type": "null"})
