"""What is asked of a registry by whoever serves its models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from ml.promoted.version import Version


class Source(Protocol):
    """Tells which version is promoted, and brings its bundle."""

    def holder(self, problem: str, alias: str) -> Version | None:
        """Return the version that holds an alias, `None` where none does.

        Raises:
            RegistryUnavailable: the source cannot be asked.
        """

    def fetch(self, version: Version, folder: Path) -> Path:
        """Bring a version's bundle into `folder` and return the bundle's folder.

        What it brings is not verified yet.

        Raises:
            BundleInvalid: it holds what no bundle holds.
            RegistryUnavailable: it cannot be brought.
        """
