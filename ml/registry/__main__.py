"""`python -m ml.registry {list,show,promote,rollback,export}`: a problem's model versions."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from ml import problems
from ml.errors import NoModel, VigiaError
from ml.promoted import STAGES
from ml.registry import listing
from ml.registry.client import Registry
from ml.registry.moves import moves
from ml.registry.promotion import promote
from ml.registry.rollback import rollback
from ml.registry.verdict import stored
from ml.settings import settings

if TYPE_CHECKING:
    from ml.problems.problem import Problem
    from ml.promoted import Version

_DONE, _FAILED, _REFUSED = 0, 1, 3


class _Asked(NamedTuple):
    registry: Registry
    problem: Problem
    by: str
    options: argparse.Namespace


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 3 refused by the gates."""
    options = _parser().parse_args(arguments)
    try:
        chosen = settings()
        asked = _Asked(
            Registry(chosen.mlflow_tracking_uri),
            problems.find(options.problem or chosen.default_problem),
            options.by or getpass.getuser(),
            options,
        )
        code: int = options.run(asked)
    except VigiaError as error:
        sys.stderr.write(f"error: {error}\n")
        return _FAILED
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ml.registry", description=__doc__)
    parser.add_argument(
        "--problem", default="", help="whose model; VIGIA_DEFAULT_PROBLEM otherwise"
    )
    parser.add_argument("--by", default="", help="who asks, for the record; the user otherwise")
    parser.add_argument("--json", action="store_true", help="print JSON")
    commands = parser.add_subparsers(required=True)
    every = commands.add_parser("list", help="list all versions, newest first")
    every.set_defaults(run=_list)
    one = commands.add_parser("show", help="show a version, its gates and its moves")
    one.add_argument("version", nargs="?", default="production", help="a number or an alias")
    one.set_defaults(run=_show)
    up = commands.add_parser("promote", help="judge a version, and promote it if the gates agree")
    up.add_argument("version", help="its number, or `staging`")
    up.add_argument(
        "--despite-gates", default="", metavar="WHY", help="promote it all the same, and say why"
    )
    up.set_defaults(run=_promote)
    back = commands.add_parser("rollback", help="put the version before back into production")
    back.add_argument("--why", required=True, help="the reason, for the record")
    back.add_argument("--to", default="", help="another version that was in production once")
    back.set_defaults(run=_rollback)
    out = commands.add_parser("export", help="write a version's bundle for a clinic's laptop")
    out.add_argument("version", nargs="?", default="production", help="a number or an alias")
    out.add_argument("--to", required=True, type=Path, help="a folder, or a file that ends in .zip")
    out.set_defaults(run=_export)
    return parser


def _list(asked: _Asked) -> int:
    rows = [listing.row(asked.registry, each) for each in _versions(asked)]
    _tell(asked, rows, listing.rows_as_text(rows))
    return _DONE


def _versions(asked: _Asked) -> list[Version]:
    found = asked.registry.versions(asked.problem.name)
    if not found:
        raise NoModel(f"no version of {asked.problem.name} is registered yet: train one")
    return found


def _named(asked: _Asked) -> Version:
    """Return the version that is meant by a number or an alias."""
    name: str = asked.options.version
    if name not in {*STAGES, "previous"}:
        return asked.registry.version(asked.problem.name, name)
    found = asked.registry.holder(asked.problem.name, name)
    if found is None:
        raise NoModel(f"no version of {asked.problem.name} holds the alias {name}")
    return found


def _show(asked: _Asked) -> int:
    version = _named(asked)
    verdict = stored(asked.registry, version)
    past = [
        move
        for move in moves(asked.registry, version.name)
        if version.number in {move.version, move.replaced}
    ]
    found = {"version": version, "verdict": verdict, "moves": past}
    _tell(asked, found, listing.as_text(version, verdict, past))
    return _DONE


def _promote(asked: _Asked) -> int:
    # Judging needs what training needs; the other commands start without it.
    from ml.data.database import connect  # noqa: PLC0415
    from ml.registry.judging import Court, judge  # noqa: PLC0415

    clean = connect(settings().clean_database_url.get_secret_value())
    version = _named(asked)
    court = Court(asked.registry, clean, asked.problem, settings())
    judge(court, version.number, asked.by)
    despite = asked.options.despite_gates
    done = promote(asked.registry, asked.problem, version.number, asked.by, despite)
    said = "is in production" if done.promoted else "was refused"
    _tell(asked, done, f"version {done.version} of {version.name} {said}: {done.reason}")
    return _DONE if done.promoted else _REFUSED


def _rollback(asked: _Asked) -> int:
    move = rollback(asked.registry, asked.problem, asked.by, asked.options.why, asked.options.to)
    text = (
        f"version {move.version} of {asked.problem.name} is in production again; "
        f"version {move.replaced} is withdrawn: {move.why} ({move.by})"
    )
    _tell(asked, move, text)
    return _DONE


def _export(asked: _Asked) -> int:
    from ml.promoted.export import export  # noqa: PLC0415 # loads the model to verify it

    version, target = _named(asked), asked.options.to
    export(asked.registry, version, target)
    text = f"version {version.number} of {version.name} is in {target}; digest {version.digest}"
    _tell(asked, version, text)
    return _DONE


def _tell(asked: _Asked, found: object, text: str) -> None:
    print(msgspec.json.encode(found).decode() if asked.options.json else text)


if __name__ == "__main__":
    sys.exit(main())
