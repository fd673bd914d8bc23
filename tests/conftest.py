"""What all tests share."""

from __future__ import annotations

import pytest

# A browser beside a whole stack that starts would wait too long, and alone at the end it would
# leave the other processes without work.
WITH_A_BROWSER = ("test_pages.py", "test_sign_in.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests with a browser come after those of whole stacks, before the many short ones."""
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    is_unit = "unit" in item.path.relative_to(item.config.rootpath).parts
    return 2 if is_unit else int(item.path.name in WITH_A_BROWSER)
