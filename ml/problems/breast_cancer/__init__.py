"""Malignant or benign: nuclei of a fine needle aspirate of a breast mass.

Data: Breast Cancer Wisconsin (Diagnostic), 569 samples (UCI data set 17, CC BY 4.0), as
scikit-learn ships them; Street, Wolberg and Mangasarian, "Nuclear feature extraction for
breast tumor diagnosis", IS&T/SPIE 1905, 1993.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ml.problems.breast_cancer.columns import COLUMNS, MEASURES, SECTIONS
from ml.problems.breast_cancer.gates import GATES
from ml.problems.breast_cancer.statement import STATEMENT
from ml.problems.candidates import LOGISTIC_REGRESSION, RANDOM_FOREST, XGBOOST, Part, Range, Search
from ml.problems.dialect import Answering, Dialect, Greeting
from ml.problems.features import Quantity
from ml.problems.problem import Limits, Problem, RiskBand, Shipped, Source, Target
from ml.problems.text import Text

if TYPE_CHECKING:
    import pyarrow as pa


def original() -> pa.Table:
    """Return the original samples as text columns."""
    # scikit-learn holds them; a DAG file must parse without it.
    from ml.problems.breast_cancer import samples  # noqa: PLC0415

    return samples.original()


def generate(rows: int, seed: int) -> pa.Table:
    """Return `rows` synthetic samples as text columns, the same for the same `seed`."""
    from ml.problems.breast_cancer import samples  # noqa: PLC0415

    return samples.generate(rows, seed)


# The first sample of the original, a malignant one.
_EXAMPLE = (
    *(17.99, 10.38, 122.8, 1001.0, 0.1184, 0.2776, 0.3001, 0.1471, 0.2419, 0.07871),
    *(1.095, 0.9053, 8.589, 153.4, 0.006399, 0.04904, 0.05373, 0.01587, 0.03003, 0.006193),
    *(25.38, 17.33, 184.6, 2019.0, 0.1622, 0.6656, 0.7119, 0.2654, 0.4601, 0.1189),
)

problem = Problem(
    name="breast_cancer",
    title=Text("Malignancy of a breast mass", "Malignidad de una masa mamaria"),
    question=Text(
        "Whether the cells of a fine needle aspirate of a breast mass are malignant",
        "Si son malignas las células de una punción con aguja fina de una masa mamaria",
    ),
    source=Source(
        shipped=Shipped("scikit-learn: load_breast_cancer", original),
        sha256="864b883a51ba3b0ecb0dd4559bb605bca84d787a288f29680c3324c1d156c585",
        citation=(
            "Wolberg W., Mangasarian O., Street N., Street W.: Breast Cancer Wisconsin "
            "(Diagnostic). UCI Machine Learning Repository, DOI 10.24432/C5DW2B, CC BY 4.0"
        ),
        period="before 1995",
    ),
    record_key="sample",
    group_key="sample",
    split="stratified",
    columns=COLUMNS,
    sections=SECTIONS,
    target=Target(
        column="diagnosis",
        classes={"benign": frozenset({"B"}), "malignant": frozenset({"M"})},
        labels={
            "benign": Text("Benign", "Benigno"),
            "malignant": Text("Malignant", "Maligno"),
        },
        # Below one half: a malignant sample that is missed costs more than one alarm in vain.
        threshold=0.4,
    ),
    features=tuple(Quantity(column=column.name) for column in MEASURES),
    simple=Part(kind="logistic_regression", parameters={"inverse_penalty": 0.3}),
    search=Search(
        candidates=(
            msgspec.structs.replace(
                LOGISTIC_REGRESSION,
                start={"inverse_penalty": 0.3},
                space={"inverse_penalty": Range(low=0.01, high=3.0, log=True)},
            ),
            RANDOM_FOREST,
            msgspec.structs.replace(XGBOOST, trials=(4, 4)),
        )
    ),
    bands=(
        RiskBand(name="low", start=0.0, label=Text("Low", "Bajo")),
        RiskBand(name="medium", start=0.1, label=Text("Medium", "Medio")),
        RiskBand(name="high", start=0.4, label=Text("High", "Alto")),
    ),
    limits=Limits(rejected_share=0.0),
    gates=GATES,
    statement=STATEMENT,
    example={column.name: value for column, value in zip(MEASURES, _EXAMPLE, strict=True)},
    generate=generate,
    dialect=Dialect(
        language="es",
        values="features",
        answer=Answering(
            predicted="prediccion", probability="confianza", probabilities="probabilidades"
        ),
        greeting=Greeting(
            texts={"mensaje": "API de diagnóstico de cáncer de mama"},
            loaded="modelo_cargado",
            accuracy="accuracy",
        ),
    ),
)
