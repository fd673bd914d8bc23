from __future__ import annotations

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from ml.bundle import Evaluation
from ml.problems.contract import Category
from ml.problems.gates import Gates
from ml.training.evaluation import Bootstrap, Scored, examine
from ml.training.evaluation.curves import class_evaluation
from ml.training.evaluation.membership import members
from tests import toy

ROWS = 3000
DRAWN = np.random.default_rng(5)
RISK = DRAWN.beta(2, 8, ROWS)
POSITIVE = DRAWN.random(ROWS) < RISK
ALONE = np.arange(ROWS).astype(np.str_)
RECORDS = toy.generate(ROWS, 5)
BOOTSTRAP = Bootstrap(ALONE, POSITIVE.astype(np.int64), 40, 1)


def scored(risk: np.ndarray[tuple[int], np.dtype[np.float64]] = RISK) -> Scored:
    probabilities = np.column_stack([1 - risk, risk])
    return Scored(RECORDS, POSITIVE.astype(np.int64), probabilities, ALONE)


@pytest.fixture(scope="module")
def found() -> Evaluation:
    return examine(toy.problem, scored(), 40, 1)


def test_curves_run_from_corner_to_corner_and_fit_their_metric() -> None:
    found = class_evaluation(POSITIVE, RISK, toy.problem.bands, BOOTSTRAP)
    assert (found.roc.x[0], found.roc.y[0]) == (0, 0)
    assert (found.roc.x[-1], found.roc.y[-1]) == (1, 1)
    assert list(found.roc.y) == sorted(found.roc.y)
    from sklearn.metrics import average_precision_score, roc_auc_score  # noqa: PLC0415 - slow

    area = np.trapezoid(found.roc.y, found.roc.x)
    assert area == pytest.approx(roc_auc_score(POSITIVE, RISK), abs=0.01)
    line = found.precision_recall
    assert line.y[-1] == pytest.approx(POSITIVE.mean(), abs=1e-4)
    area = np.trapezoid(line.y, line.x)
    assert area == pytest.approx(average_precision_score(POSITIVE, RISK), abs=0.02)


def test_the_tenths_of_calibrated_risks_lie_within_their_intervals(found: Evaluation) -> None:
    bins = found.classes["yes"].calibration
    assert sum(each.rows for each in bins) == ROWS
    assert [each.risk for each in bins] == sorted(each.risk for each in bins)
    inside = [each.rate.low <= each.risk <= each.rate.high for each in bins]
    assert sum(inside) >= 8


def test_net_benefit_is_what_the_formula_says(found: Evaluation) -> None:
    for point in found.classes["yes"].decision:
        acted = point.threshold <= RISK
        odds = point.threshold / (1 - point.threshold)
        expected = ((acted & POSITIVE).sum() - odds * (acted & ~POSITIVE).sum()) / ROWS
        assert point.model.value == pytest.approx(expected)
        rate = POSITIVE.mean()
        assert point.everybody == pytest.approx(rate - odds * (1 - rate))


def test_operating_points_are_those_of_bands_and_shares(found: Evaluation) -> None:
    high, *shares = found.classes["yes"].operating_points
    assert (high.label.en, high.threshold) == ("high or above", 0.3)
    acted = RISK >= 0.3
    assert high.values["precision"].value == pytest.approx(POSITIVE[acted].mean())
    assert high.values["recall"].value == pytest.approx(acted[POSITIVE].mean())
    assert high.values["specificity"].value == pytest.approx((~acted)[~POSITIVE].mean())
    alerts = [point.values["alerts_per_100"].value for point in shares]
    assert alerts == pytest.approx([5, 10, 20, 30], abs=0.1)


def test_every_row_is_in_one_group_of_each_column() -> None:
    for column in ("colour", "age", "reason"):
        groups = [group for group in members(toy.problem, RECORDS) if group.column == column]
        rows = np.sort(np.concatenate([group.rows for group in groups]))
        assert np.array_equal(rows, np.arange(ROWS)), column
        assert len({group.label.en for group in groups}) == len(groups)


def test_groups_are_named_for_a_person() -> None:
    labels = {(group.column, group.label.en) for group in members(toy.problem, RECORDS)}
    assert labels == {
        *(("colour", name) for name in ("red", "green", "blue", "not known")),
        *(("age", name) for name in ("18 to below 40", "40 to below 65", "from 65")),
        *(("reason", name) for name in ("sugar or heart", "other", "not known")),
    }


def test_a_number_below_all_bands_is_other_and_a_text_for_missing_is_not_known() -> None:
    two = RECORDS.slice(0, 2)
    for name, values in (("age", ["3", "40"]), ("colour", ["?", None])):
        column = pa.array(values, pa.string())
        two = two.set_column(two.column_names.index(name), name, column)
    labels = {(g.column, g.label.en): g.rows.tolist() for g in members(toy.problem, two)}
    assert labels[("age", "other")] == [0]
    assert labels[("age", "40 to below 65")] == [1]
    assert labels[("colour", "not known")] == [0, 1]


def test_the_figures_of_a_group_are_those_of_its_rows(found: Evaluation) -> None:
    red = next(g for g in found.subgroups if (g.column, g.label.en) == ("colour", "red"))
    rows = np.array(RECORDS["colour"].to_pylist()) == "red"
    assert red.rows == rows.sum()
    assert red.metrics["rate"].value == pytest.approx(POSITIVE[rows].mean())
    assert red.metrics["risk"].value == pytest.approx(RISK[rows].mean())
    assert red.metrics["gap"].value == pytest.approx(RISK[rows].mean() - POSITIVE[rows].mean())
    alone = class_evaluation(
        POSITIVE[rows], RISK[rows], toy.problem.bands, BOOTSTRAP.subset(np.flatnonzero(rows))
    )
    assert red.metrics["recall"] == alone.operating_points[0].values["recall"]


def test_small_groups_show_neither_figures_nor_their_size() -> None:
    strict = msgspec.structs.replace(toy.problem, gates=Gates(subgroup_rows=700))
    found = examine(strict, scored(), 20, 1)
    small = [group for group in found.subgroups if group.label.en in {"blue", "not known"}]
    assert len(small) == 3
    assert all(group.rows is None and group.metrics == {} for group in small)
    shown = {gap.highest.en for gap in found.gaps} | {gap.lowest.en for gap in found.gaps}
    assert not shown & {"blue", "not known"}


def test_a_group_that_is_served_worse_shows_in_the_gaps() -> None:
    blue = np.array(RECORDS["colour"].to_pylist()) == "blue"
    risk = np.where(blue, np.clip(0.6 - RISK, 0.01, 1), RISK)
    found = examine(toy.problem, scored(risk), 40, 1)
    auroc = next(gap for gap in found.gaps if (gap.column, gap.metric) == ("colour", "auroc"))
    assert auroc.lowest.en == "blue"
    assert auroc.difference.low > 0.1
    gap = next(gap for gap in found.gaps if (gap.column, gap.metric) == ("colour", "gap"))
    assert gap.highest.en == "blue"
    assert gap.difference.low > 0.1


def test_of_several_classes_each_has_its_curves() -> None:
    column = Category(
        name="returned", label=toy.text("Returned"), values={n: toy.text(n) for n in "abc"}
    )
    problem = msgspec.structs.replace(
        toy.problem,
        columns=(*toy.problem.columns[:-1], column),
        target=msgspec.structs.replace(
            toy.problem.target, classes={name: frozenset({name}) for name in "abc"}
        ),
    )
    outcomes = DRAWN.integers(0, 3, ROWS)
    probabilities = DRAWN.dirichlet([1, 1, 1], ROWS)
    found = examine(problem, Scored(RECORDS, outcomes, probabilities, ALONE), 20, 1)
    assert list(found.classes) == ["a", "b", "c"]
    assert all(g.metrics["auroc"].value == pytest.approx(0.5, abs=0.1) for g in found.subgroups)


def test_findings_survive_the_way_through_a_bundle(found: Evaluation) -> None:
    assert msgspec.json.decode(msgspec.json.encode(found), type=Evaluation) == found
