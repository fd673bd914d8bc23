"""What all tests share."""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

# A browser beside a whole stack that starts would wait too long, and alone at the end it would
# leave the other processes without work.
WITH_A_BROWSER = ("test_pages.py", "test_sign_in.py")
# They share models that were learned once for each process.
WITH_PROMOTED_MODELS = ("tests/integration/seeds/", "tests/integration/test_parity.py")


class Files(LoadFileScheduling):  # type: ignore[misc] # xdist ships no types
    """Hands out whole files, and those that share what took long to make to one process."""

    def _split_scope(self, nodeid: str) -> str:
        shares = nodeid.startswith(WITH_PROMOTED_MODELS)
        return "with promoted models" if shares else str(super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Files:
    """Use it in the place of what `--dist` names."""
    return Files(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests with a browser come after those of whole stacks, before the many short ones."""
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    is_unit = "unit" in item.path.relative_to(item.config.rootpath).parts
    return 2 if is_unit else int(item.path.name in WITH_A_BROWSER)
