"""The batch routes of one problem."""

from __future__ import annotations

import anyio
import anyio.to_thread
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from api import schemas
from api.batch import documented
from api.batch.answers import BatchJob
from api.batch.formats import ANSWER_TYPES, answer_format
from api.batch.kept import Keeper
from api.batch.run import Bookkeeping, Run
from api.batch.streaming import RunResponse
from api.batch.upload import Upload, receive
from api.errors import InvalidRequest
from api.history.rows import Origin
from api.routes.origin import origin_of
from api.routes.predict import Endpoint
from api.routes.reply import reply
from api.security.callers import Caller
from api.slots import Slot
from api.state import State
from api.tally import Tally

_UNKNOWN_JOB = schemas.problem_answer("No job of that id is kept.")


def batch_router(slot: Slot, state: State, suffix: str) -> APIRouter:
    """Return the batch routes of the problem in `slot`; `suffix` ends their operation ids."""
    router = APIRouter(tags=[slot.name], default_response_class=Response)
    title = slot.problem.title.en
    router.add_api_route(
        "/predict-batch",
        _predict_batch_endpoint(slot, state),
        methods=["POST"],
        operation_id=f"predict_batch{suffix}",
        summary=f"Predict a whole upload: {title}",
        description=documented.DESCRIPTION,
        openapi_extra=documented.upload(slot.problem),
        responses=documented.ANSWERS,
    )
    job = "/predict-batch/jobs/{job}"
    router.add_api_route(
        job,
        _job_endpoint(slot, state),
        methods=["GET"],
        operation_id=f"batch_job{suffix}",
        summary=f"How a batch stands: {title}",
        responses={200: schemas.answer(BatchJob), 404: _UNKNOWN_JOB},
        openapi_extra=documented.JOB,
    )
    router.add_api_route(
        f"{job}/result",
        _result_endpoint(slot, state),
        methods=["GET"],
        operation_id=f"batch_result{suffix}",
        summary=f"The result of a batch: {title}",
        responses={
            200: documented.RESULT,
            404: _UNKNOWN_JOB,
            409: schemas.problem_answer("The job is not done, or will have no result."),
        },
        openapi_extra=documented.JOB,
    )
    router.add_api_route(
        job,
        _delete_endpoint(slot, state),
        methods=["DELETE"],
        operation_id=f"batch_delete{suffix}",
        summary=f"Stop a batch and remove its result: {title}",
        status_code=204,
        responses={404: _UNKNOWN_JOB},
        openapi_extra=documented.JOB,
    )
    return router


def _predict_batch_endpoint(slot: Slot, state: State) -> Endpoint:
    turns = state.batches.turns

    async def predict_batch(request: Request) -> Response:
        origin = origin_of(request)
        in_background = _in_background(request)
        slot.serving()  # or an upload would be read for nothing
        turns.take()
        try:
            run = await _run(request, origin, slot, state)
            if not in_background:
                headers = _headers(slot, run)
                return RunResponse(run, turns, headers, turns.give_back)
            job = await _submitted(run, _caller(request), slot, state)
        except BaseException:
            turns.give_back()
            raise
        turns.give_back()
        # The address is relative to the request's own, whatever stands before the service.
        headers = {"location": f"{request.url.path}/jobs/{job.job}"}
        return reply(job, 202, headers)

    return predict_batch


async def _run(request: Request, origin: Origin, slot: Slot, state: State) -> Run:
    settings = state.settings
    upload = await receive(request, settings, settings.body_max_bytes)
    serving = slot.serving()
    tally = Tally(state.metrics, slot.name)
    keeper = Keeper(state.history, origin, slot.problem, serving)
    books = Bookkeeping(keeper if settings.history == "on" else None, tally)

    def opened(upload: Upload) -> Run:
        try:
            chosen = answer_format(request)
            return Run(upload, serving, settings, chosen, origin.request_id, books)
        except BaseException:
            upload.file.close()
            raise

    return await anyio.to_thread.run_sync(opened, upload, limiter=state.batches.turns.threads)


async def _submitted(run: Run, caller: Caller, slot: Slot, state: State) -> BatchJob:
    try:
        submit = state.batches.jobs.submit
        return await anyio.to_thread.run_sync(submit, slot.name, caller, run)
    except BaseException:
        run.close()
        raise


def _job_endpoint(slot: Slot, state: State) -> Endpoint:
    jobs = state.batches.jobs

    async def batch_job(request: Request) -> Response:
        return reply(await anyio.to_thread.run_sync(jobs.status, *_asked(request, slot)))

    return batch_job


def _result_endpoint(slot: Slot, state: State) -> Endpoint:
    jobs = state.batches.jobs

    async def batch_result(request: Request) -> Response:
        job, path = await anyio.to_thread.run_sync(jobs.result, *_asked(request, slot))
        return FileResponse(path, media_type=ANSWER_TYPES[job.format])

    return batch_result


def _delete_endpoint(slot: Slot, state: State) -> Endpoint:
    jobs = state.batches.jobs

    async def batch_delete(request: Request) -> Response:
        await anyio.to_thread.run_sync(jobs.delete, *_asked(request, slot))
        return Response(status_code=204)

    return batch_delete


def _asked(request: Request, slot: Slot) -> tuple[str, Caller, str]:
    """Return the problem, the caller, and the id of the job that is asked about."""
    return slot.name, _caller(request), request.path_params["job"]


def _caller(request: Request) -> Caller:
    caller: Caller = request.scope["state"]["caller"]
    return caller


def _in_background(request: Request) -> bool:
    mode = request.query_params.get("mode", "stream")
    if mode not in ("stream", "job"):
        raise InvalidRequest("enum", "`mode` must be one of stream, job", field="mode")
    return mode == "job"


def _headers(slot: Slot, run: Run) -> dict[str, str]:
    model = run.model
    return {
        "x-problem": slot.name,
        "x-model-name": model.name,
        "x-model-version": model.version,
        "x-model-digest": model.digest,
        "x-model-data": model.data,
        # A proxy that gathers an answer before it passes it on would undo the streaming.
        "x-accel-buffering": "no",
    }
