"""`python -m infra.grafana`: write the dashboards as the JSON that Grafana reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from grafana_foundation_sdk.builders import dashboard as board
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from infra.grafana.drift import drift
from infra.grafana.load import load
from infra.grafana.objectives import objectives
from infra.grafana.overview import overview
from infra.grafana.pipelines import pipelines
from infra.grafana.storage import storage

FOLDER = Path(__file__).parent / "dashboards"
BOARDS: tuple[Callable[[], board.Dashboard], ...] = (
    overview,
    objectives,
    pipelines,
    drift,
    storage,
    load,
)


def generated() -> dict[Path, str]:
    """Return the content of every file, by its path."""
    dashboards = [make().build() for make in BOARDS]
    return {
        FOLDER / f"{made.uid}.json": json.dumps(made, cls=JSONEncoder, indent=2, sort_keys=True)
        + "\n"
        for made in dashboards
    }


def main() -> None:
    """Write every file, and remove those of dashboards that are no more."""
    files = generated()
    for left in set(FOLDER.glob("*.json")) - files.keys():
        left.unlink()
    for path, content in files.items():
        path.write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
