"""How long a clinic's laptop takes to start, beside the time of importing its libraries.

    python -m benchmarks.bench_start --bundle PATH

In turns: an interpreter that does nothing but import every module that is not ours and that
the laptop's process holds once it serves, in the same order; and `python -m infra.laptop` from
its first instruction to the first `/readyz` that is answered with 200. Writes
`benchmarks/results/start.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from benchmarks.bench_serving import free_port
from infra.laptop.settings import REPOSITORY

RESULTS = Path(__file__).parent / "results" / "start.json"
_OURS = ("ml", "api", "infra", "ui", "benchmarks")
_LISTING = f"""
import atexit, sys
def tell():
    names = [name for name in sys.modules if name.partition('.')[0] not in {_OURS!r}]
    open({{file!r}}, 'w').write('\\n'.join(name for name in names if name != '__main__'))
atexit.register(tell)
from infra.laptop.__main__ import main
main({{arguments!r}})
"""
_IMPORT = """
import importlib, sys
for name in open(sys.argv[1]).read().split():
    try:
        importlib.import_module(name)
    except Exception:  # made by its package, not by an import
        continue
"""
_PATIENCE_SECONDS = 120


class Laptop:
    """What the turns share."""

    def __init__(self, folder: Path, bundle: Path, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/readyz"
        self.arguments = ["--bundle", str(bundle)]
        self._environment = os.environ | {
            "VIGIA_STATE_DIR": str(folder / "state"),
            "VIGIA_API_PORT": str(port),
        }
        self._environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def start(self, *command: str) -> float:
        """Run a command until it answers, end it, and return the seconds to the answer."""
        began = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 # our own
            (sys.executable, *command),
            cwd=REPOSITORY,
            env=self._environment,
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        with httpx.Client(trust_env=False) as client:
            while not self._answers(client):
                if process.poll() is not None or time.perf_counter() - began > _PATIENCE_SECONDS:
                    message = "the laptop did not start: run the command by hand to see why"
                    raise SystemExit(message)
                time.sleep(0.005)
        seconds = time.perf_counter() - began
        process.send_signal(signal.SIGTERM)
        process.wait(_PATIENCE_SECONDS)
        return seconds

    def _answers(self, client: httpx.Client) -> bool:
        try:
            return client.get(self._url).is_success
        except httpx.TransportError:
            return False


def imports(file: Path) -> float:
    """Return the seconds of an interpreter that imports the modules named in a file."""
    began = time.perf_counter()
    subprocess.run(  # noqa: S603 # our own
        (sys.executable, "-c", _IMPORT, str(file)),
        check=True,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    return time.perf_counter() - began


def measure(laptop: Laptop, modules: Path, repetitions: int) -> dict[str, float | int]:
    """Return medians over alternating turns; the first start has also warmed everything up."""
    listing = _LISTING.format(file=str(modules), arguments=laptop.arguments)
    first = laptop.start("-c", listing)
    imported, started = [], []
    for turn in range(repetitions):
        imported.append(imports(modules))
        started.append(laptop.start("-m", "infra.laptop", *laptop.arguments))
        print(f"turn {turn}: start {started[-1]:.2f} s, imports {imported[-1]:.2f} s")
    start, libraries = statistics.median(started), statistics.median(imported)
    return {
        "start_seconds": round(start, 3),
        "import_seconds": round(libraries, 3),
        "ratio": round(start / libraries, 2),
        "first_start_seconds": round(first, 3),
        "modules": len(modules.read_text().split()),
    }


def main() -> None:
    """Measure, print a table, and write it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", type=Path, required=True, help="a folder, or a .zip")
    parser.add_argument("--repetitions", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        laptop = Laptop(Path(name), chosen.bundle.absolute(), free_port())
        result = measure(laptop, Path(name) / "modules", chosen.repetitions)
    print("\n".join(f"{key:<22}{value:>10}" for key, value in result.items()))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
