"""What a person reads of a judged version: figures, model card and gates in its MLflow run."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ml.bundle import Interval
from ml.bundle.content import CARD, SPANISH_CARD
from ml.bundle.page import page
from ml.problems.text import Text
from ml.training.card_texts import GATES
from ml.training.gates.report import gate_table
from ml.training.plots import figures

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ml.promoted import Version
    from ml.registry.client import Registry
    from ml.registry.verdict import Verdict
    from ml.training.gates import Evidence

# MLflow's limit, less room for the headline.
_LONGEST_DESCRIPTION = 4500
_PASSED = Text("**Gates: passed.** {reason}", "**Controles: superados.** {reason}")
_REFUSED = Text("**Gates: refused.** {reason}", "**Controles: no superados.** {reason}")
_TITLE = Text("{title}, version {version}", "{title}, versión {version}")
_TOLD = Text(
    "Version {version}; digest of the bundle: `{digest}`",
    "Versión {version}; huella del paquete: `{digest}`",
)


def publish(
    registry: Registry,
    version: Version,
    verdict: Verdict,
    evidence: Evidence,
    explained: NDArray[np.float64],
) -> None:
    """Log `card/`, `figures/` and `gates/` to the version's run, and describe the version.

    Raises:
        RegistryUnavailable: the server does not answer as it should.
    """
    model = evidence.candidate.model
    metrics = msgspec.convert(model.info["metrics"], dict[str, Interval])
    records = evidence.test.records.slice(0, len(explained))
    drawn = list(figures(evidence.problem, metrics, model.evaluation, (records, explained)))
    title = _TITLE.filled(title=evidence.problem.title, version=version.number)
    gates = Text.joined("\n\n", (headline(verdict), gate_table(verdict.checks), Text.same("")))
    told = _TOLD.filled(version=version.number, digest=version.digest)
    of_model = msgspec.convert(model.info["card"], Text)
    card = Text.joined("\n\n", (of_model, GATES, told, gates))
    captions = {caption: image for _, caption, image in drawn}
    texts = {
        f"card/{CARD}": card.en,
        f"card/{SPANISH_CARD}": card.es,
        "card/card.html": page(title.en, card.en, captions),
        "card/card_es.html": page(title.es, card.es, language="es"),
        "gates/gates.md": gates.en,
        "gates/gates_es.md": gates.es,
        "gates/gates.json": msgspec.json.format(msgspec.json.encode(verdict)).decode(),
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, text in texts.items():
            _write(Path(folder) / name, text.encode())
        for name, _, image in drawn:
            _write(Path(folder) / "figures" / f"{name}.png", image)
        registry.call(registry.client.log_artifacts, version.run_id, folder)
    described = f"{headline(verdict).en}\n\nThe whole card: `card/card.html` of the run."
    registry.call(
        registry.client.update_model_version,
        version.name,
        version.number,
        description=described[:_LONGEST_DESCRIPTION],
    )


def headline(verdict: Verdict) -> Text:
    """Return the verdict in a sentence, with every reason."""
    return (_PASSED if verdict.passed else _REFUSED).filled(reason=verdict.reason)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
