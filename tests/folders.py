"""Where servers that tests start keep their data."""

from __future__ import annotations

import tempfile


def folder_for_servers() -> tempfile.TemporaryDirectory[str]:
    """Return a folder that PostgreSQL's system user can enter all the time.

    Pytest's own folder will not do: under root the server runs as that other user, and every
    pytest that starts on the machine takes the right to enter its folder from others.
    """
    return tempfile.TemporaryDirectory(prefix="vigia-test-")
