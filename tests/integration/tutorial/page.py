"""The tutorial's page as the files that it tells a reader to write."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "tutorial-new-problem.md"
_FILE = re.compile(
    r"(?ms)`my_problems/(?P<name>[\w/]+\.py)`:\n\n```python\n(?P<code>.*?)^```$",
)


def python_files() -> dict[str, str]:
    """Return the code of each file, by its path below the folder of problems."""
    text = PAGE.read_text()
    found = {match["name"]: match["code"] for match in _FILE.finditer(text)}
    assert len(found) == text.count("```python"), "a block of Python belongs to no file"
    return found


def write(folder: Path) -> None:
    """Write every file below `folder`."""
    for name, code in python_files().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(code)
