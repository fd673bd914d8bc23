from __future__ import annotations

import io

import matplotlib.image
import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from ml.bundle import LoadedModel
from ml.bundle.evaluation import LearningPoint
from ml.training.plots import figures
from tests import toy
from tests.unit.ml.learning import toy_content

EXPECTED = {
    "roc",
    "precision_recall",
    "calibration",
    "decision_curve",
    "subgroups",
    "shap_summary",
    "learning_curve",
}


@pytest.fixture(scope="module")
def drawn() -> dict[str, tuple[str, bytes]]:
    content = toy_content()
    curve = tuple(
        LearningPoint(rows=n, training=0.3 - 10 / n, validation=0.4 + 10 / n) for n in (100, 1000)
    )
    evaluation = msgspec.structs.replace(content.evaluation, learning=curve)
    model = LoadedModel(content, "")
    records = toy.generate(150, 3).select([column.name for column in toy.problem.inputs])
    moved = model.explain(records.to_pylist()).contributions
    made = figures(toy.problem, content.metrics, evaluation, (records, moved))
    return {name: (caption, image) for name, caption, image in made}


def test_there_is_a_figure_for_every_finding(drawn: dict[str, tuple[str, bytes]]) -> None:
    assert drawn.keys() == EXPECTED
    assert len({caption for caption, _ in drawn.values()}) == len(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_figure_is_an_image_with_something_on_it(
    drawn: dict[str, tuple[str, bytes]], name: str
) -> None:
    pixels = matplotlib.image.imread(io.BytesIO(drawn[name][1]), format="png")
    height, width = pixels.shape[:2]
    assert 300 < height < 2000
    assert 500 < width < 1500
    inked: NDArray[np.bool_] = np.any(pixels[:, :, :3] < 0.95, axis=2)
    assert 0.005 < inked.mean() < 0.5
    assert not inked[:3].any()  # nothing is cut off at an edge
    assert not inked[-3:].any()
    assert not inked[:, :3].any()
    assert not inked[:, -3:].any()


def test_equal_findings_give_equal_figures(drawn: dict[str, tuple[str, bytes]]) -> None:
    content = toy_content()
    records = toy.generate(150, 3).select([column.name for column in toy.problem.inputs])
    moved = np.zeros((150, len(toy.problem.inputs)))
    made = figures(toy.problem, content.metrics, content.evaluation, (records, moved))
    again = {name: image for name, _, image in made}
    assert again["roc"] == drawn["roc"][1]
    assert again["shap_summary"] != drawn["shap_summary"][1]
    assert "learning_curve" not in again
