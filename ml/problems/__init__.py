"""The clinical problems of the house: one folder each, found by its name.

A problem's folder holds a package whose attribute `problem` is a `Problem`. Nothing else
in the repository lists the problems.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from ml.errors import UnknownProblem
from ml.problems.problem import Problem

__all__ = ["Problem", "find", "names"]


@cache
def names() -> tuple[str, ...]:
    """Return the names of all declared problems, in alphabetical order."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__) if module.ispkg))


@cache
def find(name: str) -> Problem:
    """Return the problem called `name`, or raise `UnknownProblem`."""
    if name not in names():
        declared = ", ".join(names())
        message = f"there is no problem called {name!r}; declared under ml/problems: {declared}"
        raise UnknownProblem(message)
    declared_problem: Problem = importlib.import_module(f"{__name__}.{name}").problem
    return declared_problem
