"""Every text of the pages that no problem declares, in English and Spanish.

Here are those of the frame, the form and the errors; each page has a module of its own.
"""

from __future__ import annotations

from typing import Final

from ml.problems.text import Text

LANGUAGES: Final = {"en": "English", "es": "Español"}

LANGUAGE: Final = Text("Language", "Idioma")
PATIENT: Final = Text("Patient", "Paciente")
LIST: Final = Text("List", "Lista")
HISTORY: Final = Text("History", "Historial")
MODEL: Final = Text("Model", "Modelo")
MONITORING: Final = Text("Monitoring", "Seguimiento")
BAND: Final = Text("Risk band", "Nivel de riesgo")
PREDICTED: Final = Text("Most probable", "Lo más probable")
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

RETRY: Final = Text("Try again", "Reintentar")

PERCENT: Final = Text("{percent}%", "{percent} %")
BELOW_ONE_PERCENT: Final = Text("under 1%", "menos del 1 %")
ABOVE_99_PERCENT: Final = Text("over 99%", "más del 99 %")
INPUT: Final = Text("Input", "Dato")
NOTHING: Final = Text("none", "ninguno")

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
HISTORY_AWAY: Final = Text(
    "The history cannot be reached at the moment; predictions go on and are kept. "
    "What you have typed is kept. Try again in a moment.",
    "No se puede consultar el historial en este momento; las predicciones siguen y se guardan. "
    "Lo que ha escrito se conserva. Reinténtelo en un momento.",
)
REGISTRY_AWAY: Final = Text(
    "The model registry cannot be reached at the moment. Try again later.",
    "No se puede consultar el registro de modelos en este momento. Reinténtelo más tarde.",
)
NOT_RECOGNISED: Final = Text(
    "The prediction service does not recognise you ({reason}). What you have typed is kept. "
    "Sign in again.",
    "El servicio de predicción no le reconoce ({reason}). Lo que ha escrito se conserva. "
    "Identifíquese de nuevo.",
)
NOT_ALLOWED: Final = Text(
    "Your role may not do this ({reason}). What you have typed is kept. "
    "Ask whoever runs the service for another role.",
    "Su perfil no permite esta acción ({reason}). Lo que ha escrito se conserva. "
    "Pida otro perfil a quien administra el servicio.",
)
OUT_OF_DATE: Final = Text(
    "**This model may be out of date.** The service cannot reach the model registry, so a newer "
    "version may exist.",
    "**Este modelo puede estar desactualizado.** El servicio no puede consultar el registro de "
    "modelos: puede haber una versión más reciente.",
)
REFUSED_VERSION: Final = Text(
    "**This model is out of date.** Version {version} was promoted, but the service refused it "
    "because it did not pass its checks. The version before it answers.",
    "**Este modelo está desactualizado.** Se promovió la versión {version}, pero el servicio la "
    "rechazó porque no superó sus comprobaciones. Responde la versión anterior.",
)
WITHDRAWN: Final = Text(
    "**This model was withdrawn.** No version is in production any more; the last one still "
    "answers.",
    "**Este modelo se ha retirado.** Ya no hay ninguna versión en producción; todavía responde "
    "la última.",
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
NEEDED: Final = Text("This must be given.", "Este dato es obligatorio.")
ONE_OF_THE_LIST: Final = Text("Must be one of the list.", "Debe ser uno de la lista.")
