"""What predictions are told apart by: the risk band or, of more than two classes, the class."""

from __future__ import annotations

from typing import NamedTuple

from ml.problems import Problem
from ml.problems.text import Text
from ui import texts
from ui.answers import Band
from ui.answers.batch import ScoredRow
from ui.answers.history import StoredFeedback, StoredPrediction
from ui.session import language

_TWO = 2


class Grades(NamedTuple):
    """The grades of a problem.

    Args:
        field: the member of an answer that holds one.
        title: what a person calls it.
        labels: each by its name, in the session's language.
    """

    field: str
    title: Text
    labels: dict[str, str]

    def of(self, one: ScoredRow | StoredPrediction | StoredFeedback) -> str:
        """Return the grade of a prediction, or the one that an opinion gives, in words."""
        name: str | None = getattr(one, self.field)
        return self.labels.get(name, name) if name else "-"


def several(problem: Problem) -> bool:
    """Tell whether there are more than two classes; a risk is then that of the predicted one."""
    return len(problem.target.classes) > _TWO


def grades(problem: Problem) -> Grades:
    """Return what the predictions of a problem are told apart by."""
    if several(problem):
        return Grades("predicted", texts.PREDICTED, classes(problem))
    labels = {band.name: band_of(problem, Band(band.name, band.label)) for band in problem.bands}
    return Grades("band", texts.BAND, labels)


def classes(problem: Problem) -> dict[str, str]:
    """Return the labels of the classes by their names, in order."""
    return {name: label.to(language()) for name, label in problem.target.labels.items()}


def band_of(problem: Problem, band: Band) -> str:
    """Return a band in words, led by one filled circle for each step up."""
    names = [declared.name for declared in problem.bands]
    if band.name not in names:
        return band.label.to(language())
    step = names.index(band.name) + 1
    return f"{'●' * step}{'○' * (len(names) - step)} {band.label.to(language())}"
