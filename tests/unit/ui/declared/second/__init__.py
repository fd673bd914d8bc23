"""The sample problem under another name, for the choice between problems."""

from __future__ import annotations

import msgspec

from ml.problems import find
from ml.problems.text import Text

problem = msgspec.structs.replace(
    find("sample"),
    name="second",
    title=Text("Fall on the ward", "Caída en la planta"),
)
