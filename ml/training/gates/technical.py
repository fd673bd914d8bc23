"""Gates on the bundle as it would be served: the same answers, fast, small, described."""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from ml.bundle.check import Check
from ml.problems.gates import Bound
from ml.problems.text import Text
from ml.training.evaluation.metrics import Measures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ml.training.gates.evidence import Evidence

# The service and the pipeline add up the same numbers in the same order.
_LARGEST_DIFFERENCE = 1e-9
# Slope and intercept are found by iteration.
_LARGEST_METRIC_DIFFERENCE = 1e-6
_TIMED = 200


def technical(evidence: Evidence) -> Iterator[Check]:
    """Yield whether the bundle is what training made, and fit to be served."""
    yield _split(evidence)
    yield _parity(evidence)
    yield _repeated(evidence)
    yield _latency(evidence)
    limit = evidence.problem.gates.bundle_megabytes
    size = evidence.package.size / 2**20
    reason = Text.of(
        "the bundle has {size:.1f} MB, allowed are {limit:g} MB",
        "el paquete ocupa {size:.1f} MB; se permiten {limit:g} MB",
        size=size,
        limit=limit,
    )
    yield Check.of("bundle_size", size, Bound(maximum=limit), reason)
    yield _signature(evidence)


def _split(evidence: Evidence) -> Check:
    ours = evidence.candidate.lineage["split_salt"]
    same = ours == evidence.test.transformation.split_salt
    return Check(
        gate="split",
        outcome="passed" if same else "failed",
        reason=Text(
            "the candidate has learned from no patient of the test part",
            "el candidato no ha aprendido de ningún paciente de la parte de prueba",
        )
        if same
        else Text.of(
            "the candidate was split with the salt {ours!r}, the clean rows with another: it may "
            "have learned from test rows; train it again",
            "el candidato se repartió con la sal {ours!r} y las filas limpias con otra: puede "
            "haber aprendido de filas de prueba; entrénelo de nuevo",
            ours=ours,
        ),
    )


def _parity(evidence: Evidence) -> Check:
    """Compare the pipeline's encoded rows with raw records that go the way of the service."""
    candidate, transformation = evidence.candidate, evidence.test.transformation
    if candidate.lineage["feature_map_digest"] != transformation.feature_map_digest:
        why = Text(
            "the clean rows were encoded anew since the training",
            "las filas limpias se han codificado de nuevo desde el entrenamiento",
        )
        return Check.skipped("parity", why)
    offline = candidate.model.score(evidence.test.rows.matrix)
    apart = float(np.abs(offline - candidate.probabilities).max())
    return Check.of(
        "parity",
        apart,
        Bound(maximum=_LARGEST_DIFFERENCE),
        Text.of(
            "pipeline and service differ by at most {apart:.1e} in the risk of a test row",
            "el proceso y el servicio difieren como máximo en {apart:.1e} en el riesgo de una "
            "fila de prueba",
            apart=apart,
        ),
    )


def _repeated(evidence: Evidence) -> Check:
    """Compare the metrics of the loaded bundle with those that the training wrote into it."""
    candidate = evidence.candidate
    if candidate.lineage["data_hash"] != evidence.test.transformation.data_hash:
        why = Text("rows have come since the training", "han llegado filas desde el entrenamiento")
        return Check.skipped("metrics_repeated", why)
    target = candidate.model.schema.target  # the candidate's own: it decides in service
    measures = Measures(evidence.test.rows.outcomes, candidate.probabilities, target)
    ones = np.ones((1, len(evidence.test.rows.outcomes)))
    found = dict(zip(measures.names, measures(ones)[0], strict=True))
    told = candidate.model.info["metrics"]
    shared = [name for name in found if name in told]
    apart = max((abs(found[name] - told[name]["value"]) for name in shared), default=np.inf)
    return Check.of(
        "metrics_repeated",
        float(apart),
        Bound(maximum=_LARGEST_METRIC_DIFFERENCE),
        Text.of(
            "the loaded bundle repeats the metrics of its training to {apart:.1e}",
            "el paquete cargado repite las métricas de su entrenamiento con una diferencia de "
            "{apart:.1e}",
            apart=float(apart),
        ),
    )


def _latency(evidence: Evidence) -> Check:
    """Time single records: the median, as this machine has other things to do."""
    model = evidence.candidate.model
    names = [column.name for column in model.schema.inputs]
    records = evidence.test.records.select(names).slice(0, _TIMED).to_pylist()
    model.predict(records)  # what a first call has to set up
    took = []
    for record in records:
        start = time.perf_counter()
        model.predict([record])
        took.append(1000 * (time.perf_counter() - start))
    limit = evidence.problem.gates.latency_milliseconds
    reason = Text.of(
        "one record takes {took:.2f} ms in the median, allowed are {limit:g} ms",
        "un registro tarda {took:.2f} ms de mediana; se permiten {limit:g} ms",
        took=median(took),
        limit=limit,
    )
    return Check.of("latency", median(took), Bound(maximum=limit), reason)


def _signature(evidence: Evidence) -> Check:
    expected = tuple(column.name for column in evidence.candidate.model.schema.inputs)
    found = evidence.package.signature
    return Check(
        gate="signature",
        outcome="passed" if found == expected else "failed",
        reason=Text(
            "the registry's signature names the bundle's inputs",
            "la firma del registro nombra los datos de entrada del paquete",
        )
        if found == expected
        else Text(
            "the registry has no signature for this version",
            "el registro no tiene ninguna firma para esta versión",
        )
        if found is None
        else Text(
            "the registry's signature does not name the bundle's inputs",
            "la firma del registro no nombra los datos de entrada del paquete",
        ),
    )
