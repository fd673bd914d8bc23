"""The marginals of the original data, from which the generator draws.

    python -m ml.problems.diabetes.population PATH_OF_THE_CSV

makes `population.json` anew. It holds shares of values, never rows, and no value that
fewer than 20 encounters have, so that it points at nobody.
"""

from __future__ import annotations

import json
import sys
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

_SMALLEST_COUNT = 20
_FILE = "population.json"
# Drawn by the generator itself: keys, the outcome, and what follows from the drugs.
DERIVED = ("encounter_id", "patient_nbr", "change", "diabetesMed", "readmitted")

Marginals = dict[str, dict[str, float]]


@cache
def marginals() -> Marginals:
    """Return for each column the share of every value; the empty text is "missing"."""
    found: Marginals = json.loads(resources.files(__package__).joinpath(_FILE).read_text())
    return found


def measure(path: Path) -> Marginals:
    """Return the marginals of the original CSV, plain or gzipped."""
    table = csv.read_csv(path, convert_options=csv.ConvertOptions(strings_can_be_null=False))
    found = {
        name: _shares(table[name].cast(pa.string()))
        for name in table.column_names
        if name not in DERIVED
    }
    stays = pc.value_counts(table["patient_nbr"]).field("counts")
    return {"encounters_of_a_patient": _shares(stays.cast(pa.string())), **found}


def _shares(values: Any) -> dict[str, float]:
    counted = zip(*pc.value_counts(values).flatten(), strict=True)
    kept = {value.as_py(): n.as_py() for value, n in counted if n.as_py() >= _SMALLEST_COUNT}
    total = sum(kept.values())
    return {
        "" if value == "?" else value: round(count / total, 6)
        for value, count in sorted(kept.items(), key=lambda item: (-item[1], item[0]))
    }


if __name__ == "__main__":
    target = Path(__file__).with_name(_FILE)
    target.write_text(json.dumps(measure(Path(sys.argv[1])), indent=0) + "\n")
