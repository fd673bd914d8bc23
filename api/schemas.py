"""JSON Schemas of the API, derived from the answers' structs and the problems' columns."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from itertools import takewhile
from typing import Any, TypeAlias

import msgspec
from fastapi import FastAPI

from api import answers, explained, versions
from api.batch import answers as batch
from api.history import activity, monitored
from api.history import answers as history
from api.inference import messages as inference
from api.patterns import literally, within
from api.problem_documents import MEDIA_TYPE, ProblemDocument
from api.security.described import describe
from api.webhooks import events as webhooks
from ml.problems import Problem
from ml.problems.contract import Category, Code, Column, Identifier, Number

JsonSchema: TypeAlias = dict[str, Any]

_WHOLE = re.compile("0|[1-9][0-9]{0,14}")
_MOST_DIGITS = 15
_ABSENT = "Null or left out where not known."

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
    history.StoredFeedback,
    activity.Activity,
    monitored.Monitored,
    versions.Versions,
    answers.Caller,
    *batch.ANSWERS,
    explained.Explanations,
    *inference.MESSAGES,
    webhooks.Event,
    webhooks.Delivery,
)


def install(app: FastAPI, more: Sequence[type[msgspec.Struct]] = ()) -> None:
    """Add the schemas of all answers to the application's OpenAPI document.

    Args:
        app: whose document it is.
        more: answers that only this application has.
    """
    _, found = msgspec.json.schema_components(
        [*_ANSWERS, *more], ref_template="#/components/schemas/{name}"
    )
    generate = app.openapi

    def openapi() -> JsonSchema:
        document = generate()
        document.setdefault("components", {}).setdefault("schemas", {}).update(found)
        describe(document, _refusal)
        return document

    app.openapi = openapi  # type: ignore[method-assign] # the way FastAPI documents


def _refusal(address: str) -> JsonSchema:
    """Return what the answer of an error at an address holds, by media type."""
    by_protocol = f"{address}/".startswith(f"{inference.PREFIX}/")
    found = answer(inference.InferenceError) if by_protocol else problem_answer("")
    content: JsonSchema = found["content"]
    return content


def answer(struct: type[msgspec.Struct]) -> JsonSchema:
    """Return the OpenAPI response object of an answer."""
    description = inspect.getdoc(struct)
    return {"description": description, "content": {"application/json": {"schema": ref(struct)}}}


def either(first: type[msgspec.Struct], second: type[msgspec.Struct]) -> JsonSchema:
    """Return the OpenAPI response object of an answer that is one of two."""
    schema = {"anyOf": [ref(first), ref(second)]}
    return {**answer(first), "content": {"application/json": {"schema": schema}}}


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
    schema = {"oneOf": [many, one, *_values(problem)]}
    media = {"schema": schema, "examples": {problem.name: example}}
    return {"required": True, "content": {"application/json": media}}


def _values(problem: Problem) -> list[JsonSchema]:
    """Return the schema of a record whose values come as one list, where a dialect has that."""
    name = problem.dialect.values if problem.dialect else ""
    if not name:
        return []
    columns = record(problem)["properties"]
    items = [columns[column.name] for column in problem.inputs]
    listed = {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
    return [
        {
            "type": "object",
            "required": [name],
            "additionalProperties": False,
            "properties": {name: listed},
        }
    ]


def record(problem: Problem) -> JsonSchema:
    """Return the schema of one record: every declared column, required where it is needed."""
    inputs = {column.name for column in problem.inputs}
    missing = problem.source.missing | {""}
    needed = [column.name for column in problem.inputs if column.needed]
    return {
        "type": "object",
        **({"required": needed} if needed else {}),
        "title": problem.title.en,
        "description": problem.question.en,
        "additionalProperties": False,
        "properties": {
            column.name: _input(column, missing) if column.name in inputs else _unused(column)
            for column in problem.columns
        },
    }


def _input(column: Column, missing: frozenset[str]) -> JsonSchema:
    if column.needed:
        return _present(_input(msgspec.structs.replace(column, needed=False), frozenset()))
    shared = {"title": column.label.en, "description": _description(column)}
    match column:
        case Number():
            return shared | _number(column, missing)
        case Category():
            whole = [int(value) for value in column.values if _WHOLE.fullmatch(value)]
            texts = sorted(missing - column.values.keys())
            return {**shared, "enum": [*column.values, *whole, *texts, None]}
        case Code():
            return shared | _code(column, missing)
        case Identifier():
            return _unused(column)


def _present(schema: JsonSchema) -> JsonSchema:
    """Return the schema of what must be there."""
    kinds, values = schema.get("type", []), schema.get("enum", [])
    found = {**schema, "description": schema["description"].replace(_ABSENT, "Needed.")}
    if kinds:
        found["type"] = [kind for kind in kinds if kind != "null"]
    if values:
        found["enum"] = [value for value in values if value is not None]
    return found


def _number(column: Number, missing: frozenset[str]) -> JsonSchema:
    """Return the schema of a number, which may come as a text, as it does in a CSV.

    Bounds say nothing about a text, and a pattern nothing about a number.
    """
    return {
        "type": ["integer" if column.integer else "number", "string", "null"],
        "minimum": column.minimum,
        "maximum": column.maximum,
        "pattern": _pattern(
            within(column.minimum, column.maximum, integer=column.integer), missing
        ),
    }


def _code(column: Code, missing: frozenset[str]) -> JsonSchema:
    """Return the schema of a code; one that is digits alone may come as a whole number."""
    # `\d` is other scripts' digits, too, for some who read this.
    expression = column.pattern.replace(r"\d", "[0-9]")
    found = {"pattern": _pattern(expression, missing), "examples": [column.example]}
    digits = _digits(re.compile(expression))
    if not digits:
        return {"type": ["string", "null"], **found}
    bounds = {"minimum": 0, "maximum": 10**digits - 1}
    return {"type": ["string", "integer", "null"], **bounds, **found}


def _digits(expression: re.Pattern[str]) -> int:
    """Return of how many digits a whole number may be that matches as it is written."""
    lengths = range(1, _MOST_DIGITS + 1)
    samples = (
        [digit * length for digit in "123456789"] + ["1" + "0" * (length - 1)] for length in lengths
    )
    matching = (all(map(expression.fullmatch, texts)) for texts in samples)
    return sum(takewhile(bool, matching))


def _pattern(expression: str, missing: frozenset[str]) -> str:
    return f"^(?:{'|'.join([expression, *map(literally, sorted(missing))])})$"


def _unused(column: Column) -> JsonSchema:
    return {"title": column.label.en, "description": "Accepted and not used."}


def _description(column: Column) -> str:
    unit = f"Unit: {column.unit.en}." if isinstance(column, Number) and column.unit else ""
    text = column.help.en if column.help else ""
    return " ".join(part for part in (text, unit, _ABSENT) if part)


def ref(struct: type[msgspec.Struct]) -> JsonSchema:
    """Return the reference to a struct's schema."""
    return {"$ref": f"#/components/schemas/{struct.__name__}"}
