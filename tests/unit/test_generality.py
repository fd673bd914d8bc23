"""Ground rule: only a problem's own folder knows what it is about.

Everything else is derived from the declaration, so that a new problem is a new folder and
no edit elsewhere. Tests, documents, and default values in settings may name a problem.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from ml import problems

ROOT = Path(__file__).parents[2]
EXEMPT_FOLDERS = ("tests/", "docs/", "benchmarks/", "requirements/")
EXEMPT_FILES = {"README.md", "LICENSE", "pyproject.toml"}
# What DVC reads in place of settings.
EXEMPT_FILES |= {"params.yaml", "dvc.lock"}
# A vocabulary names every disease there is, the one of a problem among them.
EXEMPT_FILES |= {"ui/vocabularies/icd9.csv"}
# A default may name the flagship: where a setting, an option or a script sets it.
DEFAULT = re.compile(
    r"default_problem: str = |\"--problem\", default=|^PROBLEM \?= |VIGIA_[A-Z_]+_SOURCE="
)
# Words of the flagship's source that are none of its columns' names.
FLAGSHIP_WORDS = ("encounter",)
# Column names that are words of every day: only a quoted one can be a column's name.
ORDINARY = {"change", "age", "weight", "race", "gender", "insulin"}
ORDINARY |= {"diagnosis", "sample", "paciente"}


def sources() -> list[Path]:
    """Every file of the repository that the rule is about."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    own = tuple(f"ml/problems/{name}/" for name in problems.names())
    return [
        ROOT / name
        for name in listed.stdout.splitlines()
        if not name.startswith((*own, *EXEMPT_FOLDERS)) and name not in EXEMPT_FILES
    ]


def mentions(name: str) -> re.Pattern[str]:
    """Return the expression that finds what betrays knowledge of a problem."""
    problem = problems.find(name)
    words = [name, *(FLAGSHIP_WORDS if name == "diabetes" else ())]
    odd = [column for column in problem.names if column not in ORDINARY]
    plain = [column for column in problem.names if column in ORDINARY]
    quoted = f"""["'`](?:{"|".join(map(re.escape, plain))})["'`]""" if plain else "(?!)"
    exact = rf"(?<![\w-])(?:{'|'.join(map(re.escape, odd))})(?![\w-])"
    return re.compile(f"(?i:{'|'.join(map(re.escape, words))})|{exact}|{quoted}")


def found_in(text: str, pattern: re.Pattern[str]) -> list[tuple[int, str]]:
    """Return the number and the find of every line that names the problem."""
    return [
        (number, match[0])
        for number, line in enumerate(text.splitlines(), 1)
        if not DEFAULT.search(line) and (match := pattern.search(line))
    ]


@pytest.mark.parametrize("name", problems.names())
def test_nothing_outside_a_problems_folder_knows_the_problem(name: str) -> None:
    pattern = mentions(name)
    finds = [
        f"{path.relative_to(ROOT)}:{number}: {word}"
        for path in sources()
        for number, word in found_in(path.read_text(errors="replace"), pattern)
    ]
    assert not finds, (
        f"these lines know the problem {name!r}; derive what they need from its declaration "
        f"in ml/problems/{name}/ instead:\n" + "\n".join(finds)
    )


def test_the_guard_reads_the_code_of_every_room() -> None:
    read = {path.relative_to(ROOT).parts[0] for path in sources()}
    assert {"ml", "api", "ui", "dags", "infra", "Makefile", ".ci"} <= read


@pytest.mark.parametrize(
    ("line", "caught"),
    [
        ("title = 'Diabetes model'", True),
        ("the ENCOUNTERS of a patient", True),
        ("rows['time_in_hospital']", True),
        ("column = 'age'", True),
        ("a sentence about the age of a model and a change", False),
        ("WITHHELD_WEIGHT = 0.3; weight=np.repeat", False),
        ("default_problem: str = 'diabetes'", False),
        ("PROBLEM ?= diabetes", False),
        ("encoded = encode(record)", False),
    ],
)
def test_the_guard_sees_what_it_should(line: str, *, caught: bool) -> None:
    assert bool(found_in(line, mentions("diabetes"))) is caught
