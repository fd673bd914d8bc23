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

# What was sent for one record, without names and keys; a batch has it as JSON already.
Inputs: TypeAlias = Mapping[str, Any] | msgspec.Raw
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


class Told(NamedTuple):
    """Records of one request as the history keeps them.

    Args:
        origin: where the request comes from.
        inputs: of each record.
        patients: the patient key of each record, if it came with one.
        places: of the records in the request, from 0.
    """

    origin: Origin
    inputs: Sequence[Inputs]
    patients: Sequence[str | None]
    places: Sequence[int]


def told(asked: Asked, group_key: str, dropped: tuple[str, ...]) -> Told:
    """Return a request's records as they are kept.

    Args:
        asked: the request.
        group_key: name of the patient key.
        dropped: names of what no model reads: names and keys are not kept as inputs.
    """
    origin, records = asked
    places = range(len(records))
    if not dropped:
        return Told(origin, records, [None] * len(records), places)
    patients = [patient_key(record.get(group_key)) for record in records]
    return Told(origin, [_without(dropped, record) for record in records], patients, places)


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
    request = told((origin, part.records), problem.group_key, part.prediction.ignored)
    requests = [(head, request._replace(places=part.places))]
    return prediction_rows(problem.name, part.model, requests, part.prediction, part.channel)


def _without(dropped: tuple[str, ...], record: Mapping[str, Any]) -> dict[str, Any]:
    kept = dict(record)
    for name in dropped:
        kept.pop(name, None)
    return kept


def prediction_rows(
    problem: str,
    model: tuple[str, LoadedModel],
    requests: Iterable[tuple[tuple[str, datetime], Told]],
    prediction: Prediction,
    channel: Channel,
) -> list[PredictionRow]:
    """Return one row for each record.

    Args:
        problem: what was predicted.
        model: the version's number and the model that answers.
        requests: in the order of the prediction, each with an id and its time.
        prediction: what the model says about all their records.
        channel: whether it was answered, or only tried in the shadow.
    """
    version, loaded = model
    digest, data = loaded.digest, loaded.data
    said = zip(
        prediction.risk.tolist(),
        prediction.bands,
        prediction.predicted,
        prediction.probabilities.tolist(),
        prediction.missing,
        strict=True,
    )
    now = time.perf_counter()
    rows = []
    for (head, moment), (origin, inputs, patients, places) in requests:
        request_id, caller, started = origin
        latency = round((now - started) * 1000, 3)
        # `said` comes last, or the end of a request's records would swallow one of its items.
        sent = zip(places, inputs, patients, strict=True)
        each = zip(sent, said, strict=False)
        for (place, kept, patient), (risk, band, predicted, probabilities, missing) in each:
            rows.append(
                PredictionRow(
                    id=record_id(head, place),
                    request_id=request_id,
                    record_index=place,
                    problem=problem,
                    channel=channel,
                    model_version=version,
                    model_digest=digest,
                    data=data,
                    caller=caller,
                    patient=patient,
                    time=moment,
                    latency_ms=latency,
                    risk=risk,
                    band="" if band is None else band.name,
                    probabilities=probabilities,
                    missing=missing,
                    inputs=kept,
                    predicted=predicted.name,
                )
            )
    return rows
