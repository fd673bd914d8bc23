"""The sample problem with three classes and no risk bands."""

from __future__ import annotations

import msgspec

from ml.problems import find
from ml.problems.problem import Target
from ml.problems.text import Text

problem = msgspec.structs.replace(
    find("sample"),
    name="third",
    title=Text("Where the patient goes", "Adónde va el paciente"),
    target=Target(
        column="back",
        classes={name: frozenset({name}) for name in ("home", "ward", "elsewhere")},
        labels={
            "home": Text("Goes home", "Va a casa"),
            "ward": Text("Stays", "Se queda"),
            "elsewhere": Text("Goes elsewhere", "Va a otro lugar"),
        },
    ),
    bands=(),
)
