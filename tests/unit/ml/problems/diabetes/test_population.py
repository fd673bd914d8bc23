from __future__ import annotations

from pathlib import Path

import pytest

from ml.problems import find
from ml.problems.contract import Identifier
from ml.problems.diabetes.population import DERIVED, marginals, measure

# Rows of the original; a share of fewer than 20 of them could point at somebody.
ORIGINAL_ROWS, SMALLEST_COUNT = 101_766, 20


def test_no_share_stands_for_a_handful_of_people() -> None:
    shares = dict(marginals())
    # Patients are counted by how many stays they had: there are fewer of them than rows.
    patients = shares.pop("encounters_of_a_patient")
    assert min(patients.values()) * 71_518 > SMALLEST_COUNT * 0.999
    for name, values in shares.items():
        assert min(values.values()) * ORIGINAL_ROWS > SMALLEST_COUNT * 0.99, name


def test_shares_of_a_column_add_up_to_one() -> None:
    for name, values in marginals().items():
        assert sum(values.values()) == pytest.approx(1, abs=1e-3), name


def test_there_is_neither_a_key_nor_an_outcome_in_it() -> None:
    problem = find("diabetes")
    keys = {column.name for column in problem.columns if isinstance(column, Identifier)}
    assert marginals().keys().isdisjoint(keys | {problem.target.column} | set(DERIVED))


def test_values_that_few_rows_have_are_left_out_when_it_is_measured(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    header = ["encounter_id", "patient_nbr", "race", "change", "diabetesMed", "readmitted"]
    rows = [
        [str(i), str(i), "Caucasian" if i < 60 else "?" if i < 80 else "Asian", "No", "No", "NO"]
        for i in range(99)
    ]
    path.write_text("\n".join(",".join(row) for row in [header, *rows]))
    assert measure(path) == {
        "encounters_of_a_patient": {"1": 1.0},
        "race": {"Caucasian": 0.75, "": 0.25},
    }
