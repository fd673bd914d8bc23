"""A small problem with every kind of column, for the tests of the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml.problems.contract import Category, Code, Identifier, Number
from ml.problems.problem import Limits, Problem, RiskBand, Source, Target
from ml.problems.statement import Statement
from ml.problems.text import Text

if TYPE_CHECKING:
    import pyarrow as pa


def _generate(rows: int, seed: int) -> pa.Table:
    raise NotImplementedError((rows, seed))  # the pages never generate rows


_COLUMNS = (
    Identifier(name="visit", label=Text("Visit", "Visita")),
    Category(
        name="ward",
        label=Text("Ward", "Planta"),
        section="stay",
        values={
            "1": Text("Surgery", "Cirugía"),
            "2": Text("Medicine", "Medicina interna"),
            "9": Text("Not recorded", "No registrado"),
        },
        unknown=frozenset({"9"}),
        help=Text("Where the patient stayed.", "Dónde estuvo el paciente."),
    ),
    Number(
        name="nights",
        label=Text("Nights", "Noches"),
        section="stay",
        minimum=1,
        maximum=30,
        unit=Text("nights", "noches"),
    ),
    Number(
        name="temperature",
        label=Text("Temperature", "Temperatura"),
        section="body",
        minimum=30,
        maximum=45,
        unit=Text("°C", "°C"),
        integer=False,
    ),
    Code(
        name="cause",
        label=Text("Cause", "Causa"),
        pattern=r"[A-Z]\d{2}",
        example="J18",
    ),
    Category(
        name="back",
        label=Text("Came back", "Volvió"),
        values={"no": Text("No", "No"), "yes": Text("Yes", "Sí")},
    ),
)

problem = Problem(
    name="sample",
    title=Text("Return to the ward", "Regreso a la planta"),
    question=Text("Will the patient come back?", "¿Volverá el paciente?"),
    source=Source(url=""),
    record_key="visit",
    group_key="visit",
    columns=_COLUMNS,
    sections={"stay": Text("Stay", "Estancia"), "body": Text("Body", "Cuerpo")},
    target=Target(
        column="back",
        classes={"no": frozenset({"no"}), "yes": frozenset({"yes"})},
        labels={"no": Text("No", "No"), "yes": Text("Yes", "Sí")},
    ),
    features=(),
    forest={},
    bands=(
        RiskBand(name="low", start=0.0, label=Text("Low", "Bajo")),
        RiskBand(name="high", start=0.2, label=Text("High", "Alto")),
    ),
    limits=Limits(),
    statement=Statement(
        use=Text("Tests", "Pruebas"),
        users=Text("Testers", "Quien prueba"),
        misuse=(),
        limits=(),
        ethics=(),
        contest=Text("Ask", "Pregunte"),
    ),
    example={"ward": "1"},
    generate=_generate,
)
