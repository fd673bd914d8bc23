"""`python -m infra.laptop --bundle PATH [--problem NAME] [--pages]`: serve one bundle.

The API runs in this process: a second one would import the same libraries once more.
"""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import nullcontext
from pathlib import Path

from api.__main__ import main as serve_api
from infra.embedded.interruption import interruptible
from infra.laptop.pages import pages
from infra.laptop.settings import Settings, load
from ml import problems
from ml.errors import InvalidSettings, VigiaError
from ml.promoted.on_disk import OnDisk

_DONE, _FAILED = 0, 1


def main(arguments: list[str] | None = None) -> int:
    """Serve until a signal, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.laptop", description=__doc__)
    parser.add_argument("--bundle", required=True, type=Path, help="a folder, or a .zip")
    parser.add_argument("--problem", default="", help="what it predicts; the bundle says it, too")
    parser.add_argument("--pages", action="store_true", help="serve the clinicians' pages as well")
    asked = parser.parse_args(arguments)
    os.umask(0o077)  # the history is nobody else's
    try:
        return _serve(asked.bundle.absolute(), asked.problem, load(), with_pages=asked.pages)
    except VigiaError as error:
        sys.stderr.write(f"error: {error}\n")
        return _FAILED
    except KeyboardInterrupt:
        return _DONE


def _serve(bundle: Path, asked: str, settings: Settings, *, with_pages: bool) -> int:
    found = OnDisk(bundle).problem()
    if asked and asked != found:
        message = f"the bundle at {bundle} is a model of {found}, not of {asked}"
        raise InvalidSettings(message)
    os.environ.update(settings.of_api(problems.find(found).name, bundle))
    _tell(f"the API for {found} comes up at {settings.api}, its documentation at /docs")
    with interruptible(), pages(settings) if with_pages else nullcontext():
        if with_pages:
            _tell(f"the pages come up at {settings.ui}")
        return serve_api()


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
