"""Texts of the monitoring."""

from __future__ import annotations

from typing import Final

from ml.problems.text import Text

PERIOD: Final = Text("Period", "Periodo")
PREDICTIONS: Final = Text("Predictions", "Predicciones")
A_DAY: Final = Text("A day", "Al día")
WITH_OUTCOME: Final = Text("Outcome known", "Desenlace conocido")
NOTHING_YET: Final = Text(
    "Nothing was predicted in this period.", "No se ha predicho nada en este periodo."
)
VOLUME: Final = Text("Predictions a day", "Predicciones al día")
VOLUME_ALT: Final = Text(
    "Bars: predictions of each day from {first} to {last}, at most {most}",
    "Barras: predicciones de cada día, de {first} a {last}, como máximo {most}",
)
MEAN_RISK: Final = Text("Mean risk a day", "Riesgo medio al día")
MEAN_RISK_ALT: Final = Text(
    "Line: mean estimated risk of each day from {first} to {last}",
    "Línea: riesgo medio estimado de cada día, de {first} a {last}",
)
BY: Final = Text("{grade}: how often", "{grade}: con qué frecuencia")
COUNT: Final = Text("Count", "Cantidad")
SHARE: Final = Text("Share", "Parte")
MISSING: Final = Text("Inputs that are often missing", "Datos que faltan a menudo")
MISSING_MEAN: Final = Text(
    "On average {count} of {inputs} inputs were not given.",
    "De media faltaron {count} de {inputs} datos.",
)
LIVE: Final = Text("How it did", "Cómo ha funcionado")
LIVE_NEEDS: Final = Text(
    "No outcome of these predictions is known yet. Record what happened in the history.",
    "Aún no se conoce el desenlace de estas predicciones. Registre qué ocurrió en el historial.",
)
LIVE_NOTE: Final = Text(
    "Observed rates with their 95% interval. Where the estimate lies outside of it, the model is "
    "off for these patients.",
    "Frecuencias observadas con su intervalo del 95 %. Si la estimación queda fuera, el modelo se "
    "desvía en estos pacientes.",
)
ALL: Final = Text("All", "Todos")
ESTIMATED: Final = Text("Estimated", "Estimado")
OBSERVED: Final = Text("Observed", "Observado")
AGREES: Final = Text("Fits", "Encaja")
YES: Final = Text("✓ yes", "✓ sí")
TOO_HIGH: Final = Text("▲ too high", "▲ demasiado alto")
TOO_LOW: Final = Text("▼ too low", "▼ demasiado bajo")
RANKING: Final = Text("Ranking (AUROC): {live}", "Ordenación (AUROC): {live}")
RANKING_TEST: Final = Text(
    "Ranking (AUROC): {live}; on the test patients it was {test}",
    "Ordenación (AUROC): {live}; en los pacientes de prueba fue {test}",
)
BRIER: Final = Text("Brier score: {value}", "Puntuación de Brier: {value}")
OPINIONS: Final = Text("What clinicians thought", "Qué pensaron los clínicos")
AGREED: Final = Text("agreed", "de acuerdo")
DISAGREED: Final = Text("disagreed", "en desacuerdo")
JUDGED_OTHERWISE: Final = Text("judged otherwise", "valoraron de otro modo")
NO_OPINIONS: Final = Text("Nobody has said so far.", "Nadie lo ha indicado todavía.")
SAME_FIGURES: Final = Text("The same as a table", "Lo mismo en una tabla")
DAY: Final = Text("Day", "Día")
