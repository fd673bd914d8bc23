"""The toy problem, declared as a folder like any other."""

from tests.toy import problem

__all__ = ["problem"]
