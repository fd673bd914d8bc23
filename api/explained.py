"""What an explanation answers."""

from __future__ import annotations

import msgspec

from api.answers import Model
from ml.bundle.reasons import Reasons
from ml.problems.problem import NamedClass, RiskBand
from ml.problems.text import Text


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """One record's risk, and what moved it.

    Args:
        probability: the risk: of the last of two classes, or of the predicted one of more.
        predicted: the predicted class.
        probabilities: of all classes.
        base_value: log-odds that this record starts from.
        log_odds: of the risk; of more than two classes the logarithm of the probability less
            the mean of the others'.
        contributions: what each input adds to the log-odds.
        reasons: those that move it most, in words.
        band: of the risk; null where the problem declares none.
        missing: inputs that are absent or not known.
        warnings: why the record lies outside what the model is meant for.
        rare: inputs whose value fewer than 20 of the rows held that the model learned from.
    """

    probability: float
    predicted: NamedClass
    probabilities: dict[str, float]
    base_value: float
    log_odds: float
    contributions: dict[str, float]
    reasons: Reasons
    band: RiskBand | None
    missing: tuple[str, ...]
    warnings: tuple[Text, ...]
    rare: tuple[str, ...]


class Explanations(msgspec.Struct, frozen=True, kw_only=True):
    """One explanation for each record, in the order of the request.

    Args:
        explanations: the explanations.
        base_value: log-odds that every record starts from; null where there are more than two
            classes, for then it depends on the predicted one.
        ids: the predictions' ids in the history; none where it is switched off.
        problem: what is predicted.
        model: the model that answered.
        ignored: declared columns that were sent but are no inputs.
        notice: what it is not.
    """

    explanations: list[Explained]
    base_value: float | None
    ids: list[str]
    problem: str
    model: Model
    ignored: tuple[str, ...]
    notice: Text
