"""The toy problem with a search of a few small trials."""

from __future__ import annotations

import msgspec

from ml.problems.candidates import LOGISTIC_REGRESSION, RANDOM_FOREST, XGBOOST, Search
from tests import toy

SEARCH = Search(
    candidates=(
        msgspec.structs.replace(LOGISTIC_REGRESSION, trials=(1, 1)),
        msgspec.structs.replace(
            RANDOM_FOREST, start={**RANDOM_FOREST.start, "trees": 20}, trials=(1, 1)
        ),
        msgspec.structs.replace(
            XGBOOST, start={**XGBOOST.start, "rounds": 60, "eta": 0.06}, trials=(5, 3)
        ),
    )
)
TRIALS = sum(sum(candidate.trials) for candidate in SEARCH.candidates)
problem = msgspec.structs.replace(toy.problem, search=SEARCH)
