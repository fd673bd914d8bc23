"""Texts of the history."""

from __future__ import annotations

from typing import Final

from ml.problems.text import Text

PERIOD: Final = Text("Period", "Periodo")
LAST_DAYS: Final = Text("Last {days} days", "Últimos {days} días")
ALWAYS: Final = Text("Any time", "Cualquier fecha")
ANY: Final = Text("Any", "Cualquiera")
MINIMUM: Final = Text("Risk of at least (%)", "Riesgo mínimo (%)")
FOUND: Final = Text("{total} predictions", "{total} predicciones")
FOUND_ONE: Final = Text("1 prediction", "1 predicción")
NONE_FOUND: Final = Text(
    "No prediction fits these filters. Widen the period or clear a filter.",
    "Ninguna predicción cumple estos filtros. Amplíe el periodo o quite un filtro.",
)
PENDING: Final = Text(
    "Up to {count} more are on their way here. Look again in a moment.",
    "Hasta {count} más están en camino. Vuelva a mirar en un momento.",
)
TIME: Final = Text("Time", "Fecha y hora")
RISK: Final = Text("Risk", "Riesgo")
MODEL: Final = Text("Model version", "Versión del modelo")
MISSING: Final = Text("Not given", "Sin dato")
OUTCOME: Final = Text("What happened", "Qué ocurrió")
OPINION: Final = Text("Judgement", "Valoración")
UNKNOWN: Final = Text("not known yet", "aún no se sabe")
NEWER: Final = Text("Newer", "Más recientes")
OLDER: Final = Text("Older", "Más antiguas")
REFRESH: Final = Text("Look again", "Actualizar")
ONE: Final = Text("One prediction", "Una predicción")
CHOOSE: Final = Text("Which one", "Cuál")
INPUTS: Final = Text("What was given", "Datos aportados")
RECORD: Final = Text("Record what happened", "Registrar qué ocurrió")
WHEN: Final = Text("When (YYYY-MM-DD)", "Cuándo (AAAA-MM-DD)")
WRONG_DATE: Final = Text(
    "Write the date as {example}; not in the future, not before 1900.",
    "Escriba la fecha así: {example}; ni futura ni anterior a 1900.",
)
SAVE: Final = Text("Save what happened", "Guardar qué ocurrió")
SAVED: Final = Text("Recorded.", "Registrado.")
KNOWN: Final = Text("This was recorded already.", "Ya estaba registrado.")
OPINIONS: Final = Text("Judgements", "Valoraciones")
BY: Final = Text("By", "Quién")
TREND: Final = Text("Trend", "Evolución")
TREND_OF: Final = Text(
    "Estimated risk of this patient over time, {first} to {last}",
    "Riesgo estimado de este paciente en el tiempo, de {first} a {last}",
)
TREND_NEEDS: Final = Text(
    "The trend of one patient appears when the patient is named above.",
    "La evolución de un paciente aparece al indicarlo arriba.",
)
CAPTION: Final = Text(
    "Earlier predictions, newest first", "Predicciones anteriores, la última primero"
)
