"""The data contract: 50 columns, as Strack et al. (2014), table 1, describe them."""

from __future__ import annotations

from ml.problems.contract import Category, Code, Column, Identifier, Number
from ml.problems.diabetes import ids
from ml.problems.text import Text

SECTIONS = {
    "person": Text("Patient", "Paciente"),
    "stay": Text("Admission and discharge", "Ingreso y alta"),
    "care": Text("Care during the stay", "Atención durante la estancia"),
    "before": Text("The year before", "El año anterior"),
    "diagnoses": Text("Diagnoses (ICD-9)", "Diagnósticos (CIE-9)"),
    "tests": Text("Laboratory", "Laboratorio"),
    "medication": Text("Diabetes medication", "Medicación para la diabetes"),
}

_DOSE = {
    "No": Text("Not given", "No administrado"),
    "Steady": Text("Same dose", "Misma dosis"),
    "Up": Text("Dose raised", "Dosis aumentada"),
    "Down": Text("Dose lowered", "Dosis reducida"),
}
_DRUG_LABELS = {
    "metformin": Text("Metformin", "Metformina"),
    "repaglinide": Text("Repaglinide", "Repaglinida"),
    "nateglinide": Text("Nateglinide", "Nateglinida"),
    "chlorpropamide": Text("Chlorpropamide", "Clorpropamida"),
    "glimepiride": Text("Glimepiride", "Glimepirida"),
    "acetohexamide": Text("Acetohexamide", "Acetohexamida"),
    "glipizide": Text("Glipizide", "Glipizida"),
    "glyburide": Text("Glyburide", "Gliburida"),
    "tolbutamide": Text("Tolbutamide", "Tolbutamida"),
    "pioglitazone": Text("Pioglitazone", "Pioglitazona"),
    "rosiglitazone": Text("Rosiglitazone", "Rosiglitazona"),
    "acarbose": Text("Acarbose", "Acarbosa"),
    "miglitol": Text("Miglitol", "Miglitol"),
    "troglitazone": Text("Troglitazone", "Troglitazona"),
    "tolazamide": Text("Tolazamide", "Tolazamida"),
    "examide": Text("Examide", "Examida"),
    "citoglipton": Text("Citoglipton", "Citogliptón"),
    "insulin": Text("Insulin", "Insulina"),
    "glyburide-metformin": Text("Glyburide and metformin", "Gliburida y metformina"),
    "glipizide-metformin": Text("Glipizide and metformin", "Glipizida y metformina"),
    "glimepiride-pioglitazone": Text("Glimepiride and pioglitazone", "Glimepirida y pioglitazona"),
    "metformin-rosiglitazone": Text("Metformin and rosiglitazone", "Metformina y rosiglitazona"),
    "metformin-pioglitazone": Text("Metformin and pioglitazone", "Metformina y pioglitazona"),
}
DRUGS = tuple(_DRUG_LABELS)
_YES_NO = {"Yes": Text("Yes", "Sí"), "No": Text("No", "No")}


def _same(*values: str) -> dict[str, Text]:
    """Values that read the same in both languages."""
    return {value: Text(value, value) for value in values}


def _count(name: str, section: str, label: Text, span: tuple[int, int], unit: Text) -> Number:
    return Number(
        name=name, section=section, label=label, minimum=span[0], maximum=span[1], unit=unit
    )


def _diagnosis(number: int, label: Text) -> Code:
    return Code(
        name=f"diag_{number}",
        section="diagnoses",
        label=label,
        pattern=r"(?:\d{1,3}|V\d{1,2}|E\d{1,3})(?:\.\d{1,2})?",
        example="250.83",
        system="icd9",
    )


_DAYS = Text("days", "días")
_TIMES = Text("visits in 12 months", "visitas en 12 meses")
_NUMBER = Text("count", "cantidad")

COLUMNS: tuple[Column, ...] = (
    Identifier(name="encounter_id", label=Text("Encounter", "Episodio"), required=True),
    Identifier(
        name="patient_nbr", label=Text("Patient number", "Número de paciente"), required=True
    ),
    Category(
        name="race",
        section="person",
        label=Text("Race", "Raza"),
        help=Text(
            "As the hospital recorded it; used to watch for unequal performance",
            "Como la registró el hospital; sirve para vigilar diferencias de rendimiento",
        ),
        values={
            "AfricanAmerican": Text("African American", "Afroamericana"),
            "Asian": Text("Asian", "Asiática"),
            "Caucasian": Text("Caucasian", "Caucásica"),
            "Hispanic": Text("Hispanic", "Hispana"),
            "Other": Text("Other", "Otra"),
        },
    ),
    Category(
        name="gender",
        section="person",
        label=Text("Gender", "Género"),
        values={
            "Female": Text("Female", "Mujer"),
            "Male": Text("Male", "Hombre"),
            "Unknown/Invalid": Text("Not known", "No consta"),
        },
        unknown=frozenset({"Unknown/Invalid"}),
    ),
    Category(
        name="age",
        section="person",
        label=Text("Age in years", "Edad en años"),
        values={
            f"[{low}-{low + 10})": Text(f"{low} to {low + 9}", f"{low} a {low + 9}")
            for low in range(0, 100, 10)
        },
    ),
    Category(
        name="weight",
        section="person",
        label=Text("Weight in pounds", "Peso en libras"),
        values={
            **{
                f"[{low}-{low + 25})": Text(f"{low} to {low + 24}", f"{low} a {low + 24}")
                for low in range(0, 200, 25)
            },
            ">200": Text("over 200", "más de 200"),
        },
    ),
    Category(
        name="admission_type_id",
        section="stay",
        label=Text("Type of admission", "Tipo de ingreso"),
        values=ids.ADMISSION_TYPE,
        unknown=frozenset({"5", "6", "8"}),
    ),
    Category(
        name="discharge_disposition_id",
        section="stay",
        label=Text("Discharged to", "Destino al alta"),
        values=ids.DISCHARGE_DISPOSITION,
        unknown=frozenset({"18", "25", "26"}),
    ),
    Category(
        name="admission_source_id",
        section="stay",
        label=Text("Source of admission", "Procedencia"),
        values=ids.ADMISSION_SOURCE,
        unknown=frozenset({"9", "15", "17", "20", "21"}),
    ),
    _count(
        "time_in_hospital",
        "stay",
        Text("Length of stay", "Duración de la estancia"),
        (1, 14),
        _DAYS,
    ),
    Code(
        name="payer_code",
        section="stay",
        label=Text("Payer code", "Código del pagador"),
        pattern=r"[A-Z0-9]{1,8}",
        example="MC",
    ),
    Code(
        name="medical_specialty",
        section="stay",
        label=Text("Specialty of the admitting physician", "Especialidad del médico que ingresa"),
        pattern=r"[A-Za-z][A-Za-z0-9/&()_ -]{0,79}",
        example="Cardiology",
    ),
    _count(
        "num_lab_procedures",
        "care",
        Text("Laboratory tests", "Pruebas de laboratorio"),
        (0, 200),
        _NUMBER,
    ),
    _count(
        "num_procedures",
        "care",
        Text("Procedures other than laboratory tests", "Procedimientos, sin contar laboratorio"),
        (0, 20),
        _NUMBER,
    ),
    _count(
        "num_medications",
        "care",
        Text("Distinct medications", "Medicamentos distintos"),
        (0, 150),
        _NUMBER,
    ),
    _count(
        "number_outpatient",
        "before",
        Text("Outpatient visits", "Visitas ambulatorias"),
        (0, 100),
        _TIMES,
    ),
    _count(
        "number_emergency",
        "before",
        Text("Emergency visits", "Visitas a urgencias"),
        (0, 150),
        _TIMES,
    ),
    _count(
        "number_inpatient", "before", Text("Inpatient stays", "Hospitalizaciones"), (0, 50), _TIMES
    ),
    _diagnosis(1, Text("Primary diagnosis", "Diagnóstico principal")),
    _diagnosis(2, Text("Second diagnosis", "Segundo diagnóstico")),
    _diagnosis(3, Text("Third diagnosis", "Tercer diagnóstico")),
    _count(
        "number_diagnoses",
        "diagnoses",
        Text("Diagnoses on record", "Diagnósticos registrados"),
        (0, 50),
        _NUMBER,
    ),
    Category(
        name="max_glu_serum",
        section="tests",
        label=Text("Highest glucose in serum (mg/dL)", "Glucosa sérica máxima (mg/dl)"),
        values={
            "None": Text("Not measured", "No medida"),
            "Norm": Text("Normal", "Normal"),
            **_same(">200", ">300"),
        },
    ),
    Category(
        name="A1Cresult",
        section="tests",
        label=Text("HbA1c (%)", "HbA1c (%)"),
        values={
            "None": Text("Not measured", "No medida"),
            "Norm": Text("Normal", "Normal"),
            **_same(">7", ">8"),
        },
    ),
    *(
        Category(name=drug, section="medication", label=label, values=_DOSE)
        for drug, label in _DRUG_LABELS.items()
    ),
    Category(
        name="change",
        section="medication",
        label=Text("Diabetes medication altered", "Cambio en la medicación para la diabetes"),
        values={"Ch": Text("Yes", "Sí"), "No": Text("No", "No")},
    ),
    Category(
        name="diabetesMed",
        section="medication",
        label=Text("Any diabetes medication", "Alguna medicación para la diabetes"),
        values=_YES_NO,
    ),
    Category(
        name="readmitted",
        label=Text("Readmitted", "Reingreso"),
        required=True,
        values={
            "NO": Text("No", "No"),
            ">30": Text("After more than 30 days", "Pasados más de 30 días"),
            "<30": Text("Within 30 days", "En los 30 días"),
        },
    ),
)
