"""The result of a problem of more than two classes: all of them, the most probable first."""

from __future__ import annotations

import math

from ml.problems import Problem
from ui import likeness, markup
from ui.answers import Explained
from ui.answers.model import ModelInfo
from ui.grades import classes
from ui.session import say
from ui.texts import patient as words

HUNDRED = 100


def show(problem: Problem, one: Explained, info: ModelInfo | None) -> None:
    """Draw how many of 100 similar patients have each class, beside all patients."""
    labels = classes(problem)
    ranked = dict(sorted(one.probabilities.items(), key=lambda item: -item[1]))
    counts = of_hundred(ranked)
    rows = []
    for name, count in counts.items():
        base = likeness.base_rate(likeness.calibration(info, name))
        everybody = "-" if base is None else str(round(HUNDRED * base))
        rows.append([labels.get(name, name), markup.bar(count / HUNDRED, str(count)), everybody])
    head = [say(words.OUTCOME), say(words.SIMILAR), say(words.EVERYBODY)]
    markup.table(say(words.CLASSES), head, rows, figures=(2,))


def of_hundred(probabilities: dict[str, float]) -> dict[str, int]:
    """Return shares of 100 that add up to 100: the largest remainders are rounded up."""
    exact = {name: HUNDRED * share for name, share in probabilities.items()}
    found = {name: math.floor(share) for name, share in exact.items()}
    nearest = sorted(exact, key=lambda name: found[name] - exact[name])
    for name in nearest[: HUNDRED - sum(found.values())]:
        found[name] += 1
    return found
