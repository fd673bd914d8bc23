"""`python -m ml.pipeline {prepare,train,publish}`: `dvc.yaml` runs the first two."""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import TYPE_CHECKING

from ml.errors import VigiaError
from ml.pipeline import stages
from ml.pipeline.parameters import read
from ml.pipeline.places import PARAMETERS

if TYPE_CHECKING:
    from ml.pipeline.parameters import Parameters

_DONE, _FAILED, _REFUSED = 0, 1, 3


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 3 refused by the gates."""
    parser = argparse.ArgumentParser(prog="python -m ml.pipeline", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("prepare", help="source to clean rows")
    commands.add_parser("train", help="clean rows to a bundle, metrics and plots")
    out = commands.add_parser("publish", help="register the bundle, and let the gates decide")
    out.add_argument("--by", default="", help="who asks, for the record; the user otherwise")
    asked = parser.parse_args(arguments)
    try:
        parameters = read(PARAMETERS)
        if asked.command == "publish":
            return _publish(parameters, asked.by or getpass.getuser())
        step = stages.prepare if asked.command == "prepare" else stages.train
        print(step(parameters))
    except VigiaError as error:
        sys.stderr.write(f"error: {error}\n")
        return _FAILED
    return _DONE


def _publish(parameters: Parameters, by: str) -> int:
    # MLflow takes a second to import, and no stage needs it.
    from ml.pipeline.publish import publish  # noqa: PLC0415

    done = publish(parameters, by)
    print(f"version {done.version} of {parameters.problem}: {done.reason}")
    return _DONE if done.promoted else _REFUSED


if __name__ == "__main__":
    sys.exit(main())
