"""The declared policy applied to what was found: whether to train anew."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from ml.monitoring.report import Decision, Finding
from ml.problems.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ml.bundle import Interval
    from ml.monitoring.report import ClassDrift, InputDrift, Performance
    from ml.problems.gates import Bound
    from ml.problems.monitoring import Monitoring


class Found(NamedTuple):
    """What a look has found, before anything is decided.

    Args:
        version: in production.
        examined: predictions of the window that were looked at.
        of_version: those of them that it made.
        inputs: their drift.
        classes: drift of what it predicts.
        offline: its metrics on the test part.
        performance: of all that was answered, then by version.
    """

    version: str
    examined: int
    of_version: int
    inputs: tuple[InputDrift, ...]
    classes: tuple[ClassDrift, ...]
    offline: dict[str, Interval]
    performance: tuple[Performance, ...]


def decide(found: Found, policy: Monitoring, now: datetime, asked: datetime | None) -> Decision:
    """Return whether to train anew.

    Args:
        found: what the look has found.
        policy: the problem's.
        now: the moment that the look is about.
        asked: when a training was last asked for, if ever.
    """
    judged = _judged(found)
    findings = tuple(_findings(found, policy, judged))
    cooling = asked is not None and now - asked < timedelta(days=policy.cool_down_days)
    return Decision(
        retrain=bool(findings) and not cooling,
        findings=findings,
        cooling_since=asked if findings and cooling else None,
        undecided=tuple(_undecided(found, policy, judged)),
    )


def _judged(found: Found) -> Performance | None:
    """Return the performance to decide by: of the version in production, else of all."""
    enough = {each.version: each for each in found.performance if each.metrics}
    return enough.get(found.version) or enough.get("")


def _findings(found: Found, policy: Monitoring, judged: Performance | None) -> Iterator[Finding]:
    if found.examined >= policy.minimum_predictions:
        yield from _drifted_inputs(found, policy)
    if found.of_version >= policy.minimum_predictions:
        yield from (_drifted_class(each, policy) for each in found.classes if each.risks.drifted)
    if judged is not None:
        yield from _worse(judged.metrics, found.offline, policy)
        for metric, bound in policy.calibration.items():
            if metric in judged.metrics:
                yield from _outside(metric, judged.metrics[metric], bound)


def _drifted_inputs(found: Found, policy: Monitoring) -> Iterator[Finding]:
    drifted = tuple(each.input for each in found.inputs if each.drifted)
    if len(drifted) >= policy.drifted_inputs:
        yield Finding(
            kind="inputs",
            about=drifted,
            value=len(drifted),
            limit=policy.drifted_inputs,
            sentence=Text(
                en=f"{len(drifted)} inputs differ from what the model learned from",
                es=f"{len(drifted)} variables difieren de aquello con lo que aprendió el modelo",
            ),
        )


def _drifted_class(each: ClassDrift, policy: Monitoring) -> Finding:
    index = f"{each.risks.psi:.2f}"
    return Finding(
        kind="predictions",
        about=(each.name,),
        value=each.risks.psi,
        limit=policy.psi,
        sentence=Text(
            en=f"The estimates have shifted (population stability index {index})",
            es=f"Las estimaciones se han desplazado (índice de estabilidad {index})",
        ),
    )


def _worse(
    live: dict[str, Interval], offline: dict[str, Interval], policy: Monitoring
) -> Iterator[Finding]:
    if "auroc" not in live or "auroc" not in offline:
        return
    limit = offline["auroc"].value - policy.auroc_drop
    if live["auroc"].high < limit:
        value = live["auroc"].value
        yield Finding(
            kind="auroc",
            about=("auroc",),
            value=value,
            limit=limit,
            sentence=Text(
                en=f"The estimates rank patients worse than they did (AUROC {value:.3f})",
                es=f"Las estimaciones ordenan peor a los pacientes que antes (AUROC {value:.3f})",
            ),
        )


def _outside(metric: str, live: Interval, bound: Bound) -> Iterator[Finding]:
    """Yield a finding where the whole interval lies on one side of the bounds."""
    low = bound.minimum is not None and live.high < bound.minimum
    high = bound.maximum is not None and live.low > bound.maximum
    limit = bound.minimum if low else bound.maximum
    told = f"{metric} {live.value:.2f}"
    if (low or high) and limit is not None:
        yield Finding(
            kind="calibration",
            about=(metric,),
            value=live.value,
            limit=limit,
            sentence=Text(
                en=f"The estimates no longer match what happens ({told})",
                es=f"Las estimaciones ya no coinciden con lo que ocurre ({told})",
            ),
        )


def _undecided(found: Found, policy: Monitoring, judged: Performance | None) -> Iterator[Text]:
    if found.examined < policy.minimum_predictions:
        yield Text(
            en="Too few predictions to tell whether the inputs have changed",
            es="Demasiado pocas predicciones para saber si las variables han cambiado",
        )
    if found.of_version < policy.minimum_predictions or not found.classes:
        yield Text(
            en="Too few predictions of this version to tell whether they have shifted",
            es="Demasiado pocas predicciones de esta versión para saber si se han desplazado",
        )
    if judged is None:
        yield Text(
            en="Too few known outcomes to tell how well the estimates did",
            es="Demasiado pocos desenlaces conocidos para saber si las estimaciones acertaron",
        )
