from __future__ import annotations

import msgspec
import numpy as np

from ml.bundle import Evaluation, LoadedModel
from ml.bundle.evaluation import Spread
from ml.monitoring.predictions import predictions
from ml.problems import find
from ml.problems.monitoring import Monitoring
from tests import toy
from tests.unit.ml.learning import learn_from, prepare, toy_content

POLICY = Monitoring()


def model() -> LoadedModel:
    return LoadedModel(toy_content(), "d" * 64)


def risks(seed: int) -> np.ndarray:
    return model().predict_table(toy.generate(1500, seed))


def both(risk: np.ndarray) -> np.ndarray:
    return np.column_stack([1 - risk, risk])


def test_the_bundle_knows_how_its_risks_are_spread() -> None:
    spread = model().evaluation.risks["yes"]
    assert len(spread.counts) == len(spread.edges) + 1
    assert sum(spread.counts) == toy_content().rows["test"]
    assert 0 < spread.mean < 1


def test_the_same_kind_of_patients_gets_the_same_kind_of_risks() -> None:
    (found,) = predictions(model(), both(risks(9)), POLICY)
    assert found.name == "yes"
    assert not found.risks.drifted
    assert abs(found.mean_before - found.mean_now) < 0.05


def test_risks_that_have_all_risen_have_drifted() -> None:
    (found,) = predictions(model(), both((risks(9) + 0.3).clip(0, 1)), POLICY)
    assert found.risks.drifted
    assert found.mean_now > found.mean_before + 0.2


def test_of_several_classes_each_has_its_risks_and_its_share() -> None:
    even = Spread(edges=(0.3, 0.4), counts=(100, 100, 100), mean=1 / 3, share=1 / 3)
    problem = find("triage")
    names = tuple(problem.target.classes)
    learned = learn_from(problem, prepare(problem, 600, 1), 1, "synthetic")
    several = msgspec.structs.replace(
        learned, evaluation=Evaluation(risks=dict.fromkeys(names, even))
    )
    said = np.random.default_rng(1).dirichlet([1] * (len(names) - 1) + [30], 500)
    found = predictions(LoadedModel(several, "d" * 64), said, POLICY)
    assert [each.name for each in found] == list(names)
    assert found[-1].share_now > 0.95
    assert all(each.risks.drifted for each in found)


def test_an_older_bundle_has_no_reference_and_nothing_said_is_nothing_found() -> None:
    old = msgspec.structs.replace(toy_content(), evaluation=Evaluation())
    assert predictions(LoadedModel(old, "d" * 64), both(risks(9)), POLICY) == ()
    assert predictions(model(), np.empty((0, 2)), POLICY) == ()
