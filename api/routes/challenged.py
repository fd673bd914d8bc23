"""The prediction route of a problem that has a challenger."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from api import answers, body
from api.answers import Detail, Predictions
from api.challenge.ab import AbTest, Mixed
from api.challenge.challenger import Challenger
from api.challenge.shadow import Shadow
from api.gathering import Gathering
from api.routes.origin import origin_of
from api.routes.predict import Endpoint, keeper, predict_endpoint, spoken
from api.routes.reply import reply
from api.scored import Answered, Scored
from api.slots import Slot
from api.state import State
from api.tally import Tally


def chosen_endpoint(slot: Slot, state: State) -> Endpoint:
    """Return the endpoint that predicts, with or without a challenger."""
    challenger = state.challengers.of.get(slot.name)
    if challenger is None:
        return predict_endpoint(slot, state)
    shadow = state.challengers.shadows.get(slot.name)
    return _ab(slot, state, challenger) if shadow is None else _shadowed(slot, state, shadow)


def challenger_of(slot: Slot, state: State) -> answers.Challenger | None:
    """Return what a reader may know of a problem's challenger, where it has one."""
    challenger = state.challengers.of.get(slot.name)
    if challenger is None:
        return None
    serving = challenger.slot.wanted
    return answers.Challenger(
        mode=challenger.challenge.mode,
        share=challenger.challenge.share,
        version=serving.version.number if serving else None,
        digest=serving.model.digest if serving else None,
        data=serving.model.data if serving else None,
        hindrance=challenger.hindrance,
        registry=challenger.slot.registry_state,
        last_failure=challenger.slot.failure,
    )


def _shadowed(slot: Slot, state: State, shadow: Shadow) -> Endpoint:
    """Return the endpoint that answers as always, and has the challenger score some of it."""
    settings, gathering = state.settings, Gathering(slot, keeper(slot, state))
    read, say = spoken(slot, state)

    async def predict(request: Request) -> Response:
        origin = origin_of(request)
        content = await body.read(request, settings.body_max_bytes)
        records = read(content, settings.max_records)
        found = await gathering.predict(origin, records)
        response = reply(say(content, records, found.answer))
        shadow.offer(origin, records, found.prediction)
        return response

    return predict


def _ab(slot: Slot, state: State, challenger: Challenger) -> Endpoint:
    """Return the endpoint whose challenger answers a share of the patients."""
    settings = state.settings
    gatherings = (
        Gathering(slot, keeper(slot, state)),
        Gathering(challenger.slot, keeper(slot, state, "ab")),
    )
    tallies = (Tally(state.metrics, slot.name), Tally(state.metrics, slot.name, "ab"))
    test = AbTest(challenger, slot, gatherings, tallies, state.history)
    read, say = spoken(slot, state)

    async def predict(request: Request) -> Response:
        origin = origin_of(request)
        content = await body.read(request, settings.body_max_bytes)
        records = read(content, settings.max_records)
        told = await test.predict(origin, records)
        answer = _woven(told) if isinstance(told, Mixed) else told.answer
        return reply(say(content, records, answer))

    return predict


def _woven(mixed: Mixed) -> Predictions:
    """Return one answer: it names production's model, and the challenger's beside its records."""
    ours, theirs = (
        Answered(Scored(serving, part.prediction), 0, part.records, []).answer
        for serving, part in zip(mixed.serving, mixed.parts, strict=True)
    )
    named = [msgspec.structs.replace(detail, model=theirs.model) for detail in theirs.details]
    said: dict[int, tuple[float, Detail]] = {}
    for part, risks, details in (
        (mixed.parts[0], ours.predictions, ours.details),
        (mixed.parts[1], theirs.predictions, named),
    ):
        said |= dict(zip(part.places, zip(risks, details, strict=True), strict=True))
    ordered = [said[place] for place in range(len(said))]
    return msgspec.structs.replace(
        ours,
        predictions=[risk for risk, _ in ordered],
        details=[detail for _, detail in ordered],
        ignored=tuple(sorted({*ours.ignored, *theirs.ignored})),
        ids=mixed.ids,
    )
