"""What the stack costs: sizes of the images, and memory at rest."""

from __future__ import annotations

import json
import time

from infra.compose.rehearse.stack import PROJECT, Stack
from infra.compose.rehearse.told import step

_REST_SECONDS = 20


def sizes(stack: Stack) -> None:
    """Tell the size of each image that the repository builds."""
    for line in stack.docker("images", "--format", "{{.Repository}} {{.Size}}").splitlines():
        if line.startswith(("vigia/", "python ")):
            step(f"image {line}")


def memory(stack: Stack) -> None:
    """Tell the memory of each container that has nothing to do."""
    time.sleep(_REST_SECONDS)
    listed = stack.docker("stats", "--no-stream", "--format", "json").splitlines()
    used = {
        each["Name"]: each["MemUsage"].split(" / ")[0]
        for each in map(json.loads, listed)
        if each["Name"].startswith(PROJECT)
    }
    for name, amount in sorted(used.items()):
        step(f"memory {name.removeprefix(f'{PROJECT}-')} {amount}")
    step(f"memory of all: {sum(map(_mebibytes, used.values())):.0f} MiB")


def _mebibytes(amount: str) -> float:
    for unit, factor in (("GiB", 1024.0), ("MiB", 1.0), ("KiB", 1 / 1024), ("B", 1 / 1024**2)):
        if amount.endswith(unit):
            return float(amount.removesuffix(unit)) * factor
    raise ValueError(amount)
