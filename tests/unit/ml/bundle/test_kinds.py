"""Members of a model: how their margins add up, and which of them are refused."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from ml.bundle import Ensemble, Grown, Linear, LoadedModel, Model, Term, load, write
from ml.bundle.linear import LinearMargins
from ml.errors import BundleInvalid
from tests.unit.ml.learning import toy_content

LINEAR = Linear(
    intercept=-1.0,
    terms=(
        Term(slope=2.0, unknown=0.25, mean=0.5),
        Term(steps=(0.1, 0.2, 0.4), unknown=-0.3, mean=0.15),
    ),
)


@pytest.mark.parametrize(
    ("row", "margin"),
    [
        ([1.5, 0.0], -1 + 3 + 0.1),
        ([-1.5, 2.0], -1 - 3 + 0.4),
        ([np.nan, 1.0], -1 + 0.25 + 0.2),
        ([0.0, np.nan], -1 - 0.3),
        ([0.0, 3.0], -1 - 0.3),  # a code that no training row had
        ([0.0, -1.0], -1 - 0.3),
        ([0.0, 1e300], -1 - 0.3),
    ],
)
def test_a_linear_margin_is_the_sum_of_its_terms(row: list[float], margin: float) -> None:
    found = LinearMargins(LINEAR)
    matrix = np.array([row])
    assert found.margins(matrix).tolist() == [pytest.approx(margin)]
    shap = found.shap(matrix)
    assert shap.sum() == pytest.approx(margin)
    assert shap[0, -1] == pytest.approx(-1 + 0.5 + 0.15)


def test_no_rows_give_no_margins() -> None:
    assert LinearMargins(LINEAR).margins(np.empty((0, 2))).shape == (0,)


def test_members_are_weighted_and_added() -> None:
    content = toy_content()
    linear = Linear(intercept=0.5, terms=plain_terms(), weight=0.25)
    model = Model(members=(Grown(file="trees_1.ubj", weight=0.75), linear), intercept=0.1)
    mixed = Ensemble(model, content.boosters, content.features)
    alone = Ensemble(content.model, content.boosters, content.features)
    matrix = np.zeros((3, len(content.features.names)))
    expected = 0.1 + 0.75 * alone.margins(matrix) + 0.25 * 0.5
    assert np.allclose(mixed.margins(matrix), expected, atol=1e-12)
    assert np.allclose(mixed.shap(matrix).sum(axis=1), expected, atol=1e-5)


def plain_terms() -> tuple[Term, ...]:
    """Terms of the right kinds that add nothing."""
    return tuple(
        Term(steps=(0.0,)) if kind == "c" else Term() for kind in toy_content().features.kinds
    )


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Model(members=()), "has no members"),
        (Model(members=(LINEAR,)), "terms are not those of the bundle's feature map"),
    ],
)
def test_a_model_that_cannot_be_asked_is_refused(model: Model, message: str) -> None:
    content = msgspec.structs.replace(toy_content(), model=model)
    with pytest.raises(BundleInvalid, match=message):
        LoadedModel(content, "")


@pytest.mark.parametrize(
    ("names", "boosters"),
    [
        (["trees_1.ubj", "trees_2.ubj"], ["trees_1.ubj"]),
        (["trees_1.ubj"], ["trees_1.ubj", "trees_2.ubj"]),
        (["card.md"], ["trees_1.ubj"]),
    ],
)
def test_the_model_and_the_files_must_name_the_same(
    names: list[str], boosters: list[str], tmp_path: Any
) -> None:
    content = toy_content()
    altered = msgspec.structs.replace(
        content,
        model=Model(members=tuple(Grown(file=name) for name in names)),
        boosters=dict.fromkeys(boosters, content.boosters["trees_1.ubj"]),
    )
    write(altered, tmp_path / "bundle")
    with pytest.raises(BundleInvalid, match="the bundle's model names the files"):
        load(tmp_path / "bundle")
