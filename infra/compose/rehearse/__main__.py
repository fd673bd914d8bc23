"""`python -m infra.compose.rehearse [--standins] [--source FILE] [--without STEP ...]`.

Builds the images, brings the stack up as `make up` does, learns from the source, scales the API,
swaps its model, kills services under load, saves and restores everything, and takes it down.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from infra.compose.rehearse import standins
from infra.compose.rehearse.figures import memory, sizes
from infra.compose.rehearse.stack import Stack
from infra.compose.rehearse.steps import Rehearsal
from infra.compose.rehearse.told import seconds, step
from ml import problems
from ml.errors import VigiaError
from ml.settings import settings as library_settings

_FIRST_PORT = 21700


def main(arguments: list[str] | None = None) -> int:
    """Rehearse, and return the exit code."""
    asked = _parser().parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="vigia-rehearsal-"))
    try:
        _rehearse(asked, folder)
    except VigiaError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    finally:
        if not asked.keep:
            shutil.rmtree(folder)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infra.compose.rehearse", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--problem", default=library_settings().default_problem)
    parser.add_argument("--source", type=Path, help="a file; the problem's own source otherwise")
    parser.add_argument("--standins", action="store_true", help="where there is no registry")
    parser.add_argument("--profiles", help="what runs beside the platform; all by default")
    parser.add_argument("--no-build", action="store_true", help="with the images that are here")
    parser.add_argument("--kill-all", action="store_true", help="kill every service, not the few")
    parser.add_argument("--without", action="append", default=[], choices=list(_STEPS))
    parser.add_argument("--first-port", type=int, default=_FIRST_PORT, help="of seven")
    parser.add_argument("--keep", action="store_true", help="leave the stack up for a look")
    return parser


def _rehearse(asked: argparse.Namespace, folder: Path) -> None:
    chosen = standins.build() if asked.standins else {}
    if asked.profiles:
        chosen["COMPOSE_PROFILES"] = asked.profiles
    files = ["docker-compose.yml"]
    if asked.standins:
        files.append("infra/compose/rehearse/standins.yml")
    stack = Stack(folder, asked.first_port, chosen | _source(asked, folder), files)
    if asked.no_build:
        stack.use_images_as_they_are()
    rehearsal = Rehearsal(stack, problems.find(asked.problem), folder, all_services=asked.kill_all)
    try:
        rehearsal.up(real=asked.source is not None)
        sizes(stack)
        memory(stack)
        for name, take in _STEPS.items():
            if name not in asked.without:
                step(name)
                take(rehearsal)
    except VigiaError:
        step("it failed; what the services say last:")
        sys.stdout.write(stack.compose("logs", "--tail", "15"))
        raise
    finally:
        if not asked.keep:
            rehearsal.down()
    step(f"1 passed, 0 failed in {seconds():.0f} s")


def _source(asked: argparse.Namespace, folder: Path) -> dict[str, str]:
    if asked.source is None:
        return {}
    file = asked.source.resolve()
    sources = folder / "sources.env"
    sources.write_text(f"VIGIA_{asked.problem.upper()}_SOURCE=/sources/{file.name}\n")
    return {"VIGIA_SOURCES": str(sources), "VIGIA_SOURCES_DIR": str(file.parent)}


_STEPS: dict[str, Callable[[Rehearsal], None]] = {
    "scale": Rehearsal.scale,
    "kill": Rehearsal.kill,
    "restore": Rehearsal.restore,
}

if __name__ == "__main__":
    sys.exit(main())
