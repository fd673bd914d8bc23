"""`python -m api.security {add-key,keep-key,list-keys,revoke-key}`: the API's keys."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from api.security import key_file, keys
from api.security.callers import Role
from api.security.settings import SecuritySettings
from ml.errors import InvalidSettings, UserError, VigiaError


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m api.security", description=__doc__)
    parser.add_argument("--file", type=Path, help="the file of keys; VIGIA_KEYS_FILE otherwise")
    commands = parser.add_subparsers(required=True)
    add = commands.add_parser("add-key", help="make a key and print it, this once")
    add.add_argument("--role", required=True, choices=[role.value for role in Role])
    add.add_argument("--name", required=True, help="who calls with it, such as ward-3")
    add.add_argument("--days", type=_days, help="after how many days it expires; never by default")
    add.set_defaults(run=_add)
    keep = commands.add_parser("keep-key", help="make a key known that stands on standard input")
    keep.add_argument("--role", required=True, choices=[role.value for role in Role])
    keep.add_argument("--name", required=True, help="who calls with it")
    keep.set_defaults(run=_keep)
    listing = commands.add_parser("list-keys", help="list the keys, without their secrets")
    listing.set_defaults(run=_list)
    revoke = commands.add_parser("revoke-key", help="make a key invalid, within a second")
    revoke.add_argument("id", help="its id: the part between the underscores")
    revoke.set_defaults(run=_revoke)
    asked = parser.parse_args(arguments)
    try:
        asked.run(asked, asked.file or SecuritySettings(auth="keys").keys_path)
    except VigiaError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


def _add(asked: argparse.Namespace, path: Path) -> None:
    expires = asked.days and datetime.now(UTC).replace(microsecond=0) + timedelta(days=asked.days)
    key, entry = keys.make(asked.name, Role(asked.role), expires or None)
    with key_file.changing(path) as entries:
        entries[entry.id] = entry
    print(f"{entry.role} {entry.name}: keep this key, it is not shown again", file=sys.stderr)
    print(key)


def _keep(asked: argparse.Namespace, path: Path) -> None:
    """Make a key known that a secret store made; whoever holds it has no need to read the file."""
    entry = keys.entry_of(sys.stdin.readline().strip(), asked.name, Role(asked.role), None)
    with key_file.changing(path) as entries:
        known = entries.setdefault(entry.id, entry)
    if known.sha256 != entry.sha256:
        raise UserError(f"another key has the id {entry.id!r} already: make a new one")
    print(f"{known.role} {known.name}: {known.state(datetime.now(UTC))}")


def _list(_: argparse.Namespace, path: Path) -> None:
    now = datetime.now(UTC)
    print(f"{'id':<14}{'role':<11}{'state':<9}{'expires':<12}name")
    for entry in key_file.read(path).values():
        expires = entry.expires.date().isoformat() if entry.expires else "never"
        print(f"{entry.id:<14}{entry.role:<11}{entry.state(now):<9}{expires:<12}{entry.name}")


def _revoke(asked: argparse.Namespace, path: Path) -> None:
    if not path.exists():
        raise InvalidSettings(f"there is no file of keys at {path}: set VIGIA_KEYS_FILE")
    with key_file.changing(path) as entries:
        entry = entries.get(asked.id)
        if entry is None:
            raise UserError(f"no key has the id {asked.id!r}; `list-keys` shows all ids")
        if entry.revoked is None:
            now = datetime.now(UTC).replace(microsecond=0)
            entries[entry.id] = msgspec.structs.replace(entry, revoked=now)
    print(f"{entry.role} {entry.name}: revoked")


def _days(text: str) -> int:
    days = int(text)
    if not 1 <= days <= 36_500:
        raise argparse.ArgumentTypeError("between 1 and 36500 days")
    return days


if __name__ == "__main__":
    sys.exit(main())
