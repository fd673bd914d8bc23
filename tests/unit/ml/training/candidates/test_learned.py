from __future__ import annotations

import msgspec
import numpy as np
import pytest
from sklearn.metrics import log_loss

from ml.bundle import Content, Grown, LoadedModel, load, write
from ml.training.candidates import Part, Recipe, follow, mix
from tests import toy
from tests.unit.ml.learning import Prepared, learn, prepare
from tests.unit.ml.training.candidates.test_boosted import PARAMETERS

PARTS = {
    "logistic_regression": Part(kind="logistic_regression", parameters={"inverse_penalty": 0.1}),
    "random_forest": Part(kind="random_forest", parameters=toy.problem.forest),
    "xgboost": Part(kind="xgboost", parameters={**PARAMETERS, "rounds": 30}),
}
RECIPES: dict[str, Recipe] = {
    **{name: (part,) for name, part in PARTS.items()},
    "ensemble": tuple(PARTS.values()),
}


@pytest.fixture(scope="module")
def prepared() -> Prepared:
    return prepare(toy.problem, 2000, 1)


@pytest.fixture(scope="module", params=RECIPES)
def content(request: pytest.FixtureRequest) -> Content:
    return learn(toy.problem, 2000, recipe=RECIPES[request.param])


def records() -> list[dict[str, str]]:
    names = [column.name for column in toy.problem.inputs]
    rows = toy.generate(300, 5).select(names).to_pylist()
    kept = np.random.default_rng(1).random((len(rows), len(names))) < 0.7
    return [
        {n: row[n] for n, keep in zip(names, keeps, strict=True) if keep and row[n]}
        for row, keeps in zip(rows, kept, strict=True)
    ]


def test_every_kind_survives_being_written(
    content: Content, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("bundle") / "bundle"
    digest = write(content, folder)
    before, after = LoadedModel(content, ""), load(folder, expected_digest=digest)
    assert before.predict(records()).risk.tobytes() == after.predict(records()).risk.tobytes()
    boosters = {path.name for path in folder.glob("*.ubj")}
    assert boosters == set(content.model.files)


def test_a_record_gets_equal_bits_alone_and_among_others(content: Content) -> None:
    model = LoadedModel(content, "")
    alone = [model.predict([record]).risk[0] for record in records()]
    assert model.predict(records()).risk.tolist() == alone


def test_explanations_of_every_kind_add_up(content: Content) -> None:
    found = LoadedModel(content, "").explain(records())
    totals = found.base + found.contributions.sum(axis=1)
    assert np.abs(totals - found.log_odds).max() < 1e-9
    assert np.abs(found.contributions).max() > 0.1


def test_the_lineage_says_what_was_learned_how(content: Content) -> None:
    lineage = content.lineage
    kinds = [member.__struct_config__.tag for member in content.model.members]
    if lineage["algorithm"] == "ensemble":
        assert kinds == ["linear", "trees", "trees"]
        assert lineage["parameters"]["3.xgboost.eta"] == PARAMETERS["eta"]
    else:
        assert len(kinds) == 1
        assert lineage["parameters"] == PARTS[lineage["algorithm"]].parameters


def test_an_ensemble_is_the_mean_of_its_members_log_odds(prepared: Prepared) -> None:
    lesson, matrix = prepared.lesson(1, 2), prepared.parts["test"].matrix
    members = [follow((part,), lesson) for part in PARTS.values()]
    mean = np.mean(
        [
            one.calibrator.log_odds(one.scorer(lesson.feature_map).ensemble.margins(matrix))
            for one in members
        ],
        axis=0,
    )
    mixed = mix(members, lesson)
    assert np.allclose(mixed.scorer(lesson.feature_map).ensemble.margins(matrix), mean, atol=1e-12)
    weights = [member.weight for member in mixed.model.members]
    assert weights == pytest.approx([one.calibrator.slope / 3 for one in members])


def test_following_a_recipe_twice_gives_the_same(prepared: Prepared) -> None:
    recipe = RECIPES["ensemble"]
    assert follow(recipe, prepared.lesson(1, 1)) == follow(recipe, prepared.lesson(1, 2))


def test_a_recipe_is_data(prepared: Prepared) -> None:
    recipe = RECIPES["ensemble"]
    assert msgspec.convert(msgspec.to_builtins(recipe), Recipe) == recipe


def test_the_log_loss_is_of_the_validation_part(prepared: Prepared) -> None:
    lesson, rows = prepared.lesson(1, 2), prepared.parts["validation"]
    learned = follow(RECIPES["xgboost"], lesson)
    risk = learned.scorer(lesson.feature_map).probabilities(rows.matrix)[:, -1]
    # Crossed by patients, so that it is a little higher than on the very rows fitted.
    assert learned.log_loss == pytest.approx(log_loss(rows.outcomes, risk), abs=0.01)
    assert any(isinstance(member, Grown) for member in learned.model.members)
