"""What all tests share."""

from __future__ import annotations

import pytest

# Two workers share two processors: a browser beside a whole stack that starts would wait too long.
WITH_A_BROWSER = ("test_pages.py", "test_sign_in.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests with a browser come last, long after those of a whole stack."""
    items.sort(key=lambda item: item.path.name in WITH_A_BROWSER)
