"""What every model card says, whatever the problem."""

from __future__ import annotations

from typing import Final

from ml.problems.text import Text

NOTICE: Final = Text(
    "Decision support, not a diagnosis.", "Apoyo a la decisión, no un diagnóstico."
)
SYNTHETIC: Final = Text(
    "**SYNTHETIC DATA.** This model learned from generated rows. Nothing it says is about "
    "real patients, and none of its figures says how well a model would do on them.",
    "**DATOS SINTÉTICOS.** Este modelo aprendió de filas generadas. Nada de lo que dice se "
    "refiere a pacientes reales, y ninguna de sus cifras dice cómo funcionaría con ellos.",
)

USE: Final = Text("## Intended use", "## Uso previsto")
USED_FOR: Final = Text("- Use: {use}.", "- Uso: {use}.")
USED_BY: Final = Text("- Users: {users}.", "- Usuarios: {users}.")
MISUSE: Final = Text("It must not be used:", "No debe usarse:")
NOT_MEANT: Final = Text("- Not meant where: {reason}.", "- No está pensado si: {reason}.")

DATA: Final = Text("## Data", "## Datos")
KINDS: Final = {
    "real": Text("- Kind: real", "- Tipo: reales"),
    "synthetic": Text("- Kind: synthetic", "- Tipo: sintéticos"),
}
SOURCE: Final = Text("- Source: {source}", "- Fuente: {source}")
ORIGIN: Final = Text("- Origin: {origin}", "- Procedencia: {origin}")
GENERATOR: Final = Text("the generator of the problem", "el generador del problema")
PERIOD: Final = Text("- Period: {period}", "- Periodo: {period}")
NOT_DECLARED: Final = Text("not declared", "no declarado")
NONE: Final = Text("none", "ninguno")
HASH: Final = Text("- Data hash: `{digest}`", "- Huella de los datos: `{digest}`")
ROWS: Final = Text(
    "- Rows ingested: {raw}; used: {train} to train, {validation} to calibrate, {test} to test",
    "- Filas ingeridas: {raw}; usadas: {train} para entrenar, {validation} para calibrar, {test} "
    "para probar",
)
SPLIT: Final = Text(
    "- Split: by patient, salted hash; no patient stands in two parts",
    "- Reparto: por paciente, con una huella con sal; ningún paciente está en dos partes",
)

PERFORMANCE: Final = Text("## Performance on the test part", "## Rendimiento en la parte de prueba")
NOBODY_LEARNED: Final = Text(
    "Nobody learned from these rows. In brackets: 95 % intervals, from a bootstrap that "
    "resamples whole patients.",
    "Nadie aprendió de estas filas. Entre corchetes: intervalos del 95 %, por remuestreo de "
    "pacientes completos.",
)
METRICS_HEAD: Final = (
    Text("metric", "medida"),
    Text("value", "valor"),
    Text("meaning", "significado"),
)
# What a metric says; a title for each is in `ml.training.evaluation.metrics`.
MEANINGS: Final = {
    "auroc": Text(
        "how often the one of two who has the outcome gets the higher risk; chance is 0.5",
        "con qué frecuencia, de dos pacientes, el que tuvo el desenlace recibe más riesgo; el "
        "azar da 0,5",
    ),
    "auprc": Text(
        "mean precision over all thresholds; chance is the outcome rate",
        "precisión media en todos los umbrales; el azar da la frecuencia del desenlace",
    ),
    "brier": Text(
        "mean squared error of the risk; less is better",
        "error cuadrático medio del riesgo; menos es mejor",
    ),
    "brier_skill": Text(
        "share of the error that is saved over telling all the mean",
        "parte del error que se ahorra frente a decir a todos la media",
    ),
    "log_loss": Text("mean surprise; less is better", "sorpresa media; menos es mejor"),
    "ece_mass": Text(
        "mean distance of risk and rate; 0 is right",
        "distancia media entre riesgo y frecuencia; 0 es lo correcto",
    ),
    "ece_width": Text(
        "the same over bins of equal width", "lo mismo con intervalos de igual anchura"
    ),
    "calibration_slope": Text(
        "1 is right; below 1, risks are too extreme",
        "1 es lo correcto; por debajo de 1, los riesgos son demasiado extremos",
    ),
    "calibration_intercept": Text(
        "0 is right; below 0, risks are too high",
        "0 es lo correcto; por debajo de 0, los riesgos son demasiado altos",
    ),
    "accuracy": Text(
        "share of rows whose predicted class is right",
        "proporción de filas cuya clase predicha es correcta",
    ),
    "sensitivity": Text(
        "of those who have the outcome, the share that is predicted to",
        "de quienes tienen el desenlace, la proporción que se predice",
    ),
    "specificity": Text(
        "of those who have it not, the share that is not",
        "de quienes no lo tienen, la proporción que no se predice",
    ),
}
ACTING: Final = Text("### Acting on the risk: {label}", "### Actuar según el riesgo: {label}")
POINTS_HEAD: Final = (
    Text("act on", "actuar con"),
    Text("from risk", "desde el riesgo"),
    Text("alerts per 100", "avisos por 100"),
    Text("precision", "precisión"),
    Text("recall", "sensibilidad"),
    Text("specificity", "especificidad"),
)
NO_BENEFIT: Final = Text(
    "At no threshold is its net benefit beyond doubt above acting on all or on nobody.",
    "En ningún umbral su beneficio neto supera sin duda al de actuar con todos o con nadie.",
)
BENEFIT: Final = Text(
    "Decision curve: from a threshold of {low:.0%} to {high:.0%}, acting by the model has more "
    "net benefit than acting on all or on nobody, beyond doubt.",
    "Curva de decisión: con umbrales del {low:.0%} al {high:.0%}, actuar según el modelo tiene "
    "sin duda más beneficio neto que actuar con todos o con nadie.",
)
MORE_DATA: Final = Text("### Would more data help?", "### ¿Ayudarían más datos?")
LEARNING_HEAD: Final = (
    Text("rows learned from", "filas de las que se aprende"),
    Text("log-loss on them", "pérdida logarítmica en ellas"),
    Text("log-loss on validation rows", "pérdida logarítmica en las de validación"),
)

GROUPS: Final = Text("## Performance by group", "## Rendimiento por grupo")
SMALL_GROUPS: Final = Text(
    "Groups of fewer than {rows} test rows, or fewer than {outcomes} of any outcome, are not "
    "shown. *Recall* and *false alarms* are those of acting on {acting}.",
    "Los grupos de menos de {rows} filas de prueba, o de menos de {outcomes} de algún desenlace, "
    "no se muestran. *Sensibilidad* y *falsas alarmas* son las de actuar con {acting}.",
)
ACTING_ON_BAND: Final = Text("the band *{band}*", "el nivel *{band}*")
ACTING_ON_HALF: Final = Text("a risk of one half", "un riesgo de la mitad")
FEW: Final = Text("few", "pocas")
GROUPS_HEAD: Final = (
    Text("group", "grupo"),
    Text("rows", "filas"),
    Text.same("AUROC"),
    Text("outcome rate", "frecuencia"),
    Text("mean risk", "riesgo medio"),
    Text("recall", "sensibilidad"),
    Text("false alarms", "falsas alarmas"),
)
LARGEST_GAPS: Final = Text(
    "### Largest gaps between groups", "### Mayores diferencias entre grupos"
)
CHANCE: Final = Text(
    "Chance alone makes gaps: an interval that ends far from 0 is a finding.",
    "El azar por sí solo produce diferencias: un intervalo que acaba lejos de 0 es un hallazgo.",
)
GAPS: Final = {
    "auroc": Text.same("AUROC"),
    "gap": Text("Mean risk less outcome rate", "Riesgo medio menos frecuencia"),
    "alerts_per_100": Text("Alerts per 100", "Avisos por 100"),
    "recall": Text("Recall", "Sensibilidad"),
    "false_alarms": Text("False alarms", "Falsas alarmas"),
}
GAPS_HEAD: Final = (
    Text("what", "qué"),
    Text("difference", "diferencia"),
    Text("highest", "más alto"),
    Text("lowest", "más bajo"),
)

LIMITS: Final = Text("## Limits", "## Límites")
ASSOCIATION: Final = Text(
    "- A risk is an association in past data, never a cause.",
    "- Un riesgo es una asociación en datos pasados, nunca una causa.",
)
MISSING: Final = Text(
    "- Missing inputs are allowed; the answer names them and is less certain.",
    "- Se admiten datos sin rellenar; la respuesta los nombra y es menos segura.",
)
ETHICS: Final = Text("## Ethical considerations", "## Consideraciones éticas")
CONTEST: Final = Text("## How to contest a prediction", "## Cómo impugnar una predicción")

MADE: Final = Text("## How it was made", "## Cómo se hizo")
ALGORITHM: Final = Text(
    "- Algorithm: {algorithm}, seed {seed}", "- Algoritmo: {algorithm}, semilla {seed}"
)
CALIBRATION: Final = Text(
    "- Calibration of the log-odds: slope {slope:.3f}, intercept {intercepts}",
    "- Calibración de los log-odds: pendiente {slope:.3f}, ordenada {intercepts}",
)
CODE: Final = Text(
    "- Code: `{digest}`; libraries: {libraries}", "- Código: `{digest}`; bibliotecas: {libraries}"
)
GATES: Final = Text("## Gates", "## Controles")
