"""Texts about drift: how patients, estimates and outcomes have changed since the training."""

from __future__ import annotations

from typing import Final

from ml.problems.text import Text

TITLE: Final = Text("Have the patients changed?", "¿Han cambiado los pacientes?")
NOT_YET: Final = Text(
    "Nobody has compared the patients with the training data yet. Until then, watch the mean risk "
    "and the missing inputs above.",
    "Nadie ha comparado aún a los pacientes con los datos de entrenamiento. Hasta entonces, "
    "observe arriba el riesgo medio y los datos que faltan.",
)
LOOKED: Final = Text(
    "Last look on {time}: version {version}, {examined} predictions since {since}.",
    "Última revisión el {time}: versión {version}, {examined} predicciones desde {since}.",
)
RETRAIN: Final = Text("A new training is asked for:", "Se pide un nuevo entrenamiento:")
FOUND: Final = Text("Found:", "Hallazgos:")
COOLING: Final = Text(
    "A training was asked for on {time}; no other is until its time has passed.",
    "El {time} se pidió un entrenamiento; no se pide otro hasta que pase su plazo.",
)
STEADY: Final = Text("Nothing asks for a new training.", "Nada exige un nuevo entrenamiento.")
UNDECIDED: Final = Text("Too little to decide:", "Muy poco para decidir:")

INPUTS: Final = Text("Inputs, most changed first", "Datos, primero los que más cambian")
CHANGE: Final = Text("Change (PSI)", "Cambio (PSI)")
MISSING_BEFORE: Final = Text("Missing in training", "Sin dato al entrenar")
MISSING_NOW: Final = Text("Missing now", "Sin dato ahora")
VERDICT: Final = Text("Verdict", "Valoración")
CHANGED: Final = Text("▲ changed", "▲ ha cambiado")
AS_BEFORE: Final = Text("✓ as before", "✓ como antes")
TOO_FEW: Final = Text("too few to tell", "muy pocos para saberlo")
NOTE: Final = Text(
    "PSI: population stability index against the training patients; from about 0.25 on, they are "
    "others.",
    "PSI: índice de estabilidad poblacional frente a los pacientes de entrenamiento; desde 0,25 "
    "aproximadamente, son otros.",
)
ESTIMATES: Final = Text("Estimates", "Estimaciones")
BEFORE: Final = Text("Test patients", "Pacientes de prueba")
NOW: Final = Text("Now", "Ahora")
LIVE: Final = Text(
    "Where the outcome is due and known ({known} of {due})",
    "Donde el desenlace ya debe conocerse y se conoce ({known} de {due})",
)
