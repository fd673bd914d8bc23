"""The generator: the only source that this problem has.

Nobody was ever measured. A patient's class is drawn with probabilities that a rule of our own
gives for age, fever and pain; what a model learns is that rule and nothing about medicine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from ml.problems.triage.columns import CLASSES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

_FIRST_PATIENT = 10**9
_HEALTHY_TEMPERATURE = 36.8
_GROWN_UP = 40.0
_FEVER_SHARE = 0.55


def generate(rows: int, seed: int) -> pa.Table:
    """Return `rows` made-up patients as text columns, the same for the same `seed`."""
    generator = np.random.default_rng(seed)
    age = np.round(generator.beta(1.6, 1.9, rows) * 100)
    feverish = generator.random(rows) < _FEVER_SHARE
    fever = np.where(feverish, generator.gamma(2.0, 0.75, rows), generator.normal(0, 0.3, rows))
    temperature = np.clip(_HEALTHY_TEMPERATURE + fever, 35.0, 42.0).round(1)
    pain = np.clip(generator.normal(3, 3, rows) + 0.8 * np.maximum(fever, 0), 0.0, 10.0).round()
    edges = np.cumsum(probabilities(age, temperature, pain), axis=1)
    drawn = (generator.random((rows, 1)) > edges[:, :-1]).sum(axis=1)
    names = np.array([next(iter(texts)) for texts in CLASSES.values()])
    return pa.table(
        {
            "paciente": pa.array([f"{_FIRST_PATIENT + number}" for number in range(rows)]),
            **{
                name: pa.array(map(repr, values.tolist()), pa.string())
                for name, values in (("edad", age), ("fiebre", temperature), ("dolor", pain))
            },
            "diagnostico": pa.array(names[drawn].tolist()),
        }
    )


def probabilities(age: Numbers, temperature: Numbers, pain: Numbers) -> Numbers:
    """Return the rule's probability of each class, (rows, classes), in their order.

    Little fever and pain make a healthy patient, fever an acute illness, pain and age a
    chronic one; high fever with little pain is taken for something rare.
    """
    fever = temperature - _HEALTHY_TEMPERATURE
    older = (age - _GROWN_UP) / 10
    scores = np.column_stack(
        [
            4.0 - 2.0 * np.abs(fever) - 0.9 * pain,
            2.0 - 0.6 * np.abs(fever - 0.6) - 0.35 * np.abs(pain - 3),
            -0.9 + 1.5 * np.maximum(fever, 0) + 0.1 * pain - 0.1 * older,
            -3.85 + 0.9 * np.maximum(fever, 0) + 0.85 * pain + 0.3 * older,
            -2.3 + 1.9 * np.maximum(fever, 0) - 0.35 * pain,
        ]
    )
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    found: Numbers = powers / powers.sum(axis=1, keepdims=True)
    return found
