"""Texts of the page about the model."""

from __future__ import annotations

from typing import Final

from ml.problems.text import Text

IN_SERVICE: Final = Text("Model in service", "Modelo en servicio")
NAME: Final = Text("Name", "Nombre")
VERSION: Final = Text("Version", "Versión")
STAGE: Final = Text("Stage", "Fase")
SINCE: Final = Text("In service since", "En servicio desde")
LEARNED_FROM: Final = Text("Learned from", "Aprendió de")
REAL: Final = Text("real patients", "pacientes reales")
GENERATED: Final = Text("synthetic data", "datos sintéticos")
DIGEST: Final = Text("Fingerprint", "Huella digital")
ROWS: Final = Text("Rows", "Filas")
ROWS_USED: Final = Text(
    "{train} to train, {validation} to calibrate, {test} to test",
    "{train} para entrenar, {validation} para calibrar, {test} para probar",
)
CARD: Final = Text("The whole model card", "La ficha completa del modelo")
CARD_ENGLISH: Final = Text(
    "The whole model card (English)", "La ficha completa del modelo (en inglés)"
)
DOWNLOAD: Final = Text("Download the card", "Descargar la ficha")
USE: Final = Text("What it is for", "Para qué sirve")
USERS: Final = Text("For whom", "Para quién")
MISUSE: Final = Text("What it must not be used for", "Para qué no debe usarse")
LIMITS: Final = Text("Limits", "Límites")
ETHICS: Final = Text("Who could be harmed", "A quién podría perjudicar")
CONTEST: Final = Text("If you disagree", "Si no está de acuerdo")
NOT_MEANT: Final = Text("Not meant for", "No está pensado para")
PREDICTS: Final = Text("Estimates", "Estima")
BANDS: Final = Text("Risk bands", "Niveles de riesgo")
FROM: Final = Text("{band} from {percent}", "{band} desde {percent}")

METRICS: Final = Text("How good it is", "Qué tal funciona")
METRICS_NOTE: Final = Text(
    "On test patients that it never learned from. In brackets the 95% interval, "
    "from a bootstrap that resamples whole patients.",
    "En pacientes de prueba de los que no aprendió. Entre corchetes, el intervalo del 95 %, "
    "por remuestreo de pacientes completos.",
)
METRIC: Final = Text("Metric", "Medida")
VALUE: Final = Text("Value", "Valor")
MEANS: Final = Text("What it says", "Qué dice")

CALIBRATION: Final = Text("Are the estimates right?", "¿Aciertan las estimaciones?")
CALIBRATION_ALT: Final = Text(
    "Calibration plot: estimated risk against observed rate for groups of test patients; "
    "the table below holds the same figures",
    "Gráfico de calibración: riesgo estimado frente a frecuencia observada por grupos de "
    "pacientes de prueba; la tabla siguiente contiene las mismas cifras",
)
ESTIMATED: Final = Text("Estimated", "Estimado")
OBSERVED: Final = Text("Observed", "Observado")
IDEAL: Final = Text("ideal", "ideal")
PATIENTS: Final = Text("Test patients", "Pacientes de prueba")
SAME_FIGURES: Final = Text("The same as a table", "Lo mismo en una tabla")
SUBGROUPS: Final = Text("For whom does it work?", "¿Para quién funciona?")
GROUP: Final = Text("Group", "Grupo")
TOO_FEW: Final = Text("too few", "muy pocos")
ACTING: Final = Text("What if one acts from a risk on?", "¿Y si se actúa a partir de un riesgo?")
ACT_FROM: Final = Text("Act from", "Actuar desde")
ALERTS: Final = Text("Alerts of 100", "Avisos por 100")
PRECISION: Final = Text("Right alerts", "Avisos acertados")
RECALL: Final = Text("Outcomes found", "Desenlaces detectados")
NOT_EXAMINED: Final = Text(
    "Calibration and groups were not examined for this version.",
    "La calibración y los grupos no se examinaron en esta versión.",
)
VERSIONS: Final = Text("Versions over time", "Versiones en el tiempo")
MADE: Final = Text("Made", "Creada")
DECIDED: Final = Text("Decision", "Decisión")
PASSED: Final = Text("passed", "aceptada")
DECLINED: Final = Text("declined", "rechazada")
NOT_JUDGED: Final = Text("not judged", "sin evaluar")
WHY: Final = Text("Why", "Motivo")
NO_VERSIONS: Final = Text(
    "The registry knows no version.", "El registro no conoce ninguna versión."
)
PRODUCTION: Final = Text("in service", "en servicio")
STAGING: Final = Text("waiting", "en espera")
ARCHIVED: Final = Text("archived", "archivada")
NO_STAGE: Final = Text("registered", "registrada")

STAGES: Final = {
    "Production": PRODUCTION,
    "Staging": STAGING,
    "Archived": ARCHIVED,
    "None": NO_STAGE,
}
TITLES: Final = {
    "auroc": Text("Ranking (AUROC)", "Ordenación (AUROC)"),
    "auprc": Text("Precision over recall (AUPRC)", "Precisión y sensibilidad (AUPRC)"),
    "brier": Text("Brier score", "Puntuación de Brier"),
    "brier_skill": Text("Brier skill", "Mejora de Brier"),
    "log_loss": Text("Log-loss", "Pérdida logarítmica"),
    "ece": Text("Calibration error", "Error de calibración"),
    "ece_mass": Text("Calibration error (equal groups)", "Error de calibración (grupos iguales)"),
    "ece_width": Text("Calibration error (equal widths)", "Error de calibración (anchos iguales)"),
    "accuracy": Text("Accuracy", "Exactitud"),
    "sensitivity": Text("Sensitivity", "Sensibilidad"),
    "specificity": Text("Specificity", "Especificidad"),
    "calibration_slope": Text("Calibration slope", "Pendiente de calibración"),
    "calibration_intercept": Text("Calibration intercept", "Ordenada de calibración"),
}
_DISTANCE = Text(
    "Mean distance of estimate and observed rate; 0 is right",
    "Distancia media entre estimación y frecuencia observada; 0 es lo correcto",
)
MEANINGS: Final = {
    "auroc": Text(
        "How often, of two patients, the one with the outcome gets the higher risk; chance is 0.5",
        "Con qué frecuencia, de dos pacientes, el que tuvo el desenlace recibe más riesgo; "
        "el azar da 0,5",
    ),
    "auprc": Text(
        "Mean share of right alerts over all thresholds; chance is the outcome's rate",
        "Parte media de avisos acertados en todos los umbrales; el azar da la frecuencia "
        "del desenlace",
    ),
    "accuracy": Text(
        "Share of patients whose predicted class is right",
        "Parte de los pacientes cuya clase predicha es correcta",
    ),
    "sensitivity": Text(
        "Of those who have the outcome, the share that is predicted to",
        "De quienes tienen el desenlace, la parte que se predice",
    ),
    "specificity": Text(
        "Of those who have it not, the share that is not predicted to",
        "De quienes no lo tienen, la parte que no se predice",
    ),
    "brier": Text("Mean squared error; less is better", "Error cuadrático medio; menos es mejor"),
    "brier_skill": Text(
        "Share of the error saved over telling everybody the mean",
        "Parte del error que se ahorra frente a decir a todos la media",
    ),
    "log_loss": Text("Mean surprise; less is better", "Sorpresa media; menos es mejor"),
    "ece": _DISTANCE,
    "ece_mass": _DISTANCE,
    "ece_width": _DISTANCE,
    "calibration_slope": Text(
        "1 is right; below 1, risks are too extreme",
        "1 es lo correcto; por debajo, los riesgos son demasiado extremos",
    ),
    "calibration_intercept": Text(
        "0 is right; below 0, risks are too high",
        "0 es lo correcto; por debajo, los riesgos son demasiado altos",
    ),
}
