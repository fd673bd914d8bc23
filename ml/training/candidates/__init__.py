"""The kinds of models that are tried side by side, and means of them."""

from ml.problems.candidates import Part
from ml.training.candidates.learned import Learned, Recipe, Scorer, attempt, follow, mix
from ml.training.candidates.lesson import Lesson

__all__ = ["Learned", "Lesson", "Part", "Recipe", "Scorer", "attempt", "follow", "mix"]
