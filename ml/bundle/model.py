"""A loaded model: what the API asks for predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np

from ml.bundle.ensemble import Ensemble
from ml.bundle.explaining import Explainer, against_others
from ml.bundle.familiarity import Familiarity
from ml.bundle.records import Records
from ml.bundle.tables import Tables
from ml.errors import BundleInvalid, InvalidRecord
from ml.features import Encoder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from ml.bundle.content import Content
    from ml.errors import Violation
    from ml.problems.problem import NamedClass, RiskBand
    from ml.problems.text import Text


class Prediction(NamedTuple):
    """What a model says about a batch of records.

    Args:
        probabilities: float64, (records, classes), in the order of the declared classes.
        risk: float64, (records,), the probability of the positive class, or of more than two
            that of the predicted one.
        predicted: the predicted class of each record.
        missing: names of the inputs that are absent or not known, for each record.
        warnings: why a record may lie outside what the model is meant for.
        bands: the risk band of each record, `None` where none are declared.
        ignored: declared columns that were sent but are no inputs.
    """

    probabilities: NDArray[np.float64]
    risk: NDArray[np.float64]
    predicted: list[NamedClass]
    missing: list[tuple[str, ...]]
    warnings: list[tuple[Text, ...]]
    bands: list[RiskBand] | list[None]
    ignored: tuple[str, ...]

    @property
    def band_names(self) -> list[str]:
        """The name of each record's band, or where none are declared its predicted class's."""
        named = zip(self.bands, self.predicted, strict=True)
        return [each.name if band is None else band.name for band, each in named]

    def part(self, start: int, records: Sequence[Mapping[str, object]]) -> Prediction:
        """Return what is said about some of the records: those from `start` on."""
        rows = slice(start, start + len(records))
        return Prediction(
            self.probabilities[rows],
            self.risk[rows],
            self.predicted[rows],
            self.missing[rows],
            self.warnings[rows],
            self.bands[rows],
            self.ignored_in(records),
        )

    def ignored_in(self, records: Sequence[Mapping[str, object]]) -> tuple[str, ...]:
        """Return the columns that were sent with some of the records but are no inputs."""
        return self.ignored and tuple(n for n in self.ignored if any(n in r for r in records))


class Explanation(NamedTuple):
    """Predictions, and what moved each of them.

    Args:
        prediction: of the records.
        log_odds: float64, (records,), of each risk.
        base: float64, (records,), log-odds that a record starts from; with its contributions
            they add up to its own.
        contributions: float64, (records, input columns), in the order of the schema.
    """

    prediction: Prediction
    log_odds: NDArray[np.float64]
    base: NDArray[np.float64]
    contributions: NDArray[np.float64]


class TablePrediction(NamedTuple):
    """What a model says about the rows of a table, some of which may break the contract.

    Args:
        probabilities: float64, (rows, classes), NaN where a row breaks the contract.
        known: bool, (rows, inputs), whether there is a value, in the order of the schema.
        outside: bool, (rows, declared scopes), whether the row lies outside of one.
        violations: broken rules by the index of the row.
    """

    probabilities: NDArray[np.float64]
    known: NDArray[np.bool_]
    outside: NDArray[np.bool_]
    violations: dict[int, list[Violation]]


class LoadedModel:
    """A verified bundle in memory. It never changes, so that threads may share it.

    Args:
        content: the bundle's parts.
        digest: its digest.
    """

    def __init__(self, content: Content, digest: str) -> None:
        self.problem = content.schema.problem
        self.digest = digest
        self.data = content.data
        self.schema = content.schema
        self.evaluation = content.evaluation
        self.reference = content.drift
        self.info: dict[str, Any] = _information(content)
        self.classes = content.schema.target.named
        self.class_names = tuple(each.name for each in self.classes)
        self._ensemble = Ensemble(content.model, content.boosters, content.features)
        self._several = content.schema.target.several
        self._threshold = content.schema.target.start
        if self._ensemble.outputs != (len(self.classes) if self._several else 1):
            raise BundleInvalid("the bundle's model is about other classes than its schema")
        self._calibrator = content.calibrator
        self._encoder = Encoder(content.features)
        self._records = Records(content.schema)
        self._tables = Tables(content.schema, content.features)
        self._explainer = Explainer(content, self._ensemble)
        self._familiarity = Familiarity(content)

    def predict(self, records: Sequence[Mapping[str, object]]) -> Prediction:
        """Score records in one vectorised call.

        Raises:
            InvalidRecord: lists every broken rule of every record.
        """
        try:
            encoded = self._encoder.records(records)
        except InvalidRecord:
            self._records.check(records, self._encoder)  # lists unknown fields as well
            raise
        ignored = () if encoded.exact else self._records.check(records, self._encoder)
        probabilities = self.score(encoded.matrix)
        risk, predicted = self.judged(probabilities)
        return Prediction(
            probabilities=probabilities,
            risk=risk,
            predicted=predicted,
            missing=encoded.missing,
            warnings=self._records.warnings(records),
            bands=self.schema.bands_of(risk),
            ignored=ignored,
        )

    def explain(self, records: Sequence[Mapping[str, object]]) -> Explanation:
        """Score records and say what moved each risk; some 3 ms a record.

        Raises:
            InvalidRecord: lists every broken rule of every record.
        """
        prediction = self.predict(records)
        matrix = self._encoder.records(records).matrix
        log_odds = self._calibrator.log_odds(self._ensemble.margins(matrix))
        classes = self.schema.target.predicted(prediction.probabilities)
        if self._several:
            log_odds = against_others(log_odds, classes)
        base, contributions = self._explainer.attribute(records, matrix, log_odds, classes)
        return Explanation(prediction, log_odds, base, contributions)

    def judged(
        self, probabilities: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], list[NamedClass]]:
        """Return the risk, (rows,), and the predicted class of (rows, classes) probabilities."""
        if self._several:
            places = self.schema.target.predicted(probabilities)
            risk = probabilities[np.arange(len(places)), places]
            return risk, [self.classes[place] for place in places.tolist()]
        # The same of two classes, in a third of the time for the few records of a request.
        risk, (first, last), start = probabilities[:, -1], self.classes, self._threshold
        return risk, [last if each >= start else first for each in risk.tolist()]

    def by_class(self, probabilities: NDArray[np.float64]) -> list[dict[str, float]]:
        """Return each row's probabilities by the name of the class."""
        if self._several:
            names = self.class_names
            return [dict(zip(names, row, strict=True)) for row in probabilities.tolist()]
        first, last = self.class_names
        return [{first: one, last: other} for one, other in probabilities.tolist()]

    def rare(self, record: Mapping[str, object], missing: Sequence[str]) -> tuple[str, ...]:
        """Return the inputs of a checked record whose values few training rows hold."""
        return self._familiarity.rare(record, missing)

    def predict_rows(self, table: pa.Table, longest: int) -> TablePrediction:
        """Score the rows of a table as it was sent; those that break the contract are told.

        Args:
            table: columns of texts, numbers or codes into them; inputs that it lacks are
                missing in every row.
            longest: most characters of one value.
        """
        read = self._tables.read(table, longest)
        probabilities = np.full((table.num_rows, len(self.classes)), np.nan)
        if read.rows.num_rows:
            probabilities[read.good] = self.score(self._encoder.table(read.rows))
        return TablePrediction(probabilities, read.known, read.outside, read.violations)

    def predict_table(self, table: pa.Table) -> NDArray[np.float64]:
        """Return the risk of every row of a table of text columns within the contract."""
        risk, _ = self.judged(self.score(self._encoder.table(table)))
        return risk

    def score(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (rows, classes) probabilities of encoded model inputs."""
        return self._calibrator.probabilities(self._ensemble.margins(matrix))


def _information(content: Content) -> dict[str, Any]:
    """Return what a reader may know of the model, as plain JSON types."""
    schema = content.schema
    found: dict[str, Any] = msgspec.to_builtins(
        {
            "title": schema.title,
            "question": schema.question,
            "target": schema.target,
            "bands": schema.bands,
            "inputs": schema.inputs,
            "metrics": content.metrics,
            "evaluation": content.evaluation,
            "rows": content.rows,
            "lineage": content.lineage,
            "card": content.card,
        }
    )
    return found
