"""Versions as text for a terminal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from ml.registry.verdict import stored

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml.promoted import Version
    from ml.registry.client import Registry
    from ml.registry.moves import Move
    from ml.registry.verdict import Verdict

_HEAD = ("version", "stage", "data", "AUROC", "gates", "registered", "digest")


class Row(msgspec.Struct, frozen=True):
    """One line of the list."""

    version: str
    stage: str
    data: str
    auroc: float | None
    gates: str
    registered: datetime
    digest: str


def row(registry: Registry, version: Version) -> Row:
    """Return what the list says of a version."""
    found = registry.call(registry.client.get_model_version, version.name, version.number)
    run = registry.call(registry.client.get_run, version.run_id) if version.run_id else None
    verdict = stored(registry, version)
    said = "not judged" if verdict is None else "passed" if verdict.passed else "refused"
    return Row(
        version=version.number,
        stage=version.stage,
        data=version.data,
        auroc=run.data.metrics.get("auroc") if run else None,
        gates=said,
        registered=datetime.fromtimestamp(found.creation_timestamp / 1000, UTC),
        digest=version.digest,
    )


def rows_as_text(rows: Sequence[Row]) -> str:
    """Return the list as a table."""
    lines = [_HEAD, *(_cells(each) for each in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(_HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _cells(each: Row) -> tuple[str, ...]:
    auroc = "-" if each.auroc is None else f"{each.auroc:.4f}"
    when = f"{each.registered:%Y-%m-%d %H:%M}"
    return (each.version, each.stage, each.data, auroc, each.gates, when, each.digest[:12])


def as_text(version: Version, verdict: Verdict | None, past: Sequence[Move]) -> str:
    """Return everything about a version: where it is from, its gates, and its moves."""
    lines = [
        f"{version.name}, version {version.number}: {version.stage}, {version.data} data",
        f"digest     {version.digest}",
        f"run        {version.run_id or '-'}",
        "",
        *_verdict(verdict),
        "",
        "moves",
        *(_move(each) for each in past),
    ]
    return "\n".join(lines)


def _verdict(verdict: Verdict | None) -> list[str]:
    if verdict is None:
        return ["gates: nobody has judged this version yet"]
    said = "passed" if verdict.passed else "refused"
    return [
        f"gates: {said}, {verdict.at:%Y-%m-%d %H:%M} UTC, for {verdict.by}",
        *(f"  {check.outcome:<15}{check.gate}: {check.reason.en}" for check in verdict.checks),
    ]


def _move(move: Move) -> str:
    instead = f" instead of {move.replaced}" if move.replaced else ""
    return (
        f"  {move.at:%Y-%m-%d %H:%M:%S} UTC  version {move.version} {move.action}{instead} by "
        f"{move.by}: {move.why} (run {move.run_id}, data {move.data_hash[:12]})"
    )
