"""The routes of one problem."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api import schemas
from api.answers import NOTICE, SYNTHETIC_WARNING, ModelInfo, Predictions, Reloaded
from api.routes.challenged import challenger_of, chosen_endpoint
from api.routes.origin import caller_of
from api.routes.plain import PlainRoute
from api.routes.predict import Endpoint
from api.routes.reply import reply
from api.security.installation import ALIAS
from api.slots import Slot
from api.state import State
from ml.settings import SYNTHETIC

_NO_MODEL = schemas.problem_answer("No model is loaded yet; ask again after Retry-After seconds.")


def problem_router(slot: Slot, state: State, suffix: str) -> APIRouter:
    """Return the routes of the problem in `slot`; `suffix` ends their operation ids."""
    router = APIRouter(tags=[slot.name], default_response_class=Response, route_class=PlainRoute)
    _add_predict(router, slot, state, suffix)
    router.add_api_route(
        "/model-info",
        _model_info_endpoint(slot, state),
        methods=["GET"],
        operation_id=f"model_info{suffix}",
        summary=f"The model in service: {slot.problem.title.en}",
        responses={200: schemas.answer(ModelInfo), 503: _NO_MODEL},
    )
    router.add_api_route(
        "/reload-model",
        _reload_endpoint(slot, state),
        methods=["POST"],
        operation_id=f"reload_model{suffix}",
        summary=f"Ask the registry now: {slot.problem.title.en}",
        responses={
            200: schemas.answer(Reloaded),
            502: schemas.problem_answer("The promoted model was refused; the old one serves."),
            503: schemas.problem_answer("The registry is away, or no model was promoted yet."),
        },
    )
    return router


def _add_predict(router: APIRouter, slot: Slot, state: State, suffix: str) -> None:
    """Add the route of predictions, also at the paths that clients of an earlier system know."""
    speaker, endpoint = state.speakers.get(slot.name), chosen_endpoint(slot, state)
    spoken = speaker and speaker.answering
    paths = {"/predict": ""}
    paths |= {path: ALIAS + path.strip("/") for path in (speaker.paths if speaker else ())}
    for path, alias in paths.items():
        router.add_api_route(
            path,
            endpoint,
            methods=["POST"],
            operation_id=f"predict{alias}{suffix}",
            summary=f"Predict: {slot.problem.title.en}",
            description=slot.problem.question.en,
            openapi_extra={
                "requestBody": schemas.request_body(slot.problem, state.settings.max_records)
            },
            responses={
                200: schemas.either(spoken, Predictions) if spoken else schemas.answer(Predictions),
                400: schemas.problem_answer("The body is not a JSON object."),
                413: schemas.problem_answer("The body is too large."),
                415: schemas.problem_answer("The body is not sent as JSON."),
                422: schemas.problem_answer("Every broken rule of every record."),
                503: _NO_MODEL,
            },
        )


def _model_info_endpoint(slot: Slot, state: State) -> Endpoint:
    async def model_info(_: Request) -> Response:
        return reply(_model_info(slot, state))

    return model_info


def _reload_endpoint(slot: Slot, state: State) -> Endpoint:
    async def reload_model(request: Request) -> Response:
        refreshed = await state.refresher.reload(slot)
        state.history.audit(
            "reload",
            slot.name,
            caller_of(request),
            version=refreshed.new or "",
            detail=refreshed.result,
        )
        if refreshed.error is not None:
            raise refreshed.error
        slot.serving()
        return reply(Reloaded(slot.name, refreshed.result, refreshed.old, refreshed.new))

    return reload_model


def _model_info(slot: Slot, state: State) -> ModelInfo:
    serving = slot.serving()
    version, model = serving.version, serving.model
    return ModelInfo(
        problem=slot.name,
        name=version.name,
        version=version.number,
        stage=version.stage,
        digest=model.digest,
        run_id=version.run_id,
        data=model.data,
        loaded_at=serving.loaded_at,
        notice=NOTICE,
        warning=SYNTHETIC_WARNING if model.data == SYNTHETIC else None,
        registry=slot.registry_state,
        last_failure=slot.failure,
        challenger=challenger_of(slot, state),
        **model.info,
    )
