"""Compilation of the few loops that neither NumPy nor plain Python runs fast enough."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

Function = TypeVar("Function", bound="Callable[..., Any]")


def compiled(signature: str) -> Callable[[Function], Function]:
    """Return a decorator that compiles a function for these argument types when it is defined.

    So the time of compilation falls into the start of a process, never into a request; the
    machine code is kept on disk for the next start: in `NUMBA_CACHE_DIR` where that is set,
    beside the source, or in the user's cache folder, whichever can be written first. The
    function runs without the interpreter's lock. Sums keep their order: equal inputs give
    equal bits.
    """

    def decorate(function: Function) -> Function:
        try:
            make = numba.njit(signature, cache=True, nogil=True, error_model="numpy")
            made = make(function)
        except RuntimeError:  # nowhere to write: compile at every start
            made = numba.njit(signature, nogil=True, error_model="numpy")(function)
        return cast("Function", made)

    return decorate
