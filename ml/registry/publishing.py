"""What a person reads of a judged version: figures, model card and gates in its MLflow run."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ml.bundle import Interval
from ml.bundle.page import page
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
    gates = f"{headline(verdict)}\n\n{gate_table(verdict.checks)}\n"
    title = f"{evidence.problem.title.en}, version {version.number}"
    told = f"Version {version.number}; digest of the bundle: `{version.digest}`"
    card = f"{model.info['card']}\n## Gates\n\n{told}\n\n{gates}"
    captions = {caption: image for _, caption, image in drawn}
    texts = {
        "card/card.md": card,
        "card/card.html": page(title, card, captions),
        "gates/gates.md": gates,
        "gates/gates.json": msgspec.json.format(msgspec.json.encode(verdict)).decode(),
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, text in texts.items():
            _write(Path(folder) / name, text.encode())
        for name, _, image in drawn:
            _write(Path(folder) / "figures" / f"{name}.png", image)
        registry.call(registry.client.log_artifacts, version.run_id, folder)
    described = f"{headline(verdict)}\n\nThe whole card: `card/card.html` of the run."
    registry.call(
        registry.client.update_model_version,
        version.name,
        version.number,
        description=described[:_LONGEST_DESCRIPTION],
    )


def headline(verdict: Verdict) -> str:
    """Return the verdict in a sentence, with every reason."""
    said = "passed" if verdict.passed else "refused"
    return f"**Gates: {said}.** {verdict.reason}"


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
