"""What the routes answer: each a struct that is both encoded and documented as it stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, TypeAlias

import msgspec

from api.challenge.metrics import Hindrance
from api.challenge.settings import Mode
from api.refresh import Result
from api.security.callers import Role
from api.slots import Failure, RegistryState
from ml.problems.problem import NamedClass, RiskBand
from ml.problems.text import Text

HealthStatus: TypeAlias = Literal["ok", "degraded", "no_model"]

NOTICE = Text(
    en="Decision support, not a diagnosis.",
    es="Apoyo a la decisión clínica, no un diagnóstico.",
)
SYNTHETIC_WARNING = Text(
    en="This model learned from synthetic data: it says nothing about real patients.",
    es="Este modelo aprendió de datos sintéticos: no dice nada sobre pacientes reales.",
)


class Model(msgspec.Struct, frozen=True):
    """The model that answered."""

    name: str
    version: str
    digest: str
    data: str


class Detail(msgspec.Struct, frozen=True):
    """What belongs to one prediction: its class, what was missing, what to beware of.

    `probabilities` are those of all classes; `band` is null where the problem declares none.
    `model` is there only where another one made it than the answer names.
    """

    missing: tuple[str, ...]
    warnings: tuple[Text, ...]
    predicted: NamedClass
    probabilities: dict[str, float]
    band: RiskBand | None
    model: Model | msgspec.UnsetType = msgspec.UNSET


class Predictions(msgspec.Struct, frozen=True):
    """One probability and one detail for each record, in the order of the request.

    The probability is that of the last of two classes, or of the predicted one of more. `model`
    made all of them but those whose detail names another one. `ids` name the predictions in the
    history; there are none where it is switched off.
    """

    predictions: list[float]
    problem: str
    model: Model
    details: list[Detail]
    ignored: tuple[str, ...]
    ids: list[str]
    notice: Text


class Challenger(msgspec.Struct, frozen=True, kw_only=True):
    """The staging model that is tried beside production's.

    `share` is of the requests for `shadow`, of the patients for `ab`. `hindrance` says why it
    does not score now, null where it does; production answers then.
    """

    mode: Mode
    share: float
    version: str | None
    digest: str | None
    data: str | None
    hindrance: Hindrance | None
    registry: RegistryState
    last_failure: Failure | None


class ModelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of the model in service."""

    problem: str
    title: Any
    question: Any
    name: str
    version: str
    stage: str
    digest: str
    run_id: str
    data: str
    loaded_at: datetime
    metrics: dict[str, Any]
    evaluation: dict[str, Any]
    rows: dict[str, int]
    lineage: dict[str, Any]
    target: dict[str, Any]
    bands: list[dict[str, Any]]
    card: Text
    inputs: list[dict[str, Any]]
    notice: Text
    warning: Text | None
    registry: RegistryState
    last_failure: Failure | None
    challenger: Challenger | None


class Reloaded(msgspec.Struct, frozen=True):
    """The version before and after the registry was asked."""

    problem: str
    result: Result
    old: str | None
    new: str | None


class ProblemHealth(msgspec.Struct, frozen=True):
    """How one problem's slot fares; `degraded` serves, but not what is promoted."""

    problem: str
    title: Text
    status: HealthStatus
    version: str | None
    data: str | None
    registry: RegistryState
    last_failure: Failure | None
    challenger: Challenger | None


class Absent(msgspec.Struct, frozen=True):
    """A part of the platform that this service does without, and what stands in its place."""

    part: Literal["model registry", "database server"]
    instead: str


class Health(msgspec.Struct, frozen=True):
    """The worst status of all problems, each one's own, and what is away by design."""

    status: HealthStatus
    problems: list[ProblemHealth]
    away_by_design: list[Absent]


class Models(msgspec.Struct, frozen=True):
    """The problems served, each with its model."""

    default_problem: str
    models: list[ProblemHealth]


class Status(msgspec.Struct, frozen=True):
    """A short yes."""

    status: Literal["alive", "ready"]


class Caller(msgspec.Struct, frozen=True):
    """Who asks, and what the caller may be here."""

    name: str
    roles: list[Role]


class Service(msgspec.Struct, frozen=True):
    """What the service is, and where to go from here."""

    service: str
    notice: Text
    default_problem: str
    models: list[ProblemHealth]
    links: dict[str, str]
