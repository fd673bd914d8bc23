"""The data contract: three numbers and a class, named as the earlier system names them."""

from __future__ import annotations

from ml.problems.contract import Category, Column, Identifier, Number
from ml.problems.text import Text

SECTIONS = {"patient": Text("Patient", "Paciente")}
# The class and the text that stands for it; the order is that of the generator's rule.
LABELS = {
    "healthy": Text("Not ill", "NO ENFERMO"),
    "mild": Text("Mild illness", "ENFERMEDAD LEVE"),
    "acute": Text("Acute illness", "ENFERMEDAD AGUDA"),
    "chronic": Text("Chronic illness", "ENFERMEDAD CRÓNICA"),
    "rare": Text("Rare illness", "ENFERMEDAD RARA"),
}
CLASSES = {name: frozenset({label.es}) for name, label in LABELS.items()}

COLUMNS: tuple[Column, ...] = (
    Identifier(name="paciente", label=Text("Patient", "Paciente")),
    Number(
        name="edad",
        section="patient",
        label=Text("Age", "Edad"),
        unit=Text("years", "años"),
        minimum=0,
        maximum=150,
        integer=False,
        required=True,
        needed=True,
    ),
    Number(
        name="fiebre",
        section="patient",
        label=Text("Temperature", "Fiebre"),
        unit=Text("°C", "°C"),
        minimum=35,
        maximum=45,
        integer=False,
        required=True,
        needed=True,
    ),
    Number(
        name="dolor",
        section="patient",
        label=Text("Pain", "Dolor"),
        help=Text("From 0, none, to 10, the worst", "De 0, ninguno, a 10, el peor"),
        minimum=0,
        maximum=10,
        integer=False,
        required=True,
        needed=True,
    ),
    Category(
        name="diagnostico",
        label=Text("Diagnosis", "Diagnóstico"),
        required=True,
        values={label.es: label for label in LABELS.values()},
    ),
)
