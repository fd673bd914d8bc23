"""A small problem with a column of every kind, for the tests of all rooms."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from ml.problems.contract import Category, Code, Identifier, Number
from ml.problems.features import Coded, CodeGroup, Count, Quantity, Ratio, Total
from ml.problems.gates import Gates, Group, Subgrouping
from ml.problems.problem import Limits, OutOfScope, Problem, RiskBand, Rule, Source, Target
from ml.problems.statement import Statement
from ml.problems.text import Text


def text(english: str) -> Text:
    return Text(en=english, es=f"{english} (es)")


def generate(rows: int, seed: int) -> pa.Table:
    """Return `rows` visits of about `rows / 1.5` people; older and sicker ones return more."""
    random = np.random.default_rng(seed)
    person = random.integers(0, max(1, round(rows / 1.5)), rows)
    age = random.integers(18, 95, rows)
    weight = np.round(random.normal(75, 12, rows).clip(35, 180), 1)
    days = random.integers(1, 14, rows)
    colour = random.choice(["red", "green", "blue", "unclear"], rows, p=[0.3, 0.4, 0.2, 0.1])
    reason = random.choice(["250.1", "401", "V58", "786"], rows)
    logit = -3.2 + 0.03 * (age - 55) + 0.12 * days + 1.1 * (colour == "red")
    returned = random.random(rows) < 1 / (1 + np.exp(-logit))
    return pa.table(
        {
            "visit": pa.array([f"s{number}" for number in range(rows)]),
            "person": pa.array([f"p{number}" for number in person]),
            "age": pa.array(age.astype(str).tolist()),
            "weight-kg": pa.array(weight.astype(str).tolist(), mask=random.random(rows) < 0.2),
            "days": pa.array(days.astype(str).tolist()),
            "colour": pa.array(colour.tolist()),
            "reason": pa.array(reason.tolist(), mask=random.random(rows) < 0.05),
            "returned": pa.array(np.where(returned, "yes", "no").tolist()),
        }
    )


STATEMENT = Statement(
    use=text("To try things out"),
    users=text("Those who write tests"),
    misuse=(text("Anything serious"),),
    limits=(text("Nothing here is real"),),
    ethics=(text("Nobody can be harmed"),),
    contest=text("Open an issue"),
)

problem = Problem(
    name="toy",
    title=text("Toy"),
    question=text("Will the person come back?"),
    source=Source(url="http://127.0.0.1:9/toy.csv", missing=frozenset({"?"})),
    record_key="visit",
    group_key="person",
    columns=(
        Identifier(name="visit", label=text("Visit")),
        Identifier(name="person", label=text("Person")),
        Number(name="age", label=text("Age"), section="who", minimum=0, maximum=120, required=True),
        Number(
            name="weight-kg",
            label=text("Weight"),
            section="who",
            unit=text("kg"),
            minimum=1,
            maximum=400,
            integer=False,
        ),
        Number(name="days", label=text("Days"), section="stay", minimum=1, maximum=365),
        Category(
            name="colour",
            label=text("Colour"),
            section="stay",
            values={name: text(name) for name in ("red", "green", "blue", "None", "unclear")},
            unknown=frozenset({"unclear"}),
        ),
        Code(
            name="reason",
            label=text("Reason"),
            section="stay",
            pattern=r"[VE]?\d{1,3}(\.\d{1,2})?",
            example="250.1",
            system="icd9",
        ),
        Category(
            name="returned",
            label=text("Returned"),
            values={name: text(name) for name in ("no", "later", "yes")},
        ),
    ),
    sections={"who": text("Who"), "stay": text("Stay")},
    target=Target(
        column="returned",
        classes={"no": frozenset({"no", "later"}), "yes": frozenset({"yes"})},
        labels={"no": text("stayed away"), "yes": text("came back")},
    ),
    out_of_scope=(
        OutOfScope(column="colour", values=frozenset({"None"}), reason=text("has no colour")),
    ),
    rules=(
        Rule(
            name="blue-needs-a-reason",
            columns=("colour",),
            values=frozenset({"blue"}),
            then_column="reason",
            then_values=frozenset({"250.1", "401", "V58", "786"}),
        ),
    ),
    features=(
        Quantity(column="age"),
        Quantity(column="weight-kg"),
        Quantity(column="days"),
        Quantity(column="colour", levels={"red": 3.0, "green": 2.0, "blue": 1.0}),
        Coded(column="colour", alias="colour_code"),
        Coded(
            column="reason",
            groups=(CodeGroup(name="sugar", ranges=(("250", "250"),)),),
            minimum_count=5,
        ),
        Count(name="reds", columns=("colour",), values=frozenset({"red"}), at_most=1),
        Total(name="age_and_days", columns=("age", "days")),
        Ratio(name="days_per_age", over="days", under="age"),
    ),
    forest={
        "trees": 40,
        "max_depth": 6,
        "min_child_weight": 2.0,
        "row_share": 0.8,
        "column_share": 0.5,
    },
    bands=(
        RiskBand(name="low", start=0.0, label=text("low")),
        RiskBand(name="high", start=0.3, label=text("high")),
    ),
    limits=Limits(),
    gates=Gates(subgroup_rows=40, subgroup_outcomes=5),
    subgroups=(
        Subgrouping(column="colour"),
        Subgrouping(column="age", starts=(18, 40, 65)),
        Subgrouping(
            column="reason", groups=(Group(text("sugar or heart"), frozenset({"250.1", "401"})),)
        ),
    ),
    statement=STATEMENT,
    example={"age": 60, "colour": "red"},
    generate=generate,
)
