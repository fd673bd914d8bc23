"""Meaning of the three id columns: the `IDS_mapping.csv` that comes with the data."""

from __future__ import annotations

from ml.problems.text import Text

_UNKNOWN = Text("Not known", "No consta")

ADMISSION_TYPE = {
    "1": Text("Emergency", "Urgente"),
    "2": Text("Urgent", "Preferente"),
    "3": Text("Elective", "Programado"),
    "4": Text("Newborn", "Recién nacido"),
    "5": _UNKNOWN,
    "6": _UNKNOWN,
    "7": Text("Trauma center", "Centro de traumatología"),
    "8": _UNKNOWN,
}

DISCHARGE_DISPOSITION = {
    "1": Text("Home", "Domicilio"),
    "2": Text("Another short-term hospital", "Otro hospital de corta estancia"),
    "3": Text("Skilled nursing facility", "Centro de enfermería especializada"),
    "4": Text("Intermediate care facility", "Centro de cuidados intermedios"),
    "5": Text("Another type of inpatient care", "Otro tipo de hospitalización"),
    "6": Text("Home with home health service", "Domicilio con atención domiciliaria"),
    "7": Text("Left against medical advice", "Alta voluntaria"),
    "8": Text("Home with intravenous therapy", "Domicilio con terapia intravenosa"),
    "9": Text("Admitted as an inpatient here", "Ingreso en este hospital"),
    "10": Text("Neonate to another hospital", "Neonato a otro hospital"),
    "11": Text("Died", "Fallecimiento"),
    "12": Text("Still a patient or expected back", "Sigue como paciente o se espera su vuelta"),
    "13": Text("Hospice at home", "Cuidados paliativos en domicilio"),
    "14": Text("Hospice in a facility", "Cuidados paliativos en centro"),
    "15": Text("Swing bed in this institution", "Cama de uso mixto en esta institución"),
    "16": Text("Outpatient services elsewhere", "Consultas externas en otra institución"),
    "17": Text("Outpatient services here", "Consultas externas en esta institución"),
    "18": _UNKNOWN,
    "19": Text("Died at home, hospice", "Fallecimiento en domicilio, paliativos"),
    "20": Text("Died in a facility, hospice", "Fallecimiento en centro, paliativos"),
    "21": Text("Died, place unknown, hospice", "Fallecimiento, lugar desconocido, paliativos"),
    "22": Text("Rehabilitation facility", "Centro de rehabilitación"),
    "23": Text("Long-term care hospital", "Hospital de larga estancia"),
    "24": Text("Nursing facility under Medicaid", "Residencia con cobertura Medicaid"),
    "25": _UNKNOWN,
    "26": _UNKNOWN,
    "27": Text("Federal health care facility", "Centro sanitario federal"),
    "28": Text("Psychiatric hospital", "Hospital psiquiátrico"),
    "29": Text("Critical access hospital", "Hospital de acceso crítico"),
    "30": Text("Another health care institution", "Otra institución sanitaria"),
}

ADMISSION_SOURCE = {
    "1": Text("Physician referral", "Derivación médica"),
    "2": Text("Clinic referral", "Derivación de consulta"),
    "3": Text("Insurer referral", "Derivación de la aseguradora"),
    "4": Text("Another hospital", "Otro hospital"),
    "5": Text("Skilled nursing facility", "Centro de enfermería especializada"),
    "6": Text("Another health care facility", "Otro centro sanitario"),
    "7": Text("Emergency room", "Urgencias"),
    "8": Text("Court or law enforcement", "Orden judicial o policial"),
    "9": _UNKNOWN,
    "10": Text("Critical access hospital", "Hospital de acceso crítico"),
    "11": Text("Normal delivery", "Parto normal"),
    "12": Text("Premature delivery", "Parto prematuro"),
    "13": Text("Sick newborn", "Recién nacido enfermo"),
    "14": Text("Birth outside a hospital", "Parto extrahospitalario"),
    "15": _UNKNOWN,
    "17": _UNKNOWN,
    "18": Text("Another home health agency", "Otro servicio de atención domiciliaria"),
    "19": Text("Same home health agency, readmission", "Mismo servicio domiciliario, reingreso"),
    "20": _UNKNOWN,
    "21": _UNKNOWN,
    "22": Text("Same facility, separate claim", "Mismo centro, cargo aparte"),
    "23": Text("Born in this hospital", "Nacimiento en este hospital"),
    "24": Text("Born outside this hospital", "Nacimiento fuera de este hospital"),
    "25": Text("Ambulatory surgery center", "Centro de cirugía ambulatoria"),
    "26": Text("Hospice", "Cuidados paliativos"),
}
