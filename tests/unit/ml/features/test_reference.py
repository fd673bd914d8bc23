from __future__ import annotations

import msgspec
import pyarrow as pa

from ml.features.reference import reference
from tests import toy

ROWS = toy.generate(3000, seed=2)


def test_every_input_has_a_distribution_that_accounts_for_every_row() -> None:
    found = reference(toy.problem, ROWS)
    assert list(found) == [column.name for column in toy.problem.inputs]
    for name, distribution in found.items():
        counts = distribution["counts"]
        counted = sum(counts.values()) if isinstance(counts, dict) else sum(counts)
        assert counted + distribution.get("rest", 0) + distribution["missing"] == 3000, name
        if "edges" in distribution:
            assert len(counts) == len(distribution["edges"]) + 1
            assert distribution["edges"] == sorted(set(distribution["edges"]))
    assert msgspec.json.decode(msgspec.json.encode(found)) == found


def test_values_of_a_handful_of_patients_are_folded_into_the_rest() -> None:
    column = pa.array(["250.1"] * 2980 + ["999"] * 19 + [None])
    rows = ROWS.set_column(ROWS.column_names.index("reason"), "reason", column)
    found = reference(toy.problem, rows)["reason"]
    assert found == {"missing": 1, "counts": {"250.1": 2980}, "rest": 19}


def test_a_number_that_is_never_known_has_no_bins() -> None:
    rows = ROWS.set_column(ROWS.column_names.index("days"), "days", pa.nulls(3000, pa.string()))
    assert reference(toy.problem, rows)["days"] == {"missing": 3000, "edges": [], "counts": []}
