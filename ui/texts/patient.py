"""Texts of the page about one patient, and of an estimate."""

from __future__ import annotations

from typing import Final

from ml.problems.text import Text

ESTIMATE: Final = Text("Estimate the risk", "Estimar el riesgo")
EXAMPLE: Final = Text("Fill in an example", "Rellenar un ejemplo")
RESET: Final = Text("Clear the form", "Vaciar el formulario")
ESTIMATING: Final = Text("Estimating…", "Estimando…")
ANOTHER_CODE: Final = Text("Another code…", "Otro código…")
THE_CODE: Final = Text("{label}: the code", "{label}: el código")
PATIENT_KEY_HELP: Final = Text(
    "Not used to estimate; the history finds the patient by it.",
    "No se usa para estimar; sirve para encontrar al paciente en el historial.",
)

RESULT: Final = Text("Result", "Resultado")
NO_RESULT: Final = Text("The estimate will appear here.", "La estimación aparecerá aquí.")
STALE: Final = Text(
    "The form has changed since this estimate. Estimate again.",
    "El formulario ha cambiado desde esta estimación. Estime de nuevo.",
)
PROBABILITY: Final = Text("Estimated risk", "Riesgo estimado")
OF_100: Final = Text(
    "About {count} of 100 similar patients", "Unos {count} de cada 100 pacientes similares"
)
FEW_OF_100: Final = Text(
    "Fewer than 1 of 100 similar patients", "Menos de 1 de cada 100 pacientes similares"
)
MOST_OF_100: Final = Text(
    "More than 99 of 100 similar patients", "Más de 99 de cada 100 pacientes similares"
)
BASE_OF_100: Final = Text(
    "All patients: about {count} of 100", "Todos los pacientes: unos {count} de cada 100"
)
ICONS: Final = Text("{count} of 100 figures are filled in", "{count} de 100 figuras están rellenas")
OUTCOME_IS: Final = Text("Filled in: {outcome}", "Rellenas: {outcome}")
MOST_PROBABLE: Final = Text("Most probable: {outcome}", "Lo más probable: {outcome}")
CLASSES: Final = Text("Every possible outcome", "Todos los desenlaces posibles")
OUTCOME: Final = Text("Outcome", "Desenlace")
SIMILAR: Final = Text("Of 100 similar patients", "De 100 pacientes similares")
EVERYBODY: Final = Text("Of 100 of all", "De 100 de todos")
SPEAKS_FOR: Final = Text("What speaks for: {outcome}", "Lo que habla a favor de: {outcome}")
SPEAKS_AGAINST: Final = Text(
    "What speaks against: {outcome}", "Lo que habla en contra de: {outcome}"
)
BAND: Final = Text("Risk band: {band}", "Nivel de riesgo: {band}")

LIKE_THIS: Final = Text("Patients like this one", "Pacientes como este")
OBSERVED: Final = Text(
    "Of {rows} test patients with a similar estimate ({risk} on average), {low} to {high} of 100 "
    "had the outcome (95% interval; observed: {rate}).",
    "De {rows} pacientes de prueba con una estimación parecida ({risk} de media), entre {low} y "
    "{high} de cada 100 tuvieron el desenlace (intervalo del 95 %; observado: {rate}).",
)
IN_GROUP: Final = Text(
    "{group}: estimated {risk}, observed {rate}; {rows} test patients; AUROC {auroc}.",
    "{group}: estimado {risk}, observado {rate}; {rows} pacientes de prueba; AUROC {auroc}.",
)
GROUP_TOO_SMALL: Final = Text(
    "{group}: too few test patients to say how well the model does.",
    "{group}: muy pocos pacientes de prueba para saber cómo funciona el modelo.",
)
NOT_EXAMINED: Final = Text(
    "How well this version does for patients like this one has not been examined.",
    "No se ha examinado cómo funciona esta versión en pacientes como este.",
)
LITTLE_DATA: Final = Text(
    "**Little data on patients like this.** The model learned from fewer than 20 patients with "
    "this value: {fields}.",
    "**Pocos datos de pacientes como este.** El modelo aprendió de menos de 20 pacientes con "
    "este valor: {fields}.",
)

RAISES: Final = Text("What raises the estimate", "Lo que eleva la estimación")
LOWERS: Final = Text("What lowers the estimate", "Lo que reduce la estimación")
ASSOCIATION: Final = Text(
    "Associations in past patients, not causes.",
    "Asociaciones en pacientes anteriores, no causas.",
)
CHART: Final = Text("Chart of the reasons", "Gráfico de los motivos")
STRENGTH: Final = Text("Share of the strongest", "Parte del más fuerte")

UP: Final = Text("raises", "eleva")
DOWN: Final = Text("lowers", "reduce")
MISSING: Final = Text("Not given: {missing} of {inputs}", "Sin dato: {missing} de {inputs}")
NOTHING_MISSING: Final = Text("Everything was given.", "No falta ningún dato.")
MISSING_RAISE: Final = Text(
    "What is not given raises this estimate: without their effect it would be {percent}.",
    "Los datos que faltan elevan esta estimación: sin su efecto sería {percent}.",
)
MISSING_LOWER: Final = Text(
    "What is not given lowers this estimate: without their effect it would be {percent}.",
    "Los datos que faltan reducen esta estimación: sin su efecto sería {percent}.",
)
MODEL: Final = Text("Model {name}, version {version}", "Modelo {name}, versión {version}")
REQUEST: Final = Text("Request {id}", "Solicitud {id}")
AT: Final = Text("Estimated on {time}", "Estimado el {time}")
PRINT: Final = Text("Print this result", "Imprimir este resultado")
GIVEN: Final = Text("Given", "Datos aportados")

FEEDBACK: Final = Text("Your judgement", "Su valoración")
AGREE: Final = Text("I agree", "Estoy de acuerdo")
DISAGREE: Final = Text("I disagree", "No estoy de acuerdo")
OVERRIDE: Final = Text("I judge otherwise", "Mi valoración es otra")
OWN_BAND: Final = Text("The band that I find right", "El nivel que considero correcto")
OWN_CLASS: Final = Text("The outcome that I find right", "El desenlace que considero correcto")
WHY: Final = Text("Why", "Motivo")
WHY_HELP: Final = Text(
    "Kept with the prediction. Do not name the patient.",
    "Se guarda con la predicción. No nombre al paciente.",
)
SAY_WHY: Final = Text("Say why, in a few words.", "Indique el motivo en pocas palabras.")
SAVE: Final = Text("Save the judgement", "Guardar la valoración")
KEPT: Final = Text("Kept. Thank you.", "Guardado. Gracias.")
