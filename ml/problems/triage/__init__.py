"""A class of illness from age, fever and pain: a demonstration, synthetic by nature."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml.problems.candidates import Part
from ml.problems.dialect import Answering, Dialect, Greeting, Listing
from ml.problems.features import Quantity
from ml.problems.gates import Gates, Subgrouping
from ml.problems.problem import Limits, Problem, Source, Target
from ml.problems.text import Text
from ml.problems.triage.columns import CLASSES, COLUMNS, LABELS, SECTIONS
from ml.problems.triage.statement import STATEMENT

if TYPE_CHECKING:
    import pyarrow as pa


def generate(rows: int, seed: int) -> pa.Table:
    """Return `rows` made-up patients as text columns, the same for the same `seed`."""
    # The generator needs NumPy and pyarrow; a DAG file must parse without them.
    from ml.problems.triage import patients  # noqa: PLC0415

    return patients.generate(rows, seed)


problem = Problem(
    name="triage",
    title=Text("Triage (demonstration)", "Triaje (demostración)"),
    question=Text(
        "Which class of illness a made-up rule sees in age, temperature and pain",
        "Qué clase de enfermedad ve una regla inventada en edad, fiebre y dolor",
    ),
    source=Source(
        synthetic=True,
        citation="Made up by the platform's own generator; demonstration only",
    ),
    record_key="paciente",
    group_key="paciente",
    columns=COLUMNS,
    sections=SECTIONS,
    target=Target(column="diagnostico", classes=CLASSES, labels=LABELS),
    features=tuple(Quantity(column=name) for name in ("edad", "fiebre", "dolor")),
    # The rule bends where fever and pain are least, which a line cannot follow.
    simple=Part(
        kind="xgboost",
        parameters={
            "rounds": 120,
            "eta": 0.08,
            "max_depth": 3,
            "min_child_weight": 4.0,
            "row_share": 0.8,
            "column_share": 1.0,
            "reg_lambda": 3.0,
        },
    ),
    limits=Limits(),
    gates=Gates(
        bounds={},
        margins={"log_loss": 0.01},
        subgroup_rows=100,
        # Two of three inputs decide nearly everything.
        suspect_share=0.9,
    ),
    subgroups=(Subgrouping(column="edad", starts=(0, 18, 65)),),
    statement=STATEMENT,
    example={"edad": 45.0, "fiebre": 39.5, "dolor": 8.0},
    generate=generate,
    dialect=Dialect(
        language="es",
        paths=("/predecir",),
        answer=Answering(
            predicted="prediccion",
            probability="probabilidad",
            time="timestamp",
            record="entrada",
        ),
        history=Listing(predictions="predicciones", id="id"),
        greeting=Greeting(
            texts={
                "mensaje": "API de predicción médica",
                "version": "1.0",
                "uso": ("POST /predict con JSON {'edad': float, 'fiebre': float, 'dolor': float}"),
            }
        ),
    ),
)
