"""Every text of the pages that no problem declares, in English and Spanish."""

from __future__ import annotations

from typing import Final

from ml.problems.text import Text

LANGUAGES: Final = {"en": "English", "es": "Español"}

LANGUAGE: Final = Text("Language", "Idioma")
PATIENT: Final = Text("Patient", "Paciente")
PROBLEM: Final = Text("What to estimate", "Qué se estima")
OTHER_SECTION: Final = Text("Other information", "Otros datos")

NOTICE: Final = Text(
    "Decision support, not a diagnosis",
    "Apoyo a la decisión, no un diagnóstico",
)
SYNTHETIC: Final = Text(
    "**Synthetic model.** This model was trained on synthetic data: "
    "nothing it says is about real patients.",
    "**Modelo sintético.** Este modelo se entrenó con datos sintéticos: "
    "nada de lo que dice se refiere a pacientes reales.",
)

FILL_IN: Final = Text(
    "Fill in what is known and leave the rest empty.",
    "Rellene lo que se sepa y deje el resto vacío.",
)
CHOOSE: Final = Text("Not given", "Sin dato")
FROM_TO: Final = Text("{minimum} to {maximum}", "de {minimum} a {maximum}")
FOR_EXAMPLE: Final = Text("e.g. {example}", "p. ej. {example}")

ESTIMATE: Final = Text("Estimate the risk", "Estimar el riesgo")
RESET: Final = Text("Clear the form", "Vaciar el formulario")
RETRY: Final = Text("Try again", "Reintentar")
ESTIMATING: Final = Text("Estimating…", "Estimando…")

RESULT: Final = Text("Result", "Resultado")
NO_RESULT: Final = Text(
    "The estimate will appear here.",
    "La estimación aparecerá aquí.",
)
STALE: Final = Text(
    "The form has changed since this estimate. Estimate again.",
    "El formulario ha cambiado desde esta estimación. Estime de nuevo.",
)
PROBABILITY: Final = Text("Estimated risk", "Riesgo estimado")
PERCENT: Final = Text("{percent}%", "{percent} %")
BELOW_ONE_PERCENT: Final = Text("under 1%", "menos del 1 %")
ABOVE_99_PERCENT: Final = Text("over 99%", "más del 99 %")
MISSING: Final = Text(
    "Not given: {missing} of {inputs}",
    "Sin dato: {missing} de {inputs}",
)
NOTHING_MISSING: Final = Text("Everything was given.", "No falta ningún dato.")
MODEL: Final = Text("Model {name}, version {version}", "Modelo {name}, versión {version}")

CORRECT_FIRST: Final = Text(
    "Nothing was sent. Correct these fields first:",
    "No se ha enviado nada. Corrija antes estos campos:",
)
REFUSED: Final = Text(
    "The service refused these fields. Correct them and estimate again:",
    "El servicio ha rechazado estos campos. Corríjalos y estime de nuevo:",
)
WHOLE_RECORD: Final = Text("The whole form", "Todo el formulario")
API_AWAY: Final = Text(
    "The prediction service cannot be reached. What you have typed is kept. "
    "Try again in a moment; if it stays away, tell whoever runs it.",
    "No se puede contactar con el servicio de predicción. Lo que ha escrito se conserva. "
    "Reinténtelo en un momento; si sigue sin responder, avise a quien lo administra.",
)
NO_MODEL: Final = Text(
    "The prediction service has no model to answer with yet. What you have typed is kept. "
    "Try again once a model has been put into service.",
    "El servicio de predicción aún no tiene ningún modelo con el que responder. "
    "Lo que ha escrito se conserva. Reinténtelo cuando haya un modelo en servicio.",
)
API_FAULT: Final = Text(
    "The prediction service gave an answer that cannot be used ({reason}). "
    "What you have typed is kept. Try again; if it happens again, tell whoever runs it.",
    "El servicio de predicción ha dado una respuesta que no se puede usar ({reason}). "
    "Lo que ha escrito se conserva. Reinténtelo; si vuelve a ocurrir, avise a quien lo "
    "administra.",
)
NOT_SERVED: Final = Text(
    "The prediction service does not offer this estimate. What you have typed is kept.",
    "El servicio de predicción no ofrece esta estimación. Lo que ha escrito se conserva.",
)

BETWEEN: Final = Text(
    "Must lie between {minimum} and {maximum}.",
    "Debe estar entre {minimum} y {maximum}.",
)
WHOLE_NUMBER: Final = Text("Must be a whole number.", "Debe ser un número entero.")
NUMBER: Final = Text("Must be a number.", "Debe ser un número.")
LOOK_LIKE: Final = Text("Must look like {example}.", "Debe parecerse a {example}.")
ONE_OF_THE_LIST: Final = Text("Must be one of the list.", "Debe ser uno de la lista.")
