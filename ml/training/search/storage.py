"""The search's memory: Optuna's tables, in the clean database that all tasks share."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import optuna
import sqlalchemy as sa
from optuna.trial import TrialState

from ml.data.database import lock, quoted
from ml.errors import DatabaseUnavailable, SearchIncomplete

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from optuna.storages import RDBStorage
    from optuna.trial import FrozenTrial

SCHEMA = "search"
PLACE = "place"
_FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)


def open_storage(clean: sa.Engine) -> RDBStorage:
    """Return Optuna's storage in the clean database, its tables made where there are none.

    Raises:
        DatabaseUnavailable: the database does not answer or refuses.
    """
    with telling(), clean.begin() as connection:
        # Optuna makes its tables on connections of its own, and two makers would collide.
        lock(connection, SCHEMA)
        with clean.begin() as other:
            other.execute(sa.text(f"CREATE SCHEMA IF NOT EXISTS {quoted(SCHEMA)}"))
        return optuna.storages.RDBStorage(
            clean.url.render_as_string(hide_password=False),
            engine_kwargs={
                "connect_args": {"options": f"-csearch_path={SCHEMA}"},
                "pool_pre_ping": True,
                "hide_parameters": True,
            },
        )


@contextmanager
def telling() -> Iterator[None]:
    """Turn the failures of Optuna's storage into `DatabaseUnavailable`."""
    try:
        yield
    except (optuna.exceptions.StorageInternalError, sa.exc.OperationalError) as error:
        raise DatabaseUnavailable(
            "the search's trials in the clean database cannot be read or written: check that "
            "the database runs (VIGIA_CLEAN_DATABASE_URL) and start the task again; finished "
            "trials are kept"
        ) from error


class Trials:
    """The trials of one kind of model in one search.

    A trial is written once and whole, when it has finished: what a kill interrupts leaves
    nothing behind, and nobody need find out whether somebody still works at it.

    Args:
        storage: where they are.
        name: the name of the study.
    """

    def __init__(self, storage: RDBStorage, name: str) -> None:
        self._name = name
        with telling():
            self._study = optuna.create_study(
                storage=storage, study_name=name, direction="minimize", load_if_exists=True
            )

    def finished(self) -> dict[int, FrozenTrial]:
        """Return the finished trials by their place in the search, in its order.

        Where two tasks have done the same trial, the first is taken; they are equal.
        """
        with telling():
            trials = self._study.get_trials(deepcopy=False, states=_FINISHED)
        found: dict[int, FrozenTrial] = {}
        for trial in sorted(trials, key=lambda trial: (trial.user_attrs[PLACE], trial.number)):
            found.setdefault(trial.user_attrs[PLACE], trial)
        return found

    def first(self, count: int) -> Sequence[FrozenTrial]:
        """Return the trials at the first places.

        Raises:
            SearchIncomplete: one of them has not finished.
        """
        found = self.finished()
        lacking = [place for place in range(count) if place not in found]
        if lacking:
            raise SearchIncomplete(
                f"{self._name}: the trials at the places {lacking} have not finished; clear "
                f"the search tasks that failed, the finished trials are kept"
            )
        return [found[place] for place in range(count)]

    def add(self, trial: FrozenTrial) -> None:
        """Write a finished trial, in one transaction."""
        with telling():
            self._study.add_trial(trial)
