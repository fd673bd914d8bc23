"""What the embedded stack tells the person at the terminal."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress

from rich.console import Console
from rich.table import Table

from infra.embedded.probes import url
from infra.embedded.service import Service
from infra.embedded.serving import ModelInfo
from infra.embedded.stack import State

_BEGAN = time.monotonic()


def seconds() -> float:
    """Return how long this command has been running."""
    return time.monotonic() - _BEGAN


def step(line: str) -> None:
    """Print one line of progress with the time since the command began."""
    with suppress(OSError):  # a terminal that was closed must not stop what is being stopped
        print(f"{seconds():7.1f} s  {line}", flush=True)


def warn(line: str) -> None:
    """Print one line on stderr."""
    print(line, file=sys.stderr, flush=True)


def learned(model: ModelInfo) -> None:
    """Print what the model in service learned, and from what."""
    kind = "REAL data" if model.data == "real" else "SYNTHETIC data: not about patients"
    print(f"\n{model.name} version {model.version}, learned from {kind}")
    print(f"  rows ingested: {model.rows['raw']:,}")
    for part in ("train", "validation", "test"):
        print(f"  rows for {part}: {model.rows[part]:,}")
    for name, estimate in model.metrics.items():
        interval = f"95% interval {estimate.low:.4f} to {estimate.high:.4f}"
        print(f"  {name}: {estimate.value:.4f} ({interval})")


def prediction(probability: float, example: dict[str, str | int | float]) -> None:
    """Print one prediction."""
    print(f"\nA prediction for {json.dumps(example)}: {probability:.4f}")


def addresses(services: Iterable[Service], logins: Mapping[str, str]) -> None:
    """Print where a person finds each service, and how to log in where that is needed."""
    print()
    for service in services:
        if service.page:
            login = logins.get(service.name, "no login")
            print(f"  {service.name:<22}{service.page}  ({login})")
    print(flush=True)


def metrics(ports: Mapping[str, int], *, read: bool) -> None:
    """Print where the metrics of each job are, and who reads them."""
    for job, port in ports.items():
        if read or job != "prometheus":
            print(f"  metrics of {job:<11}{url(port)}/metrics")
    if not read:
        print("  nobody reads them: install Prometheus, or set VIGIA_PROMETHEUS to auto")
    print(flush=True)


def states(found: Iterable[State]) -> None:
    """Print a table of the services."""
    table = Table("service", "state", "pid", "url", box=None)
    for state in found:
        colour = "green" if state.state == "up" else "red"
        pid = "" if state.pid is None else str(state.pid)
        table.add_row(
            state.service.name, f"[{colour}]{state.state}[/{colour}]", pid, state.service.page
        )
    Console().print(table)


def summary(model: ModelInfo, probability: float) -> None:
    """Print the machine's view of a smoke run: one line of JSON."""
    print(
        json.dumps(
            {
                "problem": model.problem,
                "rows_ingested": model.rows["raw"],
                "model_version": model.version,
                "auroc": model.metrics["auroc"].value,
                "probability": probability,
                "data": model.data,
                "seconds": round(seconds(), 1),
            }
        ),
        flush=True,
    )
