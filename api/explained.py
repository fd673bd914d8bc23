"""What an explanation answers."""

from __future__ import annotations

import msgspec

from api.answers import Model
from ml.bundle.reasons import Reasons
from ml.problems.problem import RiskBand
from ml.problems.text import Text


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """One record's risk, and what moved it.

    Args:
        probability: the risk.
        log_odds: of the risk.
        contributions: what each input adds to the log-odds.
        reasons: those that move it most, in words.
        band: of the risk.
        missing: inputs that are absent or not known.
        warnings: why the record lies outside what the model is meant for.
        rare: inputs whose value fewer than 20 of the rows held that the model learned from.
    """

    probability: float
    log_odds: float
    contributions: dict[str, float]
    reasons: Reasons
    band: RiskBand
    missing: tuple[str, ...]
    warnings: tuple[Text, ...]
    rare: tuple[str, ...]


class Explanations(msgspec.Struct, frozen=True, kw_only=True):
    """One explanation for each record, in the order of the request.

    Args:
        explanations: the explanations.
        base_value: log-odds that every record starts from.
        ids: the predictions' ids in the history; none where it is switched off.
        problem: what is predicted.
        model: the model that answered.
        ignored: declared columns that were sent but are no inputs.
        notice: what it is not.
    """

    explanations: list[Explained]
    base_value: float
    ids: list[str]
    problem: str
    model: Model
    ignored: tuple[str, ...]
    notice: Text
