"""One look at a model in service, from the registry and the history to a kept report."""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from ml import bundle
from ml.bundle import Interval
from ml.monitoring import answered, store
from ml.monitoring.answered import Span, reading
from ml.monitoring.inputs import inputs
from ml.monitoring.performance import performance
from ml.monitoring.policy import Found, decide
from ml.monitoring.predictions import predictions
from ml.monitoring.report import Report

if TYPE_CHECKING:
    import sqlalchemy as sa

    from ml.bundle import LoadedModel
    from ml.monitoring.answered import Window
    from ml.problems.problem import Problem
    from ml.registry import Registry, Version
    from ml.settings import Settings


class Post(NamedTuple):
    """Where a lookout stands.

    Args:
        registry: knows which version is in production.
        serving: the serving database.
        problem: declares the policy.
        settings: seed and bootstrap replicates.
    """

    registry: Registry
    serving: sa.Engine
    problem: Problem
    settings: Settings


def look(post: Post, until: datetime, dag_run: str) -> Report | None:
    """Look at the model in production, and keep what was found, once for each DAG run.

    Args:
        post: where.
        until: the moment that the look is about.
        dag_run: who looks.

    Returns:
        What was found; that of an earlier try of the same run where it has ended. `None`
        where no model is in production.

    Raises:
        RegistryUnavailable: the model registry does not answer.
        DatabaseUnavailable: the history does not.
        BundleInvalid: the model in production cannot be loaded by this release.
    """
    with reading(post.serving) as connection:
        kept = store.of_run(connection, post.problem.name, dag_run)
        asked = store.last_asked(connection, post.problem.name, until)
    if kept is not None:
        return kept
    version = post.registry.production(post.problem.name)
    if version is None:
        return None
    report = _report(post, version, until, dag_run, asked)
    with reading(post.serving) as connection:
        store.add(connection, report)
        return store.of_run(connection, post.problem.name, dag_run)


def _report(
    post: Post, version: Version, until: datetime, dag_run: str, asked: datetime | None
) -> Report:
    policy = post.problem.monitoring
    window, due = _spans(post.problem, until)
    model = _load(post.registry, version)
    seen = answered.window(post.serving, window)
    found = _find(post, version, model, seen, due)
    return Report(
        problem=post.problem.name,
        version=version.number,
        digest=model.digest,
        data=model.data,
        dag_run=dag_run,
        since=window.since,
        until=until,
        due_since=due.since,
        due_until=due.until,
        predictions=seen.predictions,
        examined=found.examined,
        of_version=found.of_version,
        inputs=found.inputs,
        classes=found.classes,
        offline=found.offline,
        performance=found.performance,
        decision=decide(found, policy, until, asked),
    )


def _spans(problem: Problem, until: datetime) -> tuple[Span, Span]:
    """Return the window, and the predictions that are old enough to have an outcome."""
    policy = problem.monitoring
    due = until - timedelta(days=policy.outcome_days)
    return (
        Span(problem.name, until - timedelta(days=policy.window_days), until),
        Span(problem.name, due - timedelta(days=policy.performance_days), due),
    )


def _find(post: Post, version: Version, model: LoadedModel, seen: Window, due: Span) -> Found:
    policy = post.problem.monitoring
    classes = list(model.schema.target.classes)
    own = np.flatnonzero(seen.versions == version.number)
    said = np.array([seen.probabilities[row] for row in own]).reshape(-1, len(classes))
    return Found(
        version=version.number,
        examined=len(seen.asked),
        of_version=len(own),
        inputs=inputs(model, seen.asked, policy),
        classes=predictions(model, said, policy),
        offline=msgspec.convert(model.info["metrics"], dict[str, Interval]),
        performance=performance(
            answered.judged(post.serving, due, classes), classes, policy, post.settings
        ),
    )


def _load(registry: Registry, version: Version) -> LoadedModel:
    with tempfile.TemporaryDirectory() as folder:
        path = registry.fetch(version, Path(folder))
        return bundle.load(path, expected_digest=version.digest)
