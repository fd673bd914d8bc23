"""The dialect of an earlier system: field names and paths that its clients know.

What is declared here stands beside the house's own fields, never in their place, and says
nothing that those do not say.
"""

from __future__ import annotations

from typing import Literal

import msgspec


class Answering(msgspec.Struct, frozen=True, kw_only=True):
    """Names of the fields in the answer to one bare record; an empty one is left out.

    Args:
        predicted: the label of the predicted class.
        probability: the probability of the predicted class.
        probabilities: the probability of each class, by its label.
        time: when it was answered.
        record: the record as it was sent.
    """

    predicted: str = ""
    probability: str = ""
    probabilities: str = ""
    time: str = ""
    record: str = ""


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """Names in the history's list.

    Args:
        predictions: of the list, whose members have the fields of an answer, too.
        id: of the prediction's id in a member.
    """

    predictions: str
    id: str


class Greeting(msgspec.Struct, frozen=True, kw_only=True):
    """Names of fields where the service says what it is; an empty one is left out.

    Args:
        texts: fields whose content is declared.
        loaded: whether a model is in service.
        accuracy: that model's accuracy on the test part, null where there is none.
    """

    texts: dict[str, str] = {}
    loaded: str = ""
    accuracy: str = ""


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """What clients of an earlier system send and expect.

    Args:
        language: of the labels.
        paths: other paths of the prediction's route, such as `/predict-one`.
        values: name of the field in which all inputs may come as one list, in the order of
            the declared columns; empty where they may not.
        answer: of one bare record.
        history: of the list of predictions.
        greeting: of the service.
    """

    language: Literal["en", "es"] = "en"
    paths: tuple[str, ...] = ()
    values: str = ""
    answer: Answering = Answering()
    history: Listing | None = None
    greeting: Greeting | None = None
