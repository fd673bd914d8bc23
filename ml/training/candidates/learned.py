"""Following a recipe: from rows to a calibrated model, single or a mean of several."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from ml.bundle import Calibrator, Ensemble, Grown, Model
from ml.problems.candidates import Part
from ml.training.calibration import calibrate
from ml.training.candidates.boosted import Watch, fit_boosted, fit_until_best
from ml.training.candidates.forest import fit_forest
from ml.training.candidates.logistic import fit_logistic

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xgboost
    from numpy.typing import NDArray

    from ml.bundle import Member
    from ml.features import FeatureMap
    from ml.training.candidates.lesson import Lesson

_ENSEMBLE = "ensemble"


Recipe = tuple[Part, ...]
"""How a model is made; several parts make an ensemble. The same rows, seed and recipe give
the same model."""


class Learned(NamedTuple):
    """A model that has learned.

    Args:
        recipe: how it was made.
        model: its members.
        boosters: their trees, by the name of the file.
        calibrator: from its margins to probabilities.
        splits: how many splits of trees a prediction decides: most of its time.
        log_loss: of the calibrated probabilities on the validation part, where the
            calibration of a row was fitted without that row's patient.
    """

    recipe: Recipe
    model: Model
    boosters: dict[str, bytes]
    calibrator: Calibrator
    splits: int
    log_loss: float

    @property
    def algorithm(self) -> str:
        """The kind of the only part, or `ensemble`."""
        return self.recipe[0].kind if len(self.recipe) == 1 else _ENSEMBLE

    @property
    def parameters(self) -> dict[str, float]:
        """The parameters by name; in an ensemble after the number and kind of the part."""
        if len(self.recipe) == 1:
            return self.recipe[0].parameters
        return {
            f"{number}.{part.kind}.{name}": value
            for number, part in enumerate(self.recipe, 1)
            for name, value in part.parameters.items()
        }

    def scorer(self, feature_map: FeatureMap) -> Scorer:
        """Return what serves this model."""
        return Scorer(Ensemble(self.model, self.boosters, feature_map), self.calibrator)


class Scorer(NamedTuple):
    """A learned model, evaluated as the API does."""

    ensemble: Ensemble
    calibrator: Calibrator

    def probabilities(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (rows, classes) of (rows, inputs)."""
        return self.calibrator.probabilities(self.ensemble.margins(matrix))


def follow(recipe: Recipe, lesson: Lesson) -> Learned:
    """Fit the recipe's parts on the training rows and calibrate on the validation rows."""
    parts = [_learn(part, lesson) for part in recipe]
    return parts[0] if len(parts) == 1 else mix(parts, lesson)


def mix(learned: Sequence[Learned], lesson: Lesson) -> Learned:
    """Return the mean of several models' calibrated log-odds, calibrated once more.

    In log-odds and not in probabilities, so that explanations of the whole stay sums of the
    members' (Satopää et al., "Combining multiple probability predictions using a simple
    logit model", 2014, is the case for this mean).
    """
    members: list[Member] = []
    boosters: dict[str, bytes] = {}
    intercept: NDArray[np.float64] = np.zeros(())
    for one in learned:
        slope = one.calibrator.slope / len(learned)
        of_model, of_calibrator = np.array(one.model.intercept), np.array(one.calibrator.intercept)
        intercept = intercept + slope * of_model + of_calibrator / len(learned)
        for member in one.model.members:
            weighted = msgspec.structs.replace(member, weight=member.weight * slope)
            if isinstance(weighted, Grown):
                file = _file(len(boosters) + 1)
                boosters[file] = one.boosters[weighted.file]
                weighted = msgspec.structs.replace(weighted, file=file)
            members.append(weighted)
    recipe = tuple(part for one in learned for part in one.recipe)
    starts = tuple(intercept.tolist()) if intercept.ndim else float(intercept)
    model = Model(members=tuple(members), intercept=starts)
    return _calibrated(recipe, model, boosters, lesson)


def attempt(part: Part, lesson: Lesson, watch: Watch) -> Learned | None:
    """Learn as `follow` does, but boosted trees find their number of rounds.

    Args:
        part: what to learn; `rounds` are the most.
        lesson: what to learn from.
        watch: may give boosted trees up; the answer is then `None`.
    """
    if part.kind != "xgboost":
        return _learn(part, lesson)
    booster = fit_until_best(lesson, part.parameters, watch)
    if booster is None:
        return None
    rounds = booster.num_boosted_rounds()
    found = msgspec.structs.replace(part, parameters={**part.parameters, "rounds": rounds})
    return _grown(found, booster, lesson)


def _learn(part: Part, lesson: Lesson) -> Learned:
    match part.kind:
        case "logistic_regression":
            model = Model(members=(fit_logistic(lesson, part.parameters),))
            return _calibrated((part,), model, {}, lesson)
        case "random_forest":
            return _grown(part, fit_forest(lesson, part.parameters), lesson)
        case "xgboost":
            return _grown(part, fit_boosted(lesson, part.parameters), lesson)


def _grown(part: Part, booster: xgboost.Booster, lesson: Lesson) -> Learned:
    boosters = {_file(1): bytes(booster.save_raw("ubj"))}
    return _calibrated((part,), Model(members=(Grown(file=_file(1)),)), boosters, lesson)


def _calibrated(
    recipe: Recipe, model: Model, boosters: dict[str, bytes], lesson: Lesson
) -> Learned:
    rows = lesson.validation
    ensemble = Ensemble(model, boosters, lesson.feature_map)
    calibrator, log_loss = calibrate(ensemble.margins(rows.matrix), rows.outcomes, rows.groups)
    return Learned(recipe, model, boosters, calibrator, ensemble.splits, log_loss)


def _file(number: int) -> str:
    return f"trees_{number}.ubj"
