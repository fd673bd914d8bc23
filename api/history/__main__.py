"""The history's commands: `python -m api.history migrate` and `... move`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from api.history.database import connect
from api.history.migrate import migrate
from api.history.move import Moved, move
from api.history.settings import HistorySettings
from ml.errors import VigiaError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code."""
    asked = _parser().parse_args(arguments)
    try:
        if asked.command == "migrate":
            url = asked.url or HistorySettings().history_url
            migrate(connect(url), asked.service_role, asked.monitor_role, asked.reader_role)
            _tell("the history's tables are up to date")
        else:
            move(connect(asked.source), connect(asked.target), _tell_moved)
            _tell("every row of the source is in the target, and equal")
    except VigiaError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m api.history", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    migrating = commands.add_parser("migrate", help="make the tables, or bring them up to date")
    migrating.add_argument("--url", default="", help="the owner's address; DATABASE_URL if absent")
    migrating.add_argument(
        "--service-role", default="", help="the role that the API logs in as: INSERT and SELECT"
    )
    migrating.add_argument(
        "--monitor-role", default="", help="the role of the monitors' tasks: what they need"
    )
    migrating.add_argument(
        "--reader-role", action="append", default=[], help="a role that reads their reports"
    )
    moving = commands.add_parser("move", help="copy a history into another database, and compare")
    moving.add_argument("--from", dest="source", required=True, help="address of the source")
    moving.add_argument("--to", dest="target", required=True, help="address of the target")
    return parser


def _tell_moved(moved: Moved) -> None:
    _tell(f"{moved.table}: {moved.rows} rows, sha256 {moved.sha256}")


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
