"""JSON Schemas of the API, derived from the answers' structs and the problems' columns."""

from __future__ import annotations

import inspect
from typing import Any, TypeAlias

import msgspec
from fastapi import FastAPI

from api import answers, explained
from api.batch import answers as batch
from api.history import answers as history
from api.inference import messages as inference
from api.problem_documents import MEDIA_TYPE, ProblemDocument
from api.security.described import describe
from api.webhooks import events as webhooks
from ml.problems import Problem
from ml.problems.contract import Category, Code, Column, Identifier, Number

JsonSchema: TypeAlias = dict[str, Any]

_ANSWERS = (
    answers.Predictions,
    answers.ModelInfo,
    answers.Reloaded,
    answers.Health,
    answers.Models,
    answers.Status,
    answers.Service,
    ProblemDocument,
    history.Page,
    history.StoredPrediction,
    history.Outcomes,
    *batch.ANSWERS,
    explained.Explanations,
    *inference.MESSAGES,
    webhooks.Event,
    webhooks.Delivery,
)


def install(app: FastAPI) -> None:
    """Add the schemas of all answers to the application's OpenAPI document."""
    _, found = msgspec.json.schema_components(_ANSWERS, ref_template="#/components/schemas/{name}")
    generate = app.openapi

    def openapi() -> JsonSchema:
        document = generate()
        document.setdefault("components", {}).setdefault("schemas", {}).update(found)
        describe(document, problem_answer("")["content"])
        return document

    app.openapi = openapi  # type: ignore[method-assign] # the way FastAPI documents


def answer(struct: type[msgspec.Struct]) -> JsonSchema:
    """Return the OpenAPI response object of an answer."""
    description = inspect.getdoc(struct)
    return {"description": description, "content": {"application/json": {"schema": ref(struct)}}}


def problem_answer(description: str) -> JsonSchema:
    """Return the OpenAPI response object of an error."""
    return {"description": description, "content": {MEDIA_TYPE: {"schema": ref(ProblemDocument)}}}


def request_body(problem: Problem, max_records: int) -> JsonSchema:
    """Return the OpenAPI request body of a problem's predictions, with its example."""
    one = record(problem)
    many = {
        "type": "object",
        "required": ["records"],
        "additionalProperties": False,
        "properties": {
            "records": {"type": "array", "minItems": 1, "maxItems": max_records, "items": one}
        },
    }
    example = {"summary": problem.title.en, "value": {"records": [problem.example]}}
    schema = {"oneOf": [many, one]}
    media = {"schema": schema, "examples": {problem.name: example}}
    return {"required": True, "content": {"application/json": media}}


def record(problem: Problem) -> JsonSchema:
    """Return the schema of one record: every declared column, none of them required."""
    inputs = {column.name for column in problem.inputs}
    return {
        "type": "object",
        "title": problem.title.en,
        "description": problem.question.en,
        "additionalProperties": False,
        "properties": {
            column.name: _input(column) if column.name in inputs else _unused(column)
            for column in problem.columns
        },
    }


def _input(column: Column) -> JsonSchema:
    shared = {"title": column.label.en, "description": _description(column)}
    match column:
        case Number():
            kind = "integer" if column.integer else "number"
            bounds = {"minimum": column.minimum, "maximum": column.maximum}
            return {**shared, "type": [kind, "null"], **bounds}
        case Category():
            return {**shared, "enum": [*column.values, None]}
        case Code():
            pattern = f"^(?:{column.pattern})$"
            examples = [column.example]
            return {**shared, "type": ["string", "null"], "pattern": pattern, "examples": examples}
        case Identifier():
            return _unused(column)


def _unused(column: Column) -> JsonSchema:
    return {"title": column.label.en, "description": "Accepted and not used."}


def _description(column: Column) -> str:
    unit = f"Unit: {column.unit.en}." if isinstance(column, Number) and column.unit else ""
    text = column.help.en if column.help else ""
    return " ".join(part for part in (text, unit, "Null or left out where not known.") if part)


def ref(struct: type[msgspec.Struct]) -> JsonSchema:
    """Return the reference to a struct's schema."""
    return {"$ref": f"#/components/schemas/{struct.__name__}"}
