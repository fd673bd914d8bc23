from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from ml.problems.diabetes import generate
from ml.problems.diabetes.population import marginals


@pytest.fixture(scope="module")
def rows() -> pa.Table:
    return generate(20_000, 3)


def test_a_patient_keeps_what_a_patient_keeps(rows: pa.Table) -> None:
    both = pc.CountOptions(mode="all")  # a missing value is one, too
    whole = rows.group_by("patient_nbr").aggregate(
        [(name, "count_distinct", both) for name in ("race", "gender", "age")]
    )
    for name in ("race", "gender", "age"):
        assert set(whole[f"{name}_count_distinct"].to_pylist()) == {1}


def test_the_shares_are_those_of_the_original(rows: pa.Table) -> None:
    for column in ("insulin", "admission_type_id", "A1Cresult", "medical_specialty"):
        values = [value or "" for value in rows[column].to_pylist()]
        for value, share in marginals()[column].items():
            assert values.count(value) / len(values) == pytest.approx(share, abs=0.015), value


def test_the_outcome_is_about_as_frequent_as_in_the_original(rows: pa.Table) -> None:
    outcomes = rows["readmitted"].to_pylist()
    assert outcomes.count("<30") / len(outcomes) == pytest.approx(0.112, abs=0.015)
    assert outcomes.count(">30") / len(outcomes) == pytest.approx(0.349, abs=0.03)


def test_there_is_a_signal_to_learn(rows: pa.Table) -> None:
    stays = np.array(rows["number_inpatient"].to_pylist()).astype(int)
    soon = np.array(rows["readmitted"].to_pylist()) == "<30"
    assert soon[stays >= 2].mean() > 1.5 * soon[stays == 0].mean()


def test_keys_lie_far_above_the_originals(rows: pa.Table) -> None:
    for key in ("encounter_id", "patient_nbr"):
        assert np.array(rows[key].to_pylist()).astype(np.int64).min() >= 10**12
