"""Bundles that must never serve, each damaged in another way; a seed makes them the same again."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import msgspec
import xgboost

from ml.bundle import Calibrator, Content, Probe, write
from ml.bundle.content import MANIFEST
from ml.problems.contract import Category, Code, Column, Number
from ml.training import Trained
from tests import toy

Files: TypeAlias = dict[str, bytes]


class Damage(NamedTuple):
    """A damaged bundle.

    Args:
        name: what was done to it.
        files: its files.
        digest: the one that the registry names for it: of the sound bundle, or, where
            somebody wrote a wrong bundle and registered it, its own.
    """

    name: str
    files: Files
    digest: str


def files_of(folder: Path) -> Files:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def corrupt(sound: Trained, chance: random.Random) -> Iterator[Damage]:
    """Yield without end what disks, networks and people with write access do to files."""
    files = files_of(sound.folder)
    ways: list[Callable[[random.Random, Files, str], object]] = [
        _flip,
        _insert,
        _blank,
        _exchange,
        _remove,
        _add,
        _forge,
    ]
    names = itertools.cycle(sorted(files))
    for way in itertools.cycle(ways):
        name, damaged = next(names), dict(files)
        way(chance, damaged, name)
        if damaged != files:
            yield Damage(f"{way.__name__} {name}", damaged, sound.digest)


def truncated(sound: Trained, chance: random.Random) -> Iterator[Damage]:
    """Yield without end a bundle of which one file after the other ends too early."""
    files = files_of(sound.folder)
    for name in itertools.cycle(sorted(files)):
        end = chance.randrange(len(files[name]))
        damaged = files | {name: files[name][:end]}
        yield Damage(f"{name} ends at {end}", damaged, sound.digest)


def wrong_schema(sound: Trained, chance: random.Random, folder: Path) -> Iterator[Damage]:
    """Yield bundles that are whole, and of another problem or contract."""
    schema = sound.content.schema
    columns = {column.name: column for column in schema.columns}
    others: list[tuple[str, dict[str, Any]]] = [
        *((f"problem {name}", {"problem": name}) for name in ("diabetes", "heart", "")),
        *((f"without {name}", {"columns": _without(columns, name)}) for name in columns),
        *((f"{name} renamed", {"columns": _renamed(columns, name)}) for name in columns),
        *((text, {"columns": changed}) for text, changed in _changed_rules(columns)),
        ("another target", {"target": msgspec.structs.replace(schema.target, column="colour")}),
        ("no classes", {"target": msgspec.structs.replace(schema.target, classes={})}),
    ]
    chance.shuffle(others)
    for name, change in others:
        other = msgspec.structs.replace(schema, **change)
        yield _registered(name, msgspec.structs.replace(sound.content, schema=other), folder)


def failing_probes(sound: Trained, chance: random.Random, folder: Path) -> Iterator[Damage]:
    """Yield without end bundles that do not predict what their training recorded."""
    content = sound.content
    yield _registered("no probes", msgspec.structs.replace(content, probes=()), folder)
    while True:
        for change in (_shifted_probe, _refused_probe, _other_calibrator, _other_model):
            name, damaged = change(chance, content)
            yield _registered(name, damaged, folder)


def _flip(chance: random.Random, files: Files, name: str) -> None:
    data = bytearray(files[name])
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    files[name] = bytes(data)


def _insert(chance: random.Random, files: Files, name: str) -> None:
    place = chance.randrange(len(files[name]) + 1)
    files[name] = files[name][:place] + chance.randbytes(1) + files[name][place:]


def _blank(chance: random.Random, files: Files, name: str) -> None:
    start = chance.randrange(len(files[name]))
    length = min(chance.randrange(1, 4096), len(files[name]) - start)
    files[name] = files[name][:start] + bytes(length) + files[name][start + length :]


def _exchange(chance: random.Random, files: Files, name: str) -> None:
    other = chance.choice(sorted(set(files) - {name}))
    files[name], files[other] = files[other], files[name]


def _remove(_: random.Random, files: Files, name: str) -> None:
    del files[name]


def _add(chance: random.Random, files: Files, name: str) -> None:
    files[f"{chance.choice(['x', '.', '_'])}{name}"] = files[name]


def _forge(chance: random.Random, files: Files, name: str) -> None:
    """Alter a file and the manifest with it, which the registry's digest tells."""
    _flip(chance, files, name)
    manifest = json.loads(files[MANIFEST]) if name != MANIFEST else {"format": 2}
    manifest["problem"] = chance.choice(["toy", "other"])
    manifest["files"] = {}
    files[MANIFEST] = json.dumps(manifest).encode()


def _without(columns: dict[str, Column], name: str) -> tuple[Column, ...]:
    return tuple(column for column in columns.values() if column.name != name)


def _renamed(columns: dict[str, Column], name: str) -> tuple[Column, ...]:
    return _with(columns, name, name=f"{name}_2")


def _with(columns: dict[str, Column], which: str, /, **changes: Any) -> tuple[Column, ...]:
    changed = {which: msgspec.structs.replace(columns[which], **changes)}
    return tuple((columns | changed).values())


def _changed_rules(columns: dict[str, Column]) -> Iterator[tuple[str, tuple[Column, ...]]]:
    """Yield every rule of every column, changed."""
    for name, column in columns.items():
        match column:
            case Number():
                changes: dict[str, object] = {
                    "minimum": column.minimum - 1,
                    "maximum": column.maximum + 1,
                    "integer": not column.integer,
                    "unit": toy.text("stone"),
                }
            case Category():
                changes = {"values": {"only": toy.text("only")}, "unknown": frozenset({"None"})}
            case Code():
                changes = {"pattern": r"\d+", "system": "" if column.system else "icd9"}
            case _:
                changes = {}
        for rule, value in changes.items():
            yield f"{rule} of {name}", _with(columns, name, **{rule: value})


def _shifted_probe(chance: random.Random, content: Content) -> tuple[str, Content]:
    place = chance.randrange(len(content.probes))
    shift = chance.choice([-1, 1]) * 10 ** chance.uniform(-8, 0)
    probes = list(content.probes)
    probes[place] = Probe(probes[place].record, probes[place].risk + shift)
    return f"probe {place} off by {shift:g}", msgspec.structs.replace(content, probes=tuple(probes))


def _refused_probe(chance: random.Random, content: Content) -> tuple[str, Content]:
    record: dict[str, str | int | float | None] = chance.choice(
        [{"age": -1}, {"age": "old"}, {"colour": "purple"}, {"reason": "?"}, {"nothing": 1}]
    )
    probes = (*content.probes, Probe(record, 0.5))
    return f"probe {record}", msgspec.structs.replace(content, probes=probes)


def _other_calibrator(chance: random.Random, content: Content) -> tuple[str, Content]:
    other = Calibrator(chance.uniform(0.5, 0.9), chance.uniform(-1, 1))
    return f"{other}", msgspec.structs.replace(content, calibrator=other)


def _other_model(chance: random.Random, content: Content) -> tuple[str, Content]:
    """Shift every leaf, as a training might that was mixed up with another one."""
    ((file, grown),) = content.boosters.items()
    booster = json.loads(xgboost.Booster(model_file=bytearray(grown)).save_raw("json"))
    for tree in booster["learner"]["gradient_booster"]["model"]["trees"]:
        tree["split_conditions"] = [
            value + chance.uniform(0.1, 0.5) for value in tree["split_conditions"]
        ]
    other = xgboost.Booster(model_file=bytearray(json.dumps(booster).encode()))
    boosters = {file: bytes(other.save_raw("ubj"))}
    return "another model", msgspec.structs.replace(content, boosters=boosters)


def _registered(name: str, content: Content, folder: Path) -> Damage:
    """Write a wrong bundle as a training would that went wrong, with a digest of its own."""
    place = folder / str(len(list(folder.iterdir())))
    digest = write(content, place)
    return Damage(name, files_of(place), digest)
