"""The model's inputs.

What helps, and how much, was measured on a patient-disjoint split; identifiers and the
outcome never become features.
"""

from __future__ import annotations

from ml.problems.diabetes.columns import DRUGS
from ml.problems.diabetes.icd9 import CHAPTERS, COMORBIDITIES
from ml.problems.features import Coded, Count, Feature, Quantity, Ratio, Total

_DIAGNOSES = ("diag_1", "diag_2", "diag_3")
# Drugs that enough patients take for a tree to learn from; the others count in the totals.
_FREQUENT_DRUGS = (
    "metformin",
    "repaglinide",
    "glimepiride",
    "glipizide",
    "glyburide",
    "pioglitazone",
    "rosiglitazone",
    "insulin",
)
_ORAL = tuple(drug for drug in DRUGS if drug != "insulin")
_GIVEN = frozenset({"Steady", "Up", "Down"})

FEATURES: tuple[Feature, ...] = (
    *(
        Quantity(column=column)
        for column in (
            "time_in_hospital",
            "num_lab_procedures",
            "num_procedures",
            "num_medications",
            "number_outpatient",
            "number_emergency",
            "number_inpatient",
            "number_diagnoses",
        )
    ),
    Quantity(column="age", levels={f"[{low}-{low + 10})": low + 5.0 for low in range(0, 100, 10)}),
    Quantity(
        column="weight",
        levels={
            **{f"[{low}-{low + 25})": low + 12.5 for low in range(0, 200, 25)},
            ">200": 212.5,
        },
    ),
    *(
        Coded(column=column)
        for column in (
            "race",
            "gender",
            "admission_type_id",
            "discharge_disposition_id",
            "admission_source_id",
            "payer_code",
            "medical_specialty",
            "max_glu_serum",
            "A1Cresult",
            *_FREQUENT_DRUGS,
            "change",
            "diabetesMed",
        )
    ),
    # Finer categories, by some sixty groups or by the code before the point, cost AUROC: trees
    # find sets of rare codes that mean nothing for other patients (docs/adr/0015).
    *(Coded(column=column, alias=f"{column}_chapter", groups=CHAPTERS) for column in _DIAGNOSES),
    *(
        Count(name=f"has_{group.name}", columns=_DIAGNOSES, groups=(group,), at_most=1)
        for group in COMORBIDITIES
    ),
    Count(name="drugs_given", columns=DRUGS, values=_GIVEN),
    Count(name="oral_drugs_given", columns=_ORAL, values=_GIVEN),
    Count(name="doses_raised", columns=DRUGS, values=frozenset({"Up"})),
    Count(name="doses_lowered", columns=DRUGS, values=frozenset({"Down"})),
    Total(
        name="visits_before",
        columns=("number_outpatient", "number_emergency", "number_inpatient"),
    ),
    Total(name="acute_visits_before", columns=("number_emergency", "number_inpatient")),
    Ratio(name="medications_per_day", over="num_medications", under="time_in_hospital"),
    Ratio(name="lab_procedures_per_day", over="num_lab_procedures", under="time_in_hospital"),
    Ratio(name="procedures_per_day", over="num_procedures", under="time_in_hospital"),
)
