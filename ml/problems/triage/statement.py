"""What the card of a triage model says that nobody can compute."""

from __future__ import annotations

from ml.problems.statement import Statement
from ml.problems.text import Text

STATEMENT = Statement(
    use=Text(
        "To show the platform at work with more than two classes: a demonstration only",
        "Mostrar la plataforma con más de dos clases: solo una demostración",
    ),
    users=Text(
        "Those who try out, test or teach the platform",
        "Quienes prueban, verifican o enseñan la plataforma",
    ),
    misuse=(
        Text(
            "For any patient, for any purpose: the data are made up",
            "Para ningún paciente y ningún fin: los datos son inventados",
        ),
    ),
    limits=(
        Text(
            "The data are synthetic by nature: a rule of the platform's own makes them, and the "
            "model learns that rule",
            "Los datos son sintéticos por naturaleza: los genera una regla de la propia "
            "plataforma, y el modelo aprende esa regla",
        ),
        Text(
            "Three numbers cannot tell an illness: the classes are names, not diagnoses",
            "Tres números no permiten reconocer una enfermedad: las clases son nombres, no "
            "diagnósticos",
        ),
    ),
    ethics=(
        Text(
            "Whoever took an answer for a diagnosis could be harmed: every answer says that the "
            "data are synthetic",
            "Quien tomara una respuesta por un diagnóstico podría resultar perjudicado: cada "
            "respuesta dice que los datos son sintéticos",
        ),
    ),
    contest=Text(
        "There is nothing to contest: no answer is about anybody. Whoever finds one that the rule "
        "does not explain can record it as wrong",
        "No hay nada que impugnar: ninguna respuesta trata de nadie. Quien encuentre una que la "
        "regla no explique puede dejar constancia del error",
    ),
)
