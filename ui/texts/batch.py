"""Texts of the page about a list."""

from __future__ import annotations

from typing import Final

from ml.problems.text import Text

INTRODUCTION: Final = Text(
    "Take the template, fill in one patient a row, and upload it. Empty cells mean *not known*.",
    "Descargue la plantilla, rellene un paciente por fila y súbala. "
    "Una celda vacía significa *sin dato*.",
)
TEMPLATE_CSV: Final = Text("Template (CSV)", "Plantilla (CSV)")
TEMPLATE_EXCEL: Final = Text("Template (Excel)", "Plantilla (Excel)")
SHEET: Final = Text("Patients", "Pacientes")
GUIDE: Final = Text("Guide", "Guía")
COLUMN: Final = Text("Column", "Columna")
MEANING: Final = Text("Meaning", "Significado")
ALLOWED: Final = Text("Allowed", "Valores permitidos")
ANY_TEXT: Final = Text("any text or number", "cualquier texto o número")
FILE: Final = Text("List as CSV or Excel", "Lista en CSV o Excel")
BROWSE: Final = Text("Choose a file", "Elegir archivo")
AT_MOST: Final = Text("CSV or XLSX, at most {size} MB", "CSV o XLSX, máximo {size} MB")
SCORE: Final = Text("Estimate the list", "Estimar la lista")
ROWS_READ: Final = Text(
    "{rows} rows were read from {file}.", "Se han leído {rows} filas de {file}."
)
SENDING: Final = Text("Sending…", "Enviando…")
PROGRESS: Final = Text("{done} of {total} rows", "{done} de {total} filas")
GO_ON: Final = Text("Go on", "Continuar")
START_OVER: Final = Text("Start over", "Empezar de nuevo")
FAILED: Final = Text(
    "The service could not read the list to its end ({reason}). Correct it and send it again.",
    "El servicio no pudo leer la lista hasta el final ({reason}). Corríjala y envíela de nuevo.",
)
INTERRUPTED: Final = Text(
    "The service stopped before the list was done. Send it again.",
    "El servicio se detuvo antes de terminar la lista. Envíela de nuevo.",
)
NOT_READABLE: Final = Text(
    "This file cannot be read as CSV or Excel. Save it as CSV (UTF-8) or XLSX.",
    "Este archivo no se puede leer como CSV ni Excel. Guárdelo como CSV (UTF-8) o XLSX.",
)
TOO_LARGE: Final = Text(
    "This list has more than {rows} rows. Split it.",
    "Esta lista tiene más de {rows} filas. Divídala.",
)
NO_ROWS: Final = Text(
    "This file has no rows under its header.", "Este archivo no tiene filas bajo la cabecera."
)
UNKNOWN_COLUMNS: Final = Text(
    "These columns are not known: {columns}. Name them as in the template, or remove them.",
    "Estas columnas no se conocen: {columns}. Nómbrelas como en la plantilla o elimínelas.",
)
TWICE: Final = Text(
    "These columns occur twice: {columns}.", "Estas columnas están repetidas: {columns}."
)
SCORED: Final = Text("Estimated", "Estimadas")
REJECTED: Final = Text("Rejected", "Rechazadas")
REJECTED_ROWS: Final = Text("Rejected rows and why", "Filas rechazadas y por qué")
RESULTS: Final = Text("Results", "Resultados")
ROW: Final = Text("Row", "Fila")
REASON: Final = Text("Why", "Motivo")
WARNINGS: Final = Text("Warnings", "Avisos")
SORT: Final = Text("Sort by", "Ordenar por")
RISK_DOWN: Final = Text("Highest risk first", "Mayor riesgo primero")
RISK_UP: Final = Text("Lowest risk first", "Menor riesgo primero")
BY_ROW: Final = Text("Order of the file", "Orden del archivo")
PAGE: Final = Text("Page", "Página")
SHOWN: Final = Text("{first} to {last} of {total}", "{first} a {last} de {total}")
DOWNLOAD_CSV: Final = Text("Download (CSV)", "Descargar (CSV)")
DOWNLOAD_EXCEL: Final = Text("Download (Excel)", "Descargar (Excel)")
