"""The data contract: ten properties of cell nuclei, each as mean, standard error and worst.

Names and meanings are those of the original (UCI data set 17, `wdbc.names`). It gives no
units: lengths and areas are counted on the digitised image. The bounds are about twice the
largest value of the data; beyond them a value is a mistake rather than a nucleus.
"""

from __future__ import annotations

from typing import NamedTuple

from ml.problems.contract import Category, Column, Identifier, Number
from ml.problems.text import Text

SECTIONS = {
    "mean": Text("Mean of all nuclei", "Media de todos los núcleos"),
    "se": Text("Standard error", "Error estándar"),
    "worst": Text("Mean of the three largest", "Media de los tres mayores"),
}
_OF = {
    "mean": Text("mean", "media"),
    "se": Text("standard error", "error estándar"),
    "worst": Text("three largest", "tres mayores"),
}
_LENGTH = Text("pixels", "píxeles")
_AREA = Text("square pixels", "píxeles cuadrados")
_GREY = Text("grey levels", "niveles de gris")


class _Property(NamedTuple):
    """A property of nuclei: how it is called, what it is, and its bounds.

    Args:
        name: as in the data.
        label: for a form.
        help: what is measured.
        unit: `None` where it has none.
        most: the largest mean, standard error and worst value.
    """

    name: str
    label: Text
    help: Text
    unit: Text | None
    most: tuple[float, float, float]


_PROPERTIES = (
    _Property(
        "radius",
        Text("Radius", "Radio"),
        Text("From the centre to the outline", "Del centro al contorno"),
        _LENGTH,
        (60, 6, 75),
    ),
    _Property(
        "texture",
        Text("Texture", "Textura"),
        Text("Standard deviation of the grey levels", "Desviación típica de los niveles de gris"),
        _GREY,
        (80, 10, 100),
    ),
    _Property(
        "perimeter",
        Text("Perimeter", "Perímetro"),
        Text("Length of the outline", "Longitud del contorno"),
        _LENGTH,
        (400, 45, 500),
    ),
    _Property(
        "area",
        Text("Area", "Área"),
        Text("Within the outline", "Dentro del contorno"),
        _AREA,
        (5000, 1100, 8500),
    ),
    _Property(
        "smoothness",
        Text("Smoothness", "Suavidad"),
        Text("Local variation of the radius", "Variación local del radio"),
        None,
        (0.35, 0.065, 0.45),
    ),
    _Property(
        "compactness",
        Text("Compactness", "Compacidad"),
        Text("Perimeter squared by area, minus 1", "Perímetro al cuadrado entre área, menos 1"),
        None,
        (0.7, 0.3, 2.2),
    ),
    _Property(
        "concavity",
        Text("Concavity", "Concavidad"),
        Text("How deep the dents of the outline are", "Profundidad de las hendiduras del contorno"),
        None,
        (0.9, 0.8, 2.5),
    ),
    _Property(
        "concave_points",
        Text("Concave points", "Puntos cóncavos"),
        Text("Share of dents in the outline", "Proporción de hendiduras en el contorno"),
        None,
        (0.45, 0.11, 0.6),
    ),
    _Property(
        "symmetry",
        Text("Symmetry", "Simetría"),
        Text("Difference of the two halves", "Diferencia entre las dos mitades"),
        None,
        (0.65, 0.16, 1.4),
    ),
    _Property(
        "fractal_dimension",
        Text("Fractal dimension", "Dimensión fractal"),
        Text(
            "Roughness of the outline, minus 1 (coastline approximation)",
            "Rugosidad del contorno, menos 1 (aproximación de la línea de costa)",
        ),
        None,
        (0.2, 0.06, 0.45),
    ),
)


def _number(measured: _Property, of: str, most: float) -> Number:
    label, suffix = measured.label, _OF[of]
    return Number(
        name=f"{measured.name}_{of}",
        section=of,
        label=Text(f"{label.en}, {suffix.en}", f"{label.es}, {suffix.es}"),
        help=measured.help,
        unit=measured.unit,
        minimum=0,
        maximum=most,
        integer=False,
        required=True,
        needed=True,
    )


MEASURES = tuple(
    _number(measured, of, measured.most[place])
    for place, of in enumerate(_OF)
    for measured in _PROPERTIES
)
COLUMNS: tuple[Column, ...] = (
    Identifier(name="sample", label=Text("Sample", "Muestra")),
    *MEASURES,
    Category(
        name="diagnosis",
        label=Text("Diagnosis", "Diagnóstico"),
        required=True,
        values={"B": Text("Benign", "Benigno"), "M": Text("Malignant", "Maligno")},
    ),
)
