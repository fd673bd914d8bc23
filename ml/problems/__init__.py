"""The clinical problems of the house: one folder each, found by its name.

A problem's folder holds a package whose attribute `problem` is a `Problem`. It lies here, or
in a folder that `VIGIA_PROBLEMS_PATH` names; nothing else in the repository lists the problems.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from ml.errors import InvalidSettings, UnknownProblem
from ml.problems.path import problems_path
from ml.problems.problem import Problem

__all__ = ["Problem", "find", "names"]


@cache
def names() -> tuple[str, ...]:
    """Return the names of all declared problems, in alphabetical order.

    Raises:
        InvalidSettings: a folder of `VIGIA_PROBLEMS_PATH` cannot be used.
    """
    for folder in map(str, problems_path()):
        if folder not in __path__:
            _refuse_clashes(folder)
            __path__.append(folder)
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__) if module.ispkg))


def _refuse_clashes(folder: str) -> None:
    """Raise `InvalidSettings` for a folder without problems, or with a name that is taken.

    Of two packages of one name Python would import the first, and nobody would notice.
    """
    taken = {module.name for module in pkgutil.iter_modules(__path__)}
    found = {module.name for module in pkgutil.iter_modules([folder]) if module.ispkg}
    if not found:
        message = f"there is no problem in {folder}, which VIGIA_PROBLEMS_PATH names: mend it"
        raise InvalidSettings(message)
    if both := sorted(found & taken):
        message = (
            f"{', '.join(both)} of {folder}, which VIGIA_PROBLEMS_PATH names, is a name that is "
            f"taken: call the problem's folder and its declaration otherwise"
        )
        raise InvalidSettings(message)


@cache
def find(name: str) -> Problem:
    """Return the problem called `name`, or raise `UnknownProblem`."""
    if name not in names():
        declared = ", ".join(names())
        message = f"there is no problem called {name!r}; declared under ml/problems: {declared}"
        raise UnknownProblem(message)
    declared_problem: Problem = importlib.import_module(f"{__name__}.{name}").problem
    return declared_problem
