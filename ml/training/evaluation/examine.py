"""Everything beside the headline metrics, in one pass over the test part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ml.bundle import Evaluation
from ml.bundle.evaluation import Spread, spread_over
from ml.training.evaluation.bootstrap import Bootstrap
from ml.training.evaluation.calibration import BINS
from ml.training.evaluation.curves import class_evaluation
from ml.training.evaluation.metrics import views
from ml.training.evaluation.subgroups import subgroups

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ml.problems.problem import Problem
    from ml.training.evaluation.metrics import Scored


def examine(problem: Problem, scored: Scored, replicates: int, seed: int) -> Evaluation:
    """Return curves, operating points, subgroups and gaps, with 95 % intervals.

    Args:
        problem: declares classes, bands, subgroups and how small a group may be.
        scored: the test part with a model's probabilities.
        replicates: number of resamples.
        seed: seed of the resampling.

    Raises:
        NotEnoughData: an outcome occurs in too few patients.
    """
    bootstrap = Bootstrap(scored.groups, scored.outcomes, replicates, seed)
    names = tuple(problem.target.classes)
    found, gaps = subgroups(problem, scored, bootstrap)
    return Evaluation(
        classes={
            names[index]: class_evaluation(positive, risk, problem.bands, bootstrap)
            for index, positive, risk in views(scored.outcomes, scored.probabilities)
        },
        subgroups=found,
        gaps=gaps,
        risks={
            names[index]: _spread(risk, scored.probabilities.argmax(axis=1) == index)
            for index, _, risk in views(scored.outcomes, scored.probabilities)
        },
    )


def _spread(risk: NDArray[np.float64], chosen: NDArray[np.bool_]) -> Spread:
    edges = np.unique(np.quantile(risk, np.linspace(0, 1, BINS + 1)[1:-1]))
    return Spread(
        edges=tuple(edges.tolist()),
        counts=tuple(spread_over(risk, edges).astype(int).tolist()),
        mean=float(risk.mean()),
        share=float(chosen.mean()),
    )
