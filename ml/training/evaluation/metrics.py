"""The metrics of a model's probabilities, with intervals, and paired with another's."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ml.problems.text import Text
from ml.training.evaluation.bootstrap import Bootstrap
from ml.training.evaluation.calibration import CalibrationError, Recalibration
from ml.training.evaluation.ranking import Ranking

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa
    from numpy.typing import NDArray

    from ml.bundle import Interval
    from ml.problems.problem import Target
    from ml.training.evaluation.bootstrap import Weights

# Every metric, with what a reader calls it.
TITLES = {
    "auroc": Text.same("AUROC"),
    "auprc": Text.same("AUPRC"),
    "brier": Text("Brier score", "Puntuación de Brier"),
    "brier_skill": Text("Brier skill", "Mejora de Brier"),
    "log_loss": Text("Log-loss", "Pérdida logarítmica"),
    "ece_mass": Text("Calibration error (equal mass)", "Error de calibración (grupos iguales)"),
    "ece_width": Text("Calibration error (equal width)", "Error de calibración (anchos iguales)"),
    "calibration_slope": Text("Calibration slope", "Pendiente de calibración"),
    "calibration_intercept": Text("Calibration intercept", "Ordenada de calibración"),
    "accuracy": Text("Accuracy", "Exactitud"),
    "sensitivity": Text("Sensitivity", "Sensibilidad"),
    "specificity": Text("Specificity", "Especificidad"),
}
# What is said of the predicted class, where it is declared which that is.
DECIDED = ("accuracy", "sensitivity", "specificity")
METRICS = tuple(name for name in TITLES if name not in DECIDED)
# Whether more of a metric is better; of the others neither more nor less is.
HIGHER_IS_BETTER = {
    "auroc": True,
    "auprc": True,
    "brier": False,
    "brier_skill": True,
    "log_loss": False,
    "ece_mass": False,
    "ece_width": False,
    **dict.fromkeys(DECIDED, True),
}
_SMALLEST = 1e-15


class Scored(NamedTuple):
    """Rows, what happened, and what a model said.

    Args:
        records: the rows as texts, by input column.
        outcomes: int64, (rows,): index of the class.
        probabilities: (rows, classes), in the order of the declared classes.
        groups: text, (rows,): key of the patient.
    """

    records: pa.Table
    outcomes: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    groups: NDArray[np.str_]


def views(
    outcomes: NDArray[np.int64], probabilities: NDArray[np.float64]
) -> Iterator[tuple[int, NDArray[np.bool_], NDArray[np.float64]]]:
    """Yield the index, the outcomes and the risks of each class that a risk is about.

    Of two classes that is the last; of more, each against the rest.
    """
    classes = probabilities.shape[1]
    for index in range(classes) if classes > 2 else (1,):
        yield index, outcomes == index, probabilities[:, index]


class Measures:
    """All metrics as one statistic of row weights.

    Of more than two classes, all but log-loss and accuracy are means over each class against
    the rest.

    Args:
        outcomes: (rows,) index of the class.
        probabilities: (rows, classes).
        target: says which class is predicted; without it nothing is said of that.
    """

    def __init__(
        self,
        outcomes: NDArray[np.int64],
        probabilities: NDArray[np.float64],
        target: Target | None = None,
    ) -> None:
        happened = probabilities[np.arange(len(outcomes)), outcomes]
        self._surprise = -np.log(np.clip(happened, _SMALLEST, 1))
        self._views = [_View(y, p) for _, y, p in views(outcomes, probabilities)]
        self._decisions: _Decisions | None = None
        if target is not None and target.decides:
            self._decisions = _Decisions(outcomes, target.predicted(probabilities), probabilities)

    @property
    def names(self) -> tuple[str, ...]:
        """What is measured, in order."""
        return METRICS if self._decisions is None else METRICS + DECIDED

    def __call__(self, weights: Weights) -> NDArray[np.float64]:
        """Return (resamples, metrics) in the order of `names`."""
        found: NDArray[np.float64] = np.mean([view(weights) for view in self._views], axis=0)
        found[:, METRICS.index("log_loss")] = weights @ self._surprise / weights.sum(axis=1)
        if self._decisions is None:
            return found
        return np.column_stack([found, self._decisions(weights)])


class _Decisions:
    """How often the predicted class is right: of all rows, of a class's, of the others'."""

    def __init__(
        self,
        outcomes: NDArray[np.int64],
        predicted: NDArray[np.intp],
        probabilities: NDArray[np.float64],
    ) -> None:
        self._right = (predicted == outcomes).astype(np.float64)
        self._counted = [
            np.column_stack([y, y & (predicted == i), ~y, ~y & (predicted != i)]).astype(np.float64)
            for i, y, _ in views(outcomes, probabilities)
        ]

    def __call__(self, weights: Weights) -> NDArray[np.float64]:
        """Return (resamples, metrics) in the order of `DECIDED`."""
        accuracy = weights @ self._right / weights.sum(axis=1)
        rates = []
        with np.errstate(divide="ignore", invalid="ignore"):
            for counted in self._counted:
                members, found, others, spared = (weights @ counted).T
                rates.append([found / members, spared / others])
        return np.column_stack([accuracy, *np.mean(rates, axis=0)])


class _View:
    """The metrics of one class's risks."""

    def __init__(self, positive: NDArray[np.bool_], risk: NDArray[np.float64]) -> None:
        self._ranking = Ranking(positive, risk)
        self._errors = [CalibrationError(positive, risk, by) for by in ("mass", "width")]
        self._recalibration = Recalibration(positive, risk)
        self._positive = positive.astype(np.float64)
        self._squares = (risk - positive) ** 2

    def __call__(self, weights: Weights) -> NDArray[np.float64]:
        total = weights.sum(axis=1)
        rate = weights @ self._positive / total
        brier = weights @ self._squares / total
        with np.errstate(divide="ignore", invalid="ignore"):
            skill = 1 - brier / (rate * (1 - rate))
        mass, width = (error(weights) for error in self._errors)
        log_loss = np.zeros_like(brier)  # of all classes together, by the caller
        ranks = self._ranking(weights)
        return np.column_stack(
            [ranks, brier, skill, log_loss, mass, width, self._recalibration(weights)]
        )


def measure(
    outcomes: NDArray[np.int64],
    probabilities: NDArray[np.float64],
    groups: NDArray[np.str_],
    replicates: int,
    seed: int,
    target: Target | None = None,
) -> dict[str, Interval]:
    """Return every metric with its 95 % interval; one that has no value is left out.

    Args:
        outcomes: (rows,) index of the class.
        probabilities: (rows, classes).
        groups: (rows,) key of the patient.
        replicates: number of resamples.
        seed: seed of the resampling.
        target: see `Measures`.

    Raises:
        NotEnoughData: an outcome occurs in too few patients.
    """
    measures = Measures(outcomes, probabilities, target)
    return Bootstrap(groups, outcomes, replicates, seed).intervals(measures.names, measures)


def differences(
    bootstrap: Bootstrap,
    outcomes: NDArray[np.int64],
    candidate: NDArray[np.float64],
    reigning: NDArray[np.float64],
    target: Target | None = None,
) -> dict[str, Interval]:
    """Return by how much one model's metrics exceed another's on the same rows and resamples.

    Args:
        bootstrap: of the rows.
        outcomes: (rows,) index of the class.
        candidate: (rows, classes) of the one.
        reigning: (rows, classes) of the other.
        target: see `Measures`.
    """
    ours, theirs = (Measures(outcomes, each, target) for each in (candidate, reigning))

    def statistic(weights: Weights) -> NDArray[np.float64]:
        with np.errstate(invalid="ignore"):  # a resample of one outcome has infinite skills
            return ours(weights) - theirs(weights)

    return bootstrap.intervals(ours.names, statistic)
