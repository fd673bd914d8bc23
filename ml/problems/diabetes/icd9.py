"""Groups of ICD-9 codes.

`CHAPTERS` are the nine groups of Strack et al. (2014), table 2. `COMORBIDITIES` follow the
chapters of ICD-9-CM; they mark conditions that are known to weigh on readmission.
"""

from __future__ import annotations

from ml.problems.features import CodeGroup

CHAPTERS = (
    CodeGroup("diabetes", (("250", "250"),)),
    CodeGroup("circulatory", (("390", "459"), ("785", "785"))),
    CodeGroup("respiratory", (("460", "519"), ("786", "786"))),
    CodeGroup("digestive", (("520", "579"), ("787", "787"))),
    CodeGroup("genitourinary", (("580", "629"), ("788", "788"))),
    CodeGroup("musculoskeletal", (("710", "739"),)),
    CodeGroup("injury", (("800", "999"),)),
    CodeGroup("neoplasms", (("140", "239"),)),
)

COMORBIDITIES = (
    CodeGroup("infection", (("1", "139"),)),
    CodeGroup("cancer", (("140", "208"),)),
    CodeGroup("fluid_and_electrolytes", (("276", "276"),)),
    CodeGroup("anaemia", (("280", "285"),)),
    CodeGroup("mental", (("290", "319"),)),
    CodeGroup("hypertension", (("401", "405"),)),
    CodeGroup("ischaemic_heart", (("410", "414"),)),
    CodeGroup("arrhythmia", (("426", "427"),)),
    CodeGroup("heart_failure", (("428", "428"),)),
    CodeGroup("cerebrovascular", (("430", "438"),)),
    CodeGroup("vascular", (("440", "459"),)),
    CodeGroup("pneumonia", (("480", "488"),)),
    CodeGroup("chronic_lung", (("490", "496"),)),
    CodeGroup("liver", (("570", "573"),)),
    CodeGroup("kidney", (("580", "589"),)),
    CodeGroup("skin_ulcer", (("680", "709"),)),
    CodeGroup("symptoms", (("780", "799"),)),
    CodeGroup("complication", (("996", "999"),)),
    CodeGroup("aftercare", (("V1", "V99"),)),
)
