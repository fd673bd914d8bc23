"""What the card of a model of malignancy says that nobody can compute."""

from __future__ import annotations

from ml.problems.statement import Statement
from ml.problems.text import Text

STATEMENT = Statement(
    use=Text(
        "To give whoever reads a fine needle aspirate of a breast mass a second opinion on the "
        "measures of its nuclei",
        "Dar a quien lee una punción con aguja fina de una masa mamaria una segunda opinión "
        "sobre las medidas de sus núcleos",
    ),
    users=Text(
        "Pathologists and breast clinics who have the image and the patient before them",
        "Patólogos y unidades de mama que tienen delante la imagen y a la paciente",
    ),
    misuse=(
        Text(
            "To leave out a biopsy, or to begin a treatment, by itself",
            "Omitir una biopsia o iniciar un tratamiento por sí solo",
        ),
        Text(
            "For screening of people without a mass, or with measures of another kind of image",
            "Para cribado de personas sin masa, o con medidas de otro tipo de imagen",
        ),
    ),
    limits=(
        Text(
            "The data are 569 samples of one hospital in Wisconsin from the early 1990s, outlined "
            "by hand: check the model on your own images before use",
            "Los datos son 569 muestras de un hospital de Wisconsin de principios de los noventa, "
            "delineadas a mano: compruebe el modelo con sus propias imágenes antes de usarlo",
        ),
        Text(
            "The test part has some 85 samples, so that all figures are known roughly only",
            "La parte de prueba tiene unas 85 muestras, por lo que las cifras son aproximadas",
        ),
        Text(
            "More than a third of the samples are malignant, far more than among those who come "
            "to a clinic: where few are, the risks are too high",
            "Más de un tercio de las muestras son malignas, muchas más que entre quienes acuden a "
            "una consulta: donde son pocas, los riesgos resultan demasiado altos",
        ),
    ),
    ethics=(
        Text(
            "The threshold favours finding malignant samples: more people are alarmed for nothing "
            "than missed",
            "El umbral favorece detectar muestras malignas: se alarma en vano a más personas de "
            "las que se pasan por alto",
        ),
        Text(
            "Age, ancestry and breast density are not in the data: nobody knows how well the "
            "model serves which patients",
            "Edad, ascendencia y densidad mamaria no constan en los datos: no se sabe cómo de "
            "bien sirve el modelo a cada paciente",
        ),
    ),
    contest=Text(
        "Whoever disagrees tells the pathologist in charge, whose judgement goes before the "
        "model's. Every prediction has an id, with which its inputs, its model version and its "
        "reasons can be looked up and recorded as wrong",
        "Quien no esté de acuerdo lo dice al patólogo responsable, cuyo juicio prevalece sobre el "
        "del modelo. Cada predicción tiene un identificador con el que se pueden consultar sus "
        "datos, la versión del modelo y sus razones, y dejar constancia del error",
    ),
)
