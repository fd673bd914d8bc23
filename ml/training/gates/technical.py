"""Gates on the bundle as it would be served: the same answers, fast, small, described."""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from ml.bundle.check import Check
from ml.problems.gates import Bound
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
    reason = f"the bundle has {size:.1f} MB, allowed are {limit:g} MB"
    yield Check.of("bundle_size", size, Bound(maximum=limit), reason)
    yield _signature(evidence)


def _split(evidence: Evidence) -> Check:
    ours = evidence.candidate.lineage["split_salt"]
    same = ours == evidence.test.transformation.split_salt
    return Check(
        gate="split",
        outcome="passed" if same else "failed",
        reason=(
            "the candidate has learned from no patient of the test part"
            if same
            else f"the candidate was split with the salt {ours!r}, the clean rows with another: "
            f"it may have learned from test rows; train it again"
        ),
    )


def _parity(evidence: Evidence) -> Check:
    """Compare the pipeline's encoded rows with raw records that go the way of the service."""
    candidate, transformation = evidence.candidate, evidence.test.transformation
    if candidate.lineage["feature_map_digest"] != transformation.feature_map_digest:
        return Check.skipped("parity", "the clean rows were encoded anew since the training")
    offline = candidate.model.score(evidence.test.rows.matrix)
    apart = float(np.abs(offline - candidate.probabilities).max())
    return Check.of(
        "parity",
        apart,
        Bound(maximum=_LARGEST_DIFFERENCE),
        f"pipeline and service differ by at most {apart:.1e} in the risk of a test row",
    )


def _repeated(evidence: Evidence) -> Check:
    """Compare the metrics of the loaded bundle with those that the training wrote into it."""
    candidate = evidence.candidate
    if candidate.lineage["data_hash"] != evidence.test.transformation.data_hash:
        return Check.skipped("metrics_repeated", "rows have come since the training")
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
        f"the loaded bundle repeats the metrics of its training to {apart:.1e}",
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
    reason = f"one record takes {median(took):.2f} ms in the median, allowed are {limit:g} ms"
    return Check.of("latency", median(took), Bound(maximum=limit), reason)


def _signature(evidence: Evidence) -> Check:
    expected = tuple(column.name for column in evidence.candidate.model.schema.inputs)
    found = evidence.package.signature
    return Check(
        gate="signature",
        outcome="passed" if found == expected else "failed",
        reason=(
            "the registry's signature names the bundle's inputs"
            if found == expected
            else "the registry has no signature for this version"
            if found is None
            else "the registry's signature does not name the bundle's inputs"
        ),
    )
