"""Judging: a version as it lies in the registry, before the gates."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from mlflow.models import Model

from ml import bundle
from ml.data import clean_store
from ml.errors import BundleInvalid, NoModel
from ml.features import FeatureMap
from ml.problems.text import Text
from ml.registry.client import WITHDRAWN_TAG
from ml.registry.publishing import publish
from ml.registry.verdict import Verdict, reason_of, store
from ml.settings import SYNTHETIC
from ml.training import gates
from ml.training.gates import Check, Evidence, Package, TestPart

if TYPE_CHECKING:
    from ml.bundle import LoadedModel
    from ml.data.clean_store import Place
    from ml.problems.problem import Problem
    from ml.promoted import Version
    from ml.registry.client import Registry
    from ml.settings import Settings

_FIRST = Text("there was no model in production", "no había ningún modelo en producción")
_KINDS = {"real": Text("real", "reales"), SYNTHETIC: Text("synthetic", "sintéticos")}
# How the note on a version that left begins, and the same in Spanish.
_LEFT = {"rolled back by ": "retirado por ", "declined by ": "rechazado por "}


class Court(NamedTuple):
    """Where and by what a version is judged.

    Args:
        registry: holds the versions.
        clean: the clean database, or a folder of clean rows, with the test part.
        problem: declares the gates.
        settings: seed and bootstrap replicates.
    """

    registry: Registry
    clean: Place
    problem: Problem
    settings: Settings


def judge(court: Court, number: str, by: str) -> Verdict:
    """Put a version through every gate and store what they say with it.

    Nothing moves. The figures, the model card and the table of gates become artifacts of
    the version's run.

    Args:
        court: where.
        number: the version.
        by: who asks.

    Raises:
        NoModel: there is no such version, or it has no run.
        NotEnoughData: there is no test part.
        RegistryUnavailable: the server does not answer as it should.
    """
    registry = court.registry
    version = registry.version(court.problem.name, number)
    current = registry.production(court.problem.name)
    if current is not None and current.number == number:
        return _verdict(version, current, by, (_in_production(),))
    if not version.run_id:
        raise NoModel(f"version {number} of {version.name} has no run: train and register it again")
    with tempfile.TemporaryDirectory() as folder:
        try:
            candidate, package = _loaded(registry, version, Path(folder) / "candidate")
        except BundleInvalid as error:
            why = Text(str(error), "el paquete no supera la verificación que hace el servicio")
            refused = Check(gate="bundle", outcome="failed", reason=why)
            return store(registry, version, _verdict(version, current, by, (refused,)))
        reigning, absence = _reigning(court, version, current, Path(folder) / "reigning")
    test = _test_part(court)
    evidence = Evidence(
        problem=court.problem,
        test=test,
        candidate=gates.ask(candidate, test.records),
        package=package,
        reigning=None if reigning is None else gates.ask(reigning, test.records),
        absence=absence,
        bootstrap=gates.resamples(test, court.settings),
    )
    explained = gates.contributions(evidence)
    checks = (*_of_record(court, version, current), *gates.judge(evidence, explained))
    verdict = _verdict(version, current, by, checks)
    publish(registry, version, verdict, evidence, explained)
    return store(registry, version, verdict)


def _in_production() -> Check:
    reason = Text("it is in production already", "ya está en producción")
    return Check(gate="production", outcome="passed", reason=reason)


def _verdict(
    version: Version, current: Version | None, by: str, checks: tuple[Check, ...]
) -> Verdict:
    return Verdict(
        version=version.number,
        passed=all(check.outcome != "failed" for check in checks),
        reason=reason_of(checks),
        against=current.number if current else None,
        at=datetime.now(UTC),
        by=by,
        checks=checks,
    )


def _loaded(registry: Registry, version: Version, folder: Path) -> tuple[LoadedModel, Package]:
    """Return a version's model as the service would load it, and what is known of its bundle."""
    path = registry.fetch(version, folder)
    model = bundle.load(path, expected_digest=version.digest)
    described = Model.load(str(path.parent))
    named = described.signature.inputs.input_names() if described.signature else None
    size = sum(file.stat().st_size for file in path.iterdir())
    return model, Package(size, None if named is None else tuple(map(str, named)))


def _reigning(
    court: Court, version: Version, current: Version | None, folder: Path
) -> tuple[LoadedModel | None, Text]:
    """Return the model in production where it can be compared with, or why not."""
    if current is None:
        return None, _FIRST
    if current.data != version.data:
        return None, Text.of(
            "the model in production learned from {kind} data",
            "el modelo en producción aprendió de datos {kind}",
            kind=_KINDS[current.data],
        )
    try:
        model, _ = _loaded(court.registry, current, folder)
    except BundleInvalid as error:
        return None, Text(
            f"the model in production cannot be loaded by this release: {error}",
            "esta versión del programa no puede cargar el modelo en producción",
        )
    salt = clean_store.latest(court.clean, court.problem).split_salt
    if model.info["lineage"]["split_salt"] != salt:
        return None, Text(
            "the model in production may have learned from test rows: another split",
            "el modelo en producción puede haber aprendido de filas de prueba: otro reparto",
        )
    return model, Text.same("")


def _test_part(court: Court) -> TestPart:
    transformation = clean_store.latest(court.clean, court.problem)
    names = msgspec.convert(transformation.feature_map, FeatureMap).names
    return TestPart(
        transformation,
        clean_store.read(court.clean, court.problem, "test", names),
        clean_store.read_records(court.clean, court.problem),
    )


def _of_record(court: Court, version: Version, current: Version | None) -> tuple[Check, ...]:
    """Return the checks on what is on record about a version."""
    replaces_real = version.data == SYNTHETIC and current is not None and current.data != SYNTHETIC
    kind = Check(
        gate="kind_of_data",
        outcome="failed" if replaces_real else "passed",
        reason=Text(
            "synthetic data never replace the real data in production",
            "los datos sintéticos nunca sustituyen a los reales en producción",
        )
        if replaces_real
        else Text.of(
            "the candidate learned from {kind} data",
            "el candidato aprendió de datos {kind}",
            kind=_KINDS[version.data],
        ),
    )
    twins = court.registry.versions(version.name, bundle_digest=version.digest)
    reasons = [court.registry.tags(twin).get(WITHDRAWN_TAG, "") for twin in twins]
    withdrawn = next(filter(None, reasons), "")
    standing = Check(
        gate="withdrawn",
        outcome="failed" if withdrawn else "passed",
        reason=Text.of(
            "this very bundle was {why}", "este mismo paquete fue {why}", why=_left(withdrawn)
        )
        if withdrawn
        else Text(
            "nobody has declined this bundle, or taken it out of production",
            "nadie ha rechazado este paquete ni lo ha retirado de producción",
        ),
    )
    return kind, standing


def _left(note: str) -> Text:
    """Return the note on a version that left; what a person wrote stays as it is."""
    for english, spanish in _LEFT.items():
        if note.startswith(english):
            return Text(note, spanish + note.removeprefix(english))
    return Text.same(note)
