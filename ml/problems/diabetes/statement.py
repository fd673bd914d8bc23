"""What the card of a model of readmission says that nobody can compute."""

from __future__ import annotations

from ml.problems.statement import Statement
from ml.problems.text import Text

STATEMENT = Statement(
    use=Text(
        "To help a ward decide, at discharge, which diabetic patients to offer more follow-up: "
        "an early call, a visit, a review of the medication",
        "Ayudar a la planta a decidir, al alta, a qué pacientes diabéticos ofrecer más "
        "seguimiento: una llamada temprana, una visita, una revisión de la medicación",
    ),
    users=Text(
        "Clinicians and discharge teams who know the patient and can set the risk against what "
        "the record does not hold",
        "Clínicos y equipos de alta que conocen al paciente y pueden contrastar el riesgo con lo "
        "que el registro no contiene",
    ),
    misuse=(
        Text(
            "To refuse, shorten or delay care, or to put off a discharge by itself",
            "Negar, acortar o retrasar la atención, o aplazar un alta por sí solo",
        ),
        Text(
            "To set a price, pay a hospital or rank clinicians",
            "Fijar un precio, pagar a un hospital o clasificar a profesionales",
        ),
        Text(
            "For patients without diabetes, children, or stays outside of a hospital",
            "Para pacientes sin diabetes, niños o atención fuera del hospital",
        ),
    ),
    limits=(
        Text(
            "The data are of 130 hospitals in the United States from 1999 to 2008: medication, "
            "coding and the length of stays have changed since; check it on your own patients "
            "before use",
            "Los datos son de 130 hospitales de Estados Unidos de 1999 a 2008: la medicación, la "
            "codificación y la duración de las estancias han cambiado; compruébelo con sus "
            "propios pacientes antes de usarlo",
        ),
        Text(
            "A readmission to another hospital was not seen and counts as none",
            "Un reingreso en otro hospital no se observó y cuenta como ninguno",
        ),
        Text(
            "Planned and unplanned readmissions are not told apart",
            "No se distinguen reingresos planificados y no planificados",
        ),
        Text(
            "Most of what decides a readmission is not in the record: of two patients, one of "
            "whom returns, the model ranks the right one higher about two times in three",
            "Lo que más decide un reingreso no está en el registro: de dos pacientes, uno de los "
            "cuales reingresa, el modelo pone por delante al correcto unas dos de cada tres veces",
        ),
    ),
    ethics=(
        Text(
            "Earlier use of a hospital moves the risk most. Who has had less access to care has "
            "used it less, and may get a risk that is too low",
            "El uso previo del hospital es lo que más mueve el riesgo. Quien ha tenido menos "
            "acceso a la atención la ha usado menos y puede recibir un riesgo demasiado bajo",
        ),
        Text(
            "Race is an input as the hospital recorded it and stands for many unequal "
            "circumstances; the tables by group are there to watch what comes of it",
            "La raza es un dato de entrada tal como la registró el hospital y representa muchas "
            "circunstancias desiguales; las tablas por grupo sirven para vigilar su efecto",
        ),
        Text(
            "Small groups are not shown: nothing is known of how well the model serves them",
            "Los grupos pequeños no se muestran: no se sabe cómo de bien les sirve el modelo",
        ),
    ),
    contest=Text(
        "Whoever disagrees tells the clinician in charge, whose judgement goes before the "
        "model's. Every prediction has an id, with which its inputs, its model version and its "
        "reasons can be looked up and recorded as wrong",
        "Quien no esté de acuerdo lo dice al clínico responsable, cuyo juicio prevalece sobre el "
        "del modelo. Cada predicción tiene un identificador con el que se pueden consultar sus "
        "datos, la versión del modelo y sus razones, y dejar constancia del error",
    ),
)
