"""30-day readmission of diabetic patients: the flagship problem.

Data: Diabetes 130-US hospitals, 1999-2008 (UCI data set 296, CC BY 4.0); Strack et al.,
BioMed Research International 2014, article 781670.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml.problems.diabetes.columns import COLUMNS, DRUGS, SECTIONS
from ml.problems.diabetes.features import FEATURES
from ml.problems.diabetes.gates import GATES, SUBGROUPS
from ml.problems.diabetes.statement import STATEMENT
from ml.problems.monitoring import Monitoring
from ml.problems.problem import Limits, OutOfScope, Problem, RiskBand, Rule, Source, Target
from ml.problems.text import Text

if TYPE_CHECKING:
    import pyarrow as pa


def generate(rows: int, seed: int) -> pa.Table:
    """Return `rows` synthetic encounters as text columns, the same for the same `seed`."""
    # The generator needs NumPy and pyarrow; a DAG file must parse without them.
    from ml.problems.diabetes import synthetic  # noqa: PLC0415

    return synthetic.generate(rows, seed)


problem = Problem(
    name="diabetes",
    title=Text("Readmission of diabetic patients", "Reingreso de pacientes diabéticos"),
    question=Text(
        "Risk of an unplanned or planned readmission within 30 days of discharge",
        "Riesgo de reingreso, planificado o no, en los 30 días siguientes al alta",
    ),
    source=Source(
        url=(
            "https://archive.ics.uci.edu/static/public/296/"
            "diabetes+130-us+hospitals+for+years+1999-2008.zip"
        ),
        member="diabetic_data.csv",
        sha256="0689e7ec031237dc63031b938805c48377748761a3b26acab621567afa24df97",
        missing=frozenset({"?"}),
        citation=(
            "Strack B., DeShazo J. P., Gennings C., et al.: Impact of HbA1c Measurement on "
            "Hospital Readmission Rates. BioMed Research International, 2014, 781670. "
            "UCI Machine Learning Repository, DOI 10.24432/C5230J, CC BY 4.0"
        ),
        period="1999-2008",
    ),
    record_key="encounter_id",
    group_key="patient_nbr",
    columns=COLUMNS,
    sections=SECTIONS,
    target=Target(
        column="readmitted",
        classes={
            "not_within_30_days": frozenset({"NO", ">30"}),
            "within_30_days": frozenset({"<30"}),
        },
        labels={
            "not_within_30_days": Text("Not readmitted within 30 days", "Sin reingreso en 30 días"),
            "within_30_days": Text("Readmitted within 30 days", "Reingreso en 30 días"),
        },
    ),
    out_of_scope=(
        OutOfScope(
            column="discharge_disposition_id",
            values=frozenset({"11", "19", "20", "21"}),
            reason=Text(
                "The patient died: a readmission is not possible and the model was not "
                "trained on such stays",
                "El paciente falleció: no cabe un reingreso y el modelo no se entrenó con "
                "estancias así",
            ),
        ),
        OutOfScope(
            column="discharge_disposition_id",
            values=frozenset({"13", "14"}),
            reason=Text(
                "Discharge to a hospice: the model was not trained on such stays",
                "Alta a cuidados paliativos: el modelo no se entrenó con estancias así",
            ),
        ),
    ),
    rules=(
        Rule(
            name="dose_adjusted_means_change",
            columns=DRUGS,
            values=frozenset({"Up", "Down"}),
            then_column="change",
            then_values=frozenset({"Ch"}),
        ),
        Rule(
            name="drug_given_means_medication",
            columns=DRUGS,
            values=frozenset({"Up", "Down", "Steady"}),
            then_column="diabetesMed",
            then_values=frozenset({"Yes"}),
            both_ways=True,
        ),
    ),
    features=FEATURES,
    # Twice the trees, or four levels more, gain .001 AUROC and cost four times the time of
    # a prediction.
    forest={
        "trees": 100,
        "max_depth": 8,
        "min_child_weight": 4.0,
        "row_share": 0.7,
        "column_share": 0.25,
    },
    bands=(
        RiskBand(name="low", start=0.0, label=Text("Low", "Bajo")),
        RiskBand(name="medium", start=0.10, label=Text("Medium", "Medio")),
        RiskBand(name="high", start=0.20, label=Text("High", "Alto")),
    ),
    limits=Limits(),
    gates=GATES,
    # Whether somebody came back within 30 days is known after 30 days; what is reported
    # sooner are readmissions alone.
    # Two drifted inputs are enough: the patients who came last differ in payer and specialty,
    # and a model of the earlier ones ranks them worse (`test_real_drift`).
    monitoring=Monitoring(outcome_days=30, drifted_inputs=2),
    subgroups=SUBGROUPS,
    statement=STATEMENT,
    example={"race": "Caucasian", "gender": "Female", "age": "[60-70)"},
    generate=generate,
)
