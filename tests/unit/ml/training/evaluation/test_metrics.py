from __future__ import annotations

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import metrics as sklearn

from ml.training.evaluation import METRICS, Bootstrap, differences, measure
from ml.training.evaluation.metrics import HIGHER_IS_BETTER, TITLES, Measures
from tests import toy
from tests.unit.ml import several

DRAWN = np.random.default_rng(2)
RISK = np.round(DRAWN.beta(1, 6, 4000), 3)  # with ties
OUTCOMES = (DRAWN.random(4000) < RISK).astype(np.int64)
ALONE = np.arange(4000).astype(np.str_)
ONES = np.ones((1, 4000))


def binary(risk: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack([1 - risk, risk])


PROBABILITIES = binary(RISK)


def values(outcomes: NDArray[np.int64], risk: NDArray[np.float64]) -> dict[str, float]:
    found = Measures(outcomes, binary(risk))(np.ones((1, len(outcomes))))
    return dict(zip(METRICS, found[0].tolist(), strict=True))


def test_on_the_whole_data_every_metric_is_the_librarys() -> None:
    found = measure(OUTCOMES, PROBABILITIES, ALONE, 20, 1)
    assert tuple(found) == METRICS
    assert found["auroc"].value == pytest.approx(sklearn.roc_auc_score(OUTCOMES, RISK))
    assert found["auprc"].value == pytest.approx(sklearn.average_precision_score(OUTCOMES, RISK))
    assert found["brier"].value == pytest.approx(sklearn.brier_score_loss(OUTCOMES, RISK))
    assert found["log_loss"].value == pytest.approx(sklearn.log_loss(OUTCOMES, PROBABILITIES))


def test_a_weight_counts_a_row_as_often() -> None:
    weights = DRAWN.integers(0, 4, 4000)
    rows = np.repeat(np.arange(4000), weights)
    weighted = Measures(OUTCOMES, PROBABILITIES)(weights[None].astype(np.float64))[0]
    repeated = values(OUTCOMES[rows], RISK[rows])
    for name, value in zip(METRICS, weighted, strict=True):
        if name != "ece_mass":  # its bins are those of the whole data, whatever the weights
            assert value == pytest.approx(repeated[name]), name


def test_skill_is_none_for_who_tells_all_the_mean_and_one_for_who_knows() -> None:
    rate = np.full(4000, OUTCOMES.mean())
    assert values(OUTCOMES, rate)["brier_skill"] == pytest.approx(0)
    assert values(OUTCOMES, OUTCOMES.astype(np.float64))["brier_skill"] == 1


def test_of_several_classes_metrics_are_means_over_each_against_the_rest() -> None:
    outcomes = DRAWN.integers(0, 3, 600)
    probabilities = DRAWN.dirichlet([2, 2, 2], 600)
    probabilities[np.arange(600), outcomes] += 0.5
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    found = Measures(outcomes, probabilities)(np.ones((1, 600)))[0]
    by_name = dict(zip(METRICS, found.tolist(), strict=True))
    expected = sklearn.roc_auc_score(outcomes, probabilities, multi_class="ovr")
    assert by_name["auroc"] == pytest.approx(expected)
    assert by_name["log_loss"] == pytest.approx(sklearn.log_loss(outcomes, probabilities))
    against_rest = [(outcomes == k, probabilities[:, k]) for k in range(3)]
    briers = [sklearn.brier_score_loss(y, p) for y, p in against_rest]
    assert by_name["brier"] == pytest.approx(np.mean(briers))


def test_decisions_are_told_only_where_it_is_declared_which_class_is_predicted() -> None:
    target = msgspec.structs.replace(toy.problem.target, threshold=0.3)
    names = (*METRICS, "accuracy", "sensitivity", "specificity")
    assert tuple(measure(OUTCOMES, PROBABILITIES, ALONE, 20, 1, target)) == names
    assert tuple(measure(OUTCOMES, PROBABILITIES, ALONE, 20, 1, toy.problem.target)) == METRICS
    found = {n: i.value for n, i in measure(OUTCOMES, PROBABILITIES, ALONE, 20, 1, target).items()}
    called = (PROBABILITIES[:, 1] >= 0.3).astype(np.int64)
    assert found["accuracy"] == pytest.approx(sklearn.accuracy_score(OUTCOMES, called))
    assert found["sensitivity"] == pytest.approx(sklearn.recall_score(OUTCOMES, called))
    expected = sklearn.recall_score(OUTCOMES, called, pos_label=0)
    assert found["specificity"] == pytest.approx(expected)


def test_of_several_classes_the_most_probable_is_right_or_wrong() -> None:
    outcomes = DRAWN.integers(0, 3, 600)
    probabilities = DRAWN.dirichlet([2, 2, 2], 600)
    measures = Measures(outcomes, probabilities, several.TARGET)
    found = dict(zip(measures.names, measures(np.ones((1, 600)))[0].tolist(), strict=True))
    likely = probabilities.argmax(axis=1)
    assert found["accuracy"] == pytest.approx(sklearn.accuracy_score(outcomes, likely))
    macro = sklearn.recall_score(outcomes, likely, average="macro")
    assert found["sensitivity"] == pytest.approx(macro)


def test_a_metric_that_has_no_value_is_left_out() -> None:
    found = measure(OUTCOMES, binary(np.full(4000, 0.5)), ALONE, 20, 1)
    assert set(METRICS) - set(found) == {"calibration_slope"}
    assert found["auroc"].value == 0.5


def test_the_interval_holds_the_value() -> None:
    for name, interval in measure(OUTCOMES, PROBABILITIES, ALONE, 100, 1).items():
        if not name.startswith("ece"):  # resampling can only add to a calibration error
            assert interval.low < interval.value < interval.high, name
        assert interval.low < interval.high, name


def test_the_interval_widens_where_rows_of_a_patient_go_together() -> None:
    """Each of 400 patients ten times over: as much data as 400 rows, not as 4,000."""
    outcomes, probabilities = OUTCOMES[:400].repeat(10), PROBABILITIES[:400].repeat(10, axis=0)
    patients = np.arange(400).astype(np.str_).repeat(10)
    together = measure(outcomes, probabilities, patients, 100, 1)["auroc"]
    apart = measure(outcomes, probabilities, ALONE, 100, 1)["auroc"]
    assert together.value == apart.value
    assert together.high - together.low > 2 * (apart.high - apart.low)


def test_the_interval_is_repeatable_by_its_seed() -> None:
    first = measure(OUTCOMES, PROBABILITIES, ALONE, 20, 1)
    assert measure(OUTCOMES, PROBABILITIES, ALONE, 20, 1) == first
    assert measure(OUTCOMES, PROBABILITIES, ALONE, 20, 2) != first


def test_paired_differences_are_far_narrower_than_the_metrics_themselves() -> None:
    noisy = np.clip(RISK + DRAWN.normal(0, 0.01, 4000), 0.001, 0.999)
    bootstrap = Bootstrap(ALONE, OUTCOMES, 100, 1)
    apart = differences(bootstrap, OUTCOMES, binary(noisy), PROBABILITIES)["auroc"]
    alone = measure(OUTCOMES, PROBABILITIES, ALONE, 100, 1)["auroc"]
    assert apart.value == values(OUTCOMES, noisy)["auroc"] - values(OUTCOMES, RISK)["auroc"]
    assert apart.high - apart.low < (alone.high - alone.low) / 5


def test_a_model_does_not_differ_from_itself() -> None:
    bootstrap = Bootstrap(ALONE, OUTCOMES, 20, 1)
    for interval in differences(bootstrap, OUTCOMES, PROBABILITIES, PROBABILITIES).values():
        assert interval.value == interval.low == interval.high == 0


def test_every_metric_that_can_be_compared_is_known() -> None:
    assert HIGHER_IS_BETTER.keys() <= set(TITLES)
