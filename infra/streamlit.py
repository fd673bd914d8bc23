"""How the clinicians' pages are served, whoever starts them."""

from __future__ import annotations


def serve(host: str, port: int) -> tuple[str, ...]:
    """Return the module of `python -m` and its arguments; the folder is the repository."""
    return (
        *("streamlit", "run", "ui/app.py", "--server.headless=true"),
        *(f"--server.address={host}", f"--server.port={port}"),
        *("--server.fileWatcherType=none", "--browser.gatherUsageStats=false"),
    )
