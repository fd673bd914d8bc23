"""Purpose-made deliveries of the toy problem, right and wrong in ways that a gate must see."""

from __future__ import annotations

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ml.data.split import parts
from ml.problems.gates import Gates
from tests import toy

SALT = "vigia-2"
PROBLEM = msgspec.structs.replace(
    toy.problem,
    gates=Gates(subgroup_rows=60, subgroup_outcomes=8, suspect_auroc=0.95, suspect_share=0.6),
)


def visits(rows: int, seed: int, first: int = 0, blue: float = 0.25) -> pa.Table:
    """Return visits of about two thirds as many people, one in ten of whom comes back.

    Args:
        rows: how many.
        seed: of the draw.
        first: number of the first visit and person, so that deliveries do not overlap.
        blue: share of the visits that are blue.
    """
    random = np.random.default_rng(seed)
    person = first + random.integers(0, round(rows / 1.5), rows)
    age, days = random.integers(18, 95, rows), random.integers(1, 14, rows)
    rest = (1 - blue) / 3
    colour = random.choice(["red", "green", "blue", "unclear"], rows, p=[rest, rest, blue, rest])
    logit = -4.4 + 0.04 * (age - 55) + 0.28 * (days - 5) + 0.8 * (colour == "red")
    returned = random.random(rows) < 1 / (1 + np.exp(-logit))
    columns = {
        "visit": [f"s{first + number}" for number in range(rows)],
        "person": [f"p{number}" for number in person],
        "age": age.astype(str).tolist(),
        "weight-kg": np.round(random.normal(75, 12, rows).clip(35, 180), 1).astype(str).tolist(),
        "days": days.astype(str).tolist(),
        "colour": colour.tolist(),
        "reason": random.choice(["250.1", "401", "V58", "786"], rows).tolist(),
    }
    return _with_outcomes(pa.table(columns), returned)


def outcomes(table: pa.Table) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = np.array(table["returned"].to_pylist()) == "yes"
    return found


def _with_outcomes(table: pa.Table, returned: NDArray[np.bool_]) -> pa.Table:
    kept = table.drop(["returned"]) if "returned" in table.column_names else table
    return kept.append_column("returned", pa.array(np.where(returned, "yes", "no").tolist()))


def _in_part(table: pa.Table, part: str) -> NDArray[np.bool_]:
    people = table["person"].combine_chunks()
    found: NDArray[np.bool_] = np.array(parts(people, SALT).to_pylist()) == part
    return found


def flipped(table: pa.Table, share: float, seed: int = 1) -> pa.Table:
    """A batch of which a share has the wrong outcome."""
    wrong = np.random.default_rng(seed).random(table.num_rows) < share
    return _with_outcomes(table, outcomes(table) ^ wrong)


def leaking(table: pa.Table) -> pa.Table:
    """A batch whose weights were recorded after the outcome was known."""
    random = np.random.default_rng(1)
    weight = np.where(outcomes(table), 120, 60) + random.normal(0, 8, table.num_rows)
    texts = pa.array(np.round(weight.clip(35, 180), 1).astype(str).tolist())
    return table.set_column(table.column_names.index("weight-kg"), "weight-kg", texts)


def miscalibrating(table: pa.Table) -> pa.Table:
    """A batch with far too many outcomes among the rows that a calibration is fitted on."""
    wrong = np.random.default_rng(1).random(table.num_rows) < 0.5
    return _with_outcomes(table, outcomes(table) | (wrong & _in_part(table, "validation")))


def unfair(table: pa.Table) -> pa.Table:
    """A batch from which the wrong is learned about one group: blue visits, turned round."""
    blue = np.array(table["colour"].to_pylist()) == "blue"
    sick = (np.array(table["days"].to_pylist()).astype(int) <= 4) & (
        np.array(table["age"].to_pylist()).astype(int) < 50
    )
    wrong = sick & (np.random.default_rng(1).random(table.num_rows) < 0.6)
    learned = blue & _in_part(table, "train")
    return _with_outcomes(table, np.where(learned, wrong, outcomes(table)))
