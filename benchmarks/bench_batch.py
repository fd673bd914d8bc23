"""What a batch and an explanation cost beside the bare work of the model.

    python -m benchmarks.bench_batch [--source PATH]

In one process, in turns, the same rows: the offline path (features and model over a table in
memory), and the whole of the service (its application, called without a network) over an
upload of CSV or Parquet, its history off and on. Then `/explain` of 100 records beside the
bare SHAP computation of the model library.

Writes `benchmarks/results/batch.json`. Without a source the model learns from synthetic rows.
"""

from __future__ import annotations

import argparse
import io
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import anyio
import anyio.to_thread
import httpx
import msgspec
import numpy as np
import pyarrow as pa
import xgboost
from pyarrow import csv, parquet

from api.app import create_app
from api.settings import Settings as ApiSettings
from benchmarks.serving.models import make
from ml.bundle import LoadedModel, load
from ml.bundle.booster import parse
from ml.bundle.manifest import read_verified
from ml.features import Encoder, FeatureMap
from ml.problems import Problem, find
from ml.settings import SYNTHETIC, Settings

RESULTS = Path(__file__).parent / "results" / "batch.json"
ROWS, EXPLAINED = 100_000, 100
SEED = 7
PARQUET = "application/vnd.apache.parquet"
Contest = dict[str, Callable[[], Awaitable[object]]]


class Bare(NamedTuple):
    """The model library alone, and the inputs of the records to explain."""

    booster: xgboost.Booster
    feature_map: FeatureMap
    matrix: Any

    def shap(self) -> object:
        """Compute SHAP values as the library does."""
        rows = xgboost.DMatrix(
            self.matrix,
            feature_names=list(self.feature_map.names),
            feature_types=list(self.feature_map.kinds),
            enable_categorical=True,
            nthread=1,
        )
        return self.booster.predict(rows, pred_contribs=True)


def bare(folder: Path, records: list[dict[str, Any]]) -> Bare:
    """Return the library's side of the bundle in `folder`."""
    _, files, _ = read_verified(folder, None)
    feature_map = msgspec.json.decode(files["features.json"], type=FeatureMap)
    matrix = Encoder(feature_map).records(records).matrix.astype(np.float32)
    return Bare(parse(files["trees_1.ubj"]), feature_map, matrix)


@asynccontextmanager
async def service(
    state: Path, problem: Problem, **settings: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of the application, once it serves what it served last."""
    app = create_app(
        ApiSettings(
            state_dir=state,
            default_problem=problem.name,
            problems=(problem.name,),
            # Nobody listens there: what was served last is served again.
            mlflow_tracking_uri="http://127.0.0.1:9",
            poll_seconds=3600,
            access_log=False,
            **settings,
        )
    )
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://api") as client,
    ):
        with anyio.fail_after(60):
            while (await client.get("/readyz")).status_code != 200:  # noqa: ASYNC110 # from outside
                await anyio.sleep(0.1)
        yield client


def uploads(table: pa.Table) -> dict[str, tuple[str, bytes]]:
    """Return the rows as uploads: content type and bytes by format."""
    text, file = io.BytesIO(), io.BytesIO()
    csv.write_csv(table, text)
    parquet.write_table(table, file)
    return {"csv": ("text/csv", text.getvalue()), "parquet": (PARQUET, file.getvalue())}


def batches(client: httpx.AsyncClient, table: pa.Table, suffix: str) -> Contest:
    """Return a contestant for each format."""

    def contestant(kind: str, content: bytes) -> Callable[[], Awaitable[object]]:
        async def upload() -> None:
            headers = {"content-type": kind}
            answer = await client.post("/predict-batch", content=content, headers=headers)
            last = answer.content.rstrip().rpartition(b"\n")[2]
            if msgspec.json.decode(last).get("scored") != table.num_rows:
                raise SystemExit(f"not every row was scored: {last.decode()}")

        return upload

    found = uploads(table)
    return {f"{name}{suffix}": contestant(*given) for name, given in found.items()}


def explanations(client: httpx.AsyncClient, library: Bare, records: list[Any]) -> Contest:
    """Return the library and the service, explaining the same records."""
    body = msgspec.json.encode({"records": records})

    async def shap() -> None:
        await anyio.to_thread.run_sync(library.shap)

    async def explain() -> None:
        answer = await client.post("/explain", content=body)
        if answer.status_code != 200:
            raise SystemExit(answer.text)

    return {"shap": shap, "explain": explain}


async def seconds(contest: Contest, rounds: int) -> dict[str, float]:
    """Return the median of each contestant's seconds over alternating turns; one warms up."""
    taken: dict[str, list[float]] = {name: [] for name in contest}
    for _ in range(rounds + 1):
        for name, run in contest.items():
            start = time.perf_counter()
            await run()
            taken[name].append(time.perf_counter() - start)
    return {name: statistics.median(values[1:]) for name, values in taken.items()}


async def measure(state: Path, problem: Problem, rounds: int) -> dict[str, Any]:
    """Return all figures and ratios."""
    folder = next((state / "bundles").iterdir())
    model: LoadedModel = load(folder)
    table = problem.generate(ROWS, SEED)
    names = [column.name for column in problem.inputs]
    rows = table.slice(0, EXPLAINED).select(names).to_pylist()
    records = [{name: value for name, value in row.items() if value is not None} for row in rows]

    async def offline() -> None:
        await anyio.to_thread.run_sync(model.predict_table, table)

    async with service(state, problem, history="off") as client:
        by_rows = await seconds({"offline": offline, **batches(client, table, "")}, rounds)
        explained = explanations(client, bare(folder, records), records)
        by_records = await seconds(explained, rounds * 3)
    # On its own: what is kept is written to the database while the next turn runs.
    async with service(state, problem, history="on") as client:
        by_rows |= await seconds(batches(client, table, "_with_history"), 1)
    figures: dict[str, Any] = {
        name: {"seconds": round(taken, 3), "rows_per_second": round(ROWS / taken)}
        for name, taken in by_rows.items()
    }
    figures |= {name: {"ms": round(taken * 1000, 1)} for name, taken in by_records.items()}
    ratios = {
        f"{name}_speed": round(by_rows["offline"] / taken, 2) for name, taken in by_rows.items()
    }
    ratios["explain_time"] = round(by_records["explain"] / by_records["shap"], 2)
    return {"rows": ROWS, "explained": EXPLAINED, **figures, "ratios": ratios}


def main() -> None:
    """Measure, print a table, and write it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", default="", help="the CSV, plain or .gz, or its address")
    parser.add_argument("--problem", default=Settings().default_problem)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"  # there is no registry to wait for
    with tempfile.TemporaryDirectory() as name:
        problem = find(chosen.problem)
        state = make(problem, chosen.source or SYNTHETIC, Path(name)).state
        results = anyio.run(measure, state, problem, chosen.rounds)
    for contestant, figures in results.items():
        print(f"{contestant:<24}{figures}")
    RESULTS.parent.mkdir(exist_ok=True)
    content = {"data": "real" if chosen.source else SYNTHETIC, **results}
    RESULTS.write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=2))


if __name__ == "__main__":
    main()
