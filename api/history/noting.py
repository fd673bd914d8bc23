"""From what a model said to the rows of the history."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

import msgspec

from api.history.rows import Channel, Origin, PredictionRow, patient_key, record_id
from ml.bundle import LoadedModel, Prediction
from ml.problems import Problem

# Where a request comes from, and its records as they were sent.
Asked: TypeAlias = tuple[Origin, Sequence[Mapping[str, object]]]


class Part(NamedTuple):
    """The records of a request that one of several models answered.

    Args:
        model: the version's number and the model.
        channel: what they were answered for.
        places: of the records in the request.
        records: as they were sent.
        prediction: what the model says about them.
    """

    model: tuple[str, LoadedModel]
    channel: Channel
    places: Sequence[int]
    records: Sequence[Mapping[str, object]]
    prediction: Prediction


def prediction_rows(
    problem: Problem,
    model: tuple[str, LoadedModel],
    asked: Iterable[tuple[tuple[str, datetime], Asked]],
    prediction: Prediction,
    channel: Channel,
) -> list[PredictionRow]:
    """Return one row for each record.

    Args:
        problem: what was predicted.
        model: the version's number and the model that answers.
        asked: the requests, in the order of the prediction, each with an id and its time.
        prediction: what the model says about all their records.
        channel: whether it was answered, or only tried in the shadow.
    """
    version, loaded = model
    digest, data = loaded.digest, loaded.data
    group_key, dropped = problem.group_key, prediction.ignored
    said = zip(
        prediction.risk.tolist(),
        prediction.bands,
        prediction.probabilities.tolist(),
        prediction.missing,
        strict=True,
    )
    now = time.perf_counter()
    rows = []
    for (head, moment), (origin, records) in asked:
        request_id, caller, started = origin
        latency = round((now - started) * 1000, 3)
        # `said` comes second, or the end of a request's records would swallow one of its items.
        for index, (record, (risk, band, probabilities, missing)) in enumerate(
            zip(records, said, strict=False)
        ):
            rows.append(  # the loop is of two levels
                PredictionRow(
                    id=record_id(head, index),
                    request_id=request_id,
                    record_index=index,
                    problem=problem.name,
                    channel=channel,
                    model_version=version,
                    model_digest=digest,
                    data=data,
                    caller=caller,
                    patient=patient_key(record.get(group_key)) if dropped else None,
                    time=moment,
                    latency_ms=latency,
                    risk=risk,
                    band=band.name,
                    probabilities=probabilities,
                    missing=missing,
                    inputs=_inputs(record, dropped) if dropped else record,
                )
            )
    return rows


def rows_of_part(
    problem: Problem, head: tuple[str, datetime], origin: Origin, part: Part
) -> list[PredictionRow]:
    """Return the rows of the records that one of several models answered.

    Args:
        problem: what was predicted.
        head: the id and the time that the request's parts share.
        origin: where the request comes from.
        part: the records and what was said about them.
    """
    asked = [(head, (origin, part.records))]
    rows = prediction_rows(problem, part.model, asked, part.prediction, part.channel)
    return [
        msgspec.structs.replace(row, id=record_id(head[0], place), record_index=place)
        for row, place in zip(rows, part.places, strict=True)
    ]


def _inputs(record: Mapping[str, Any], dropped: tuple[str, ...]) -> Mapping[str, Any]:
    """Return a record without what no model reads: names and keys are not kept here."""
    return {name: value for name, value in record.items() if name not in dropped}
