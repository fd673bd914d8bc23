"""Synthetic encounters: the schema and marginals of the original, and a learnable signal.

Columns are drawn independently from their marginals, so that no row is anybody's. What
must hold across columns holds: a patient keeps race, gender and age; the two medication
summaries follow from the drugs; ids grow with time. The outcome depends on a handful of
columns with effects of the size that the original shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from ml.problems.diabetes.columns import COLUMNS, DRUGS
from ml.problems.diabetes.population import marginals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Texts = NDArray[np.str_]

# Far above every original id, so that synthetic and original rows never collide.
_FIRST_ENCOUNTER = 10**12
_FIRST_PATIENT = 10**12
_PATIENT_COLUMNS = ("race", "gender", "age")

# Log-odds of a readmission within 30 days: for each unit of a number, for a set of values.
_PER_UNIT = {"number_inpatient": 0.45, "number_emergency": 0.12, "time_in_hospital": 0.04}
_FOR_VALUE = {
    "discharge_disposition_id": {"22": 1.0, "28": 1.2, "5": 0.7, "2": 0.5, "3": 0.4, "6": 0.2},
    "diag_1": {"428": 0.3, "414": -0.1, "250.6": 0.3, "434": 0.3, "996": 0.3, "786": -0.3},
    "insulin": {"Up": 0.15, "Down": 0.2},
    "age": {"[30-40)": -0.1, "[70-80)": 0.1, "[80-90)": 0.1},
}
_LARGEST_NUMBER = 5  # more visits than this weigh no more
_PATIENT_SPREAD = 0.4  # standard deviation of what a patient's stays have in common
_INTERCEPT = -2.85  # gives about the original's 11 % of the outcome
_LATER_SHARE = 0.39  # of the others, those readmitted after more than 30 days
_SEVERAL_DRUGS_ALTERED = 0.9  # medication altered although no dose was


def generate(rows: int, seed: int) -> pa.Table:
    """Return `rows` synthetic encounters as text columns, null where missing.

    Deterministic by `seed`; time and memory grow linearly with `rows`.
    """
    generator = np.random.default_rng(seed)
    patients = _patients(generator, rows)
    drawn = {
        name: _draw(generator, name, rows)
        for name in marginals()
        if name not in (*_PATIENT_COLUMNS, "encounters_of_a_patient")
    }
    for name in _PATIENT_COLUMNS:
        drawn[name] = _draw(generator, name, int(patients.max()) + 1)[patients]
    drawn["encounter_id"] = (_FIRST_ENCOUNTER + np.arange(rows) * 7).astype(np.str_)
    drawn["patient_nbr"] = (_FIRST_PATIENT + patients * 9).astype(np.str_)
    drawn |= _medication(generator, drawn)
    drawn["readmitted"] = _outcome(generator, drawn, patients)
    return pa.table({column.name: _text(drawn[column.name]) for column in COLUMNS})


def _patients(generator: np.random.Generator, rows: int) -> NDArray[np.int64]:
    """Return each row's patient: how many stays a patient has follows the original."""
    stays = _draw(generator, "encounters_of_a_patient", rows).astype(np.int64)
    patients = np.repeat(np.arange(rows), stays)[:rows]
    generator.shuffle(patients)
    return patients


def _draw(generator: np.random.Generator, name: str, rows: int) -> Texts:
    shares = marginals()[name]
    edges = np.cumsum(np.fromiter(shares.values(), np.float64))
    chosen = np.searchsorted(edges[:-1] / edges[-1], generator.random(rows), side="right")
    return np.array(list(shares))[chosen]


def _medication(generator: np.random.Generator, drawn: dict[str, Texts]) -> dict[str, Texts]:
    """Return the two summaries as the drugs imply them."""
    doses = np.stack([drawn[drug] for drug in DRUGS])
    given = (doses != "No").sum(axis=0)
    adjusted = np.isin(doses, ["Up", "Down"]).any(axis=0)
    altered = adjusted | ((given > 1) & (generator.random(given.size) < _SEVERAL_DRUGS_ALTERED))
    return {
        "change": np.where(altered, "Ch", "No"),
        "diabetesMed": np.where(given > 0, "Yes", "No"),
    }


def _outcome(
    generator: np.random.Generator, drawn: dict[str, Texts], patients: NDArray[np.int64]
) -> Texts:
    logit = _INTERCEPT + generator.normal(0, _PATIENT_SPREAD, int(patients.max()) + 1)[patients]
    for name, effect in _PER_UNIT.items():
        logit += effect * np.minimum(drawn[name].astype(np.float64), _LARGEST_NUMBER)
    for name, effects in _FOR_VALUE.items():
        for value, effect in effects.items():
            logit += effect * (drawn[name] == value)
    soon = generator.random(patients.size) < 1 / (1 + np.exp(-logit))
    later = generator.random(patients.size) < _LATER_SHARE
    return np.where(soon, "<30", np.where(later, ">30", "NO"))


def _text(values: Texts) -> pa.Array[pa.StringScalar]:
    return pa.array(values, pa.string(), mask=values == "")
