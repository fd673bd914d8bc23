"""The application factory; `python -m api` serves what it returns."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import anyio
import anyio.to_thread
import structlog
from fastapi import FastAPI

from api import problem_documents, schemas
from api.batch.batches import Batches
from api.bundles import Bundles
from api.challenge.challengers import Challengers
from api.dialects import speaker_of
from api.draining import Draining
from api.history.history import History
from api.history.writer import untraced
from api.metrics import Metrics
from api.middleware import Surroundings
from api.refresh import Refresher
from api.routes.activity import activity_router
from api.routes.batch import batch_router
from api.routes.docs import docs_router
from api.routes.explain import explain_router
from api.routes.feedback import feedback_router
from api.routes.history import history_router
from api.routes.inference_protocol import inference_router
from api.routes.monitoring import monitoring_router
from api.routes.plain import Express
from api.routes.problem import problem_router
from api.routes.service import service_router
from api.routes.versions import versions_router
from api.routes.webhooks import webhooks_router
from api.routes.whoami import whoami_router
from api.security.headers import SecurityHeaders
from api.security.installation import Security
from api.served import Served
from api.settings import Settings
from api.slots import Slot
from api.state import State
from api.tracing import Remembered, Traced, WritingSpans
from api.webhooks.deliveries import Deliveries
from api.webhooks.listening import listen
from ml import logs, problems, tracing
from ml.promoted import Source
from ml.promoted.on_disk import OnDisk

log = structlog.get_logger()


def create_app(settings: Settings | None = None, registry: Source | None = None) -> FastAPI:
    """Return the application with all its routes; it loads models once it is started.

    Args:
        settings: read from the environment where left out.
        registry: the bundle or the MLflow server that the settings name where left out.

    Raises:
        InvalidSettings: a setting is malformed or unsafe.
        UnknownProblem: a problem to serve is not declared.
    """
    logs.configure("api")
    settings = settings or Settings()
    traced = Remembered() if tracing.configure("api", settings.otlp_endpoint) else None
    state = _state(settings, registry or _registry(settings), traced)
    app = FastAPI(
        title="Vigía",
        summary="Clinical risk models: decision support, not a diagnosis.",
        version="1",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan(state),
    )
    problem_documents.install(app, settings)
    _add_routes(app, state)
    # Nearest to the routes: whatever is put around them stands before it.
    app.add_middleware(Express, routes=app.routes, handlers=app.exception_handlers)
    spoken = [struct for speaker in state.speakers.values() for struct in speaker.structs]
    state.security.install(app)
    if traced is not None:
        app.add_middleware(Traced, remembered=traced)
    # Added last, it surrounds the rest: a refusal has its id, its headers and its line, too.
    app.add_middleware(
        Surroundings,
        metrics=state.metrics,
        headers=SecurityHeaders(settings.hsts_seconds),
        draining=state.draining,
        access_log=settings.access_log,
    )
    schemas.install(app, spoken)
    return app


def _registry(settings: Settings) -> Source:
    if settings.bundle is not None:
        return OnDisk(settings.bundle)
    # MLflow takes a second to import, for which a bundle on disk need not wait.
    from ml.registry import Registry  # noqa: PLC0415

    return Registry(settings.mlflow_tracking_uri)


def _state(settings: Settings, registry: Source, traced: Remembered | None) -> State:
    metrics = Metrics()
    bundles = Bundles(settings.bundles_dir, registry)
    around = untraced if traced is None else WritingSpans(traced)
    history = History(settings, metrics.registry, around)
    served = Served(settings.served_dir)
    refresher = Refresher(registry, bundles, served, settings.bundles_spare)
    slots = {
        name: Slot(problems.find(name), metrics, settings.poll_seconds, history.audit)
        for name in settings.problems
    }
    challengers = Challengers(settings, slots, metrics, history)
    security = Security(settings, metrics, settings.problems, history.audit)
    draining = Draining(settings.drain_seconds)
    batches = Batches(settings)
    # By then the signature of a delivery has gone stale, from whichever side.
    deliveries = Deliveries(settings.deliveries_dir, 2 * settings.webhook_tolerance_seconds)
    speakers = {name: speaker_of(slot.problem) for name, slot in slots.items()}
    return State(
        settings,
        slots,
        refresher,
        metrics,
        history,
        challengers,
        security,
        batches,
        draining,
        deliveries,
        {name: speaker for name, speaker in speakers.items() if speaker is not None},
    )


def _add_routes(app: FastAPI, state: State) -> None:
    """Add all routes; they are matched in order, so those that are called most come first."""
    app.include_router(problem_router(state.default_slot, state, ""))
    for name, slot in state.slots.items():
        app.include_router(problem_router(slot, state, f"_{name}"), prefix=f"/models/{name}")
    for router in (
        explain_router,
        batch_router,
        history_router,
        feedback_router,
        activity_router,
        monitoring_router,
        versions_router,
    ):
        app.include_router(router(state.default_slot, state, ""))
        for name, slot in state.slots.items():
            app.include_router(router(slot, state, f"_{name}"), prefix=f"/models/{name}")
    app.include_router(inference_router(state))
    app.include_router(service_router(state))
    app.include_router(whoami_router())
    app.include_router(webhooks_router(state))
    app.include_router(docs_router())


def _tune_interpreter() -> None:
    """Let the garbage collector hold up no request."""
    # Libraries keep a million objects that live as long as the process. A full garbage
    # collection that visits them stops every request for a quarter of a second.
    gc.collect()
    gc.freeze()
    # Requests that wait for one another hold hundreds of objects, all in use: looking
    # through them every 700 cost a tenth of a prediction and freed nothing.
    gc.set_threshold(20_000)


def _lifespan(state: State) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        log.info("api_starts", problems=list(state.slots))
        _tune_interpreter()
        state.history.start()
        state.challengers.start()
        try:
            async with anyio.create_task_group() as background:
                slots = list(state.slots.values())
                background.start_soon(listen, state.deliveries, state.slots, state.refresher)
                background.start_soon(state.refresher.watch, slots, state.settings.poll_seconds)
                background.start_soon(state.security.watch)
                background.start_soon(state.batches.watch)
                # The first connection finds a model, unless there is none to be had.
                with anyio.move_on_after(state.settings.first_model_seconds):
                    await state.refresher.begun.wait()
                with state.draining.on_sigterm():
                    yield
                background.cancel_scope.cancel()
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(state.batches.jobs.stop)
                await anyio.to_thread.run_sync(state.challengers.stop)
                await anyio.to_thread.run_sync(state.history.stop)
        log.info("api_stops")

    return lifespan
