from __future__ import annotations

import re

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from ml.bundle.check import Check
from ml.problems.gates import Bound, Gates
from ml.training.evaluation import measure
from ml.training.gates import Evidence, ask, contributions, judge
from ml.training.gates.comparison import comparison, group_comparison
from ml.training.gates.leak import leak
from ml.training.gates.new_rows import new_rows
from ml.training.gates.performance import bounds, groups
from ml.training.gates.report import gate_table
from ml.training.gates.technical import technical
from tests import toy
from tests.unit.ml.training.gates.judging import (
    DRAWN,
    OLD,
    OUTCOMES,
    PATIENTS,
    RISK,
    ROWS,
    evidence,
    judged,
    loaded,
    records,
)

GOOD = judged(RISK)
NOISY = judged(np.clip(RISK + DRAWN.normal(0, 0.002, ROWS), 0.001, 0.999))
BAD = judged(np.clip(RISK[DRAWN.permutation(ROWS)], 0.001, 0.999))
BLUE = np.array([value == "blue" for value in records()["colour"].to_pylist()])


def by_gate(checks: object) -> dict[str, Check]:
    return {check.gate: check for check in checks}  # type: ignore[attr-defined] # any iterable


def outcomes_of(checks: object) -> dict[str, str]:
    return {gate: check.outcome for gate, check in by_gate(checks).items()}


def with_gates(case: Evidence, **changed: object) -> Evidence:
    gates = msgspec.structs.replace(case.problem.gates, **changed)
    return case._replace(problem=msgspec.structs.replace(case.problem, gates=gates))


@pytest.mark.parametrize(
    ("bound", "value", "held"),
    [
        (Bound(0.1, 0.2), 0.1, True),
        (Bound(0.1, 0.2), 0.2, True),
        (Bound(0.1, 0.2), 0.21, False),
        (Bound(minimum=0.1), 0.09, False),
        (Bound(maximum=0.1), -5, True),
        (Bound(), float("nan"), False),
    ],
)
def test_a_bound_holds_its_ends_and_never_what_is_no_number(
    bound: Bound, value: float, *, held: bool
) -> None:
    assert bound.holds(value) is held


def test_a_model_that_ties_is_not_worse() -> None:
    found = by_gate(comparison(evidence(NOISY, GOOD)))
    assert {check.outcome for check in found.values()} == {"passed"}
    auroc = found["auroc_against_production"]
    assert auroc.interval is not None
    assert auroc.interval.low < 0 < auroc.interval.high
    assert "not worse than production by more than 0.02" in auroc.reason.en
    assert f"on the same {ROWS} rows" in auroc.reason.en


def test_a_better_model_is_said_to_be_better_and_a_worse_one_is_stopped() -> None:
    better = by_gate(comparison(evidence(GOOD, BAD)))
    assert {check.outcome for check in better.values()} == {"passed"}
    assert all("better than production" in check.reason.en for check in better.values())
    worse = by_gate(comparison(evidence(BAD, GOOD)))
    assert {check.outcome for check in worse.values()} == {"failed"}
    assert all(check.reason.en.endswith(": worse than production") for check in worse.values())


def test_not_worse_has_to_be_shown() -> None:
    """A few rows show nothing: chance may hide any difference."""
    case = evidence(NOISY, judged(np.clip(RISK + DRAWN.normal(0, 0.05, ROWS), 0.001, 0.999)))
    some = np.arange(ROWS) < 200
    hidden = np.where(some[:, None], case.candidate.probabilities, np.nan)
    found = by_gate(
        comparison(case._replace(candidate=case.candidate._replace(probabilities=hidden)))
    )
    auroc = found["auroc_against_production"]
    assert auroc.outcome == "failed"
    assert "more test rows would tell" in auroc.reason.en


def test_with_hardly_a_row_nothing_can_be_shown() -> None:
    case = evidence(NOISY, GOOD)
    hidden = np.where(np.arange(ROWS)[:, None] < 12, case.candidate.probabilities, np.nan)
    blank = case._replace(candidate=case.candidate._replace(probabilities=hidden))
    found = by_gate(comparison(blank))
    assert {check.outcome for check in found.values()} == {"failed"}
    assert "the 12 test rows that both models answer are too few" in next(
        check.reason.en for check in found.values()
    )


def test_without_a_model_in_production_there_is_nothing_to_compare_with() -> None:
    case = evidence(GOOD)
    found = [*comparison(case), *group_comparison(case), *new_rows(case)]
    assert {check.outcome for check in found} == {"not applicable"}
    assert {check.reason.en for check in found} == {"there was no model in production"}


def test_rows_that_production_knew_are_compared_by_themselves() -> None:
    """New rows whose outcomes are wrong may hide that a candidate got worse on the others."""
    known = np.arange(ROWS) < ROWS // 2
    candidate = judged(np.where(known, RISK[DRAWN.permutation(ROWS)], OUTCOMES * 0.9 + 0.05))
    found = by_gate(comparison(evidence(candidate, judged(RISK, (OLD,)))))
    assert found["auroc_against_production"].outcome == "passed"
    assert found["auroc_against_production_on_known_rows"].outcome == "failed"
    assert (
        "rows that production knew" in found["log_loss_against_production_on_known_rows"].reason.en
    )


def flipped(share: float) -> NDArray[np.int64]:
    new = np.arange(ROWS) >= ROWS // 2
    wrong = new & (DRAWN.random(ROWS) < share)
    return np.where(wrong, 1 - OUTCOMES, OUTCOMES)


def test_outcomes_of_new_rows_as_before_raise_no_suspicion() -> None:
    found = by_gate(new_rows(evidence(GOOD, judged(RISK, (OLD,)))))
    assert {check.outcome for check in found.values()} == {"passed"}
    assert "in new rows" in found["outcome_rate_of_new_rows"].reason.en


@pytest.mark.parametrize("share", [0.15, 0.3])
def test_flipped_outcomes_of_new_rows_are_suspected(share: float) -> None:
    found = by_gate(new_rows(evidence(GOOD, judged(RISK, (OLD,)), flipped(share))))
    assert found["outcome_rate_of_new_rows"].outcome == "failed"
    assert found["production_on_new_rows"].outcome == "failed"
    assert "a fault in the outcomes is suspected" in found["outcome_rate_of_new_rows"].reason.en


@pytest.mark.parametrize("outcome", [0, 1])
def test_new_rows_with_one_outcome_alone_are_suspected(outcome: int) -> None:
    new = np.arange(ROWS) >= ROWS // 2
    case = evidence(GOOD, judged(RISK, (OLD,)), np.where(new, outcome, OUTCOMES))
    found = outcomes_of(new_rows(case))
    assert found["outcome_rate_of_new_rows"] == "failed"
    assert found["production_on_new_rows"] == "not applicable"


def test_without_new_rows_they_are_not_judged() -> None:
    found = outcomes_of(new_rows(evidence(NOISY, GOOD)))
    assert set(found.values()) == {"not applicable"}


def test_a_bound_stops_and_shows_its_interval() -> None:
    metrics = measure(OUTCOMES, GOOD.probabilities, PATIENTS, 40, 1)
    gates = Gates(bounds={"auroc": Bound(minimum=0.99), "brier": Bound(maximum=0.5)})
    found = by_gate(bounds(gates, metrics))
    assert outcomes_of(found.values()) == {"auroc": "failed", "brier": "passed"}
    assert found["auroc"].interval == metrics["auroc"]
    assert found["auroc"].reason.en == f"AUROC {metrics['auroc'].value:.4f}, not at least 0.99"


def test_a_bounded_metric_without_a_value_stops() -> None:
    gates = Gates(bounds={"calibration_slope": Bound(0.8, 1.2)})
    (check,) = bounds(gates, {})
    assert check.outcome == "failed"
    assert "cannot be computed" in check.reason.en


def test_uncalibrated_risks_are_stopped() -> None:
    odds = (RISK / (1 - RISK)) ** 0.4
    metrics = measure(OUTCOMES, judged(odds / (1 + odds)).probabilities, PATIENTS, 40, 1)
    found = outcomes_of(bounds(toy.problem.gates, metrics))
    assert found["calibration_slope"] == found["calibration_intercept"] == "failed"
    assert found["ece_mass"] == "failed"


def test_a_group_that_is_not_ranked_is_stopped_by_its_name() -> None:
    case = evidence(judged(np.where(BLUE, np.clip(0.5 - RISK, 0.01, 1), RISK)), GOOD)
    found = by_gate([*groups(case), *group_comparison(case)])
    assert set(outcomes_of(found.values()).values()) == {"failed"}
    assert all("Colour: blue" in check.reason.en for check in found.values())


def test_groups_that_do_well_pass_and_the_lowest_is_told() -> None:
    case = evidence(NOISY, GOOD)
    found = by_gate([*groups(case), *group_comparison(case)])
    assert set(outcomes_of(found.values()).values()) == {"passed"}
    assert found["subgroup_auroc"].reason.en.startswith("no group's AUROC lies below 0.5")


def test_without_groups_of_size_nothing_is_said_of_them() -> None:
    case = with_gates(evidence(NOISY, GOOD), subgroup_rows=ROWS + 1)
    found = outcomes_of([*groups(case), *group_comparison(case)])
    assert set(found.values()) == {"not applicable"}


def test_a_model_too_good_to_be_true_is_a_suspected_leak() -> None:
    case = with_gates(evidence(GOOD), suspect_auroc=0.6, suspect_share=0.5)
    explained = np.tile([0.1, 0.0, 5.0, 0.1, 0.1], (10, 1))
    metrics = measure(OUTCOMES, GOOD.probabilities, PATIENTS, 40, 1)
    found = by_gate(leak(case, metrics, explained))
    assert set(outcomes_of(found.values()).values()) == {"failed"}
    assert found["suspect_share"].reason.en.startswith("Days alone accounts for 94%")
    fair = by_gate(leak(with_gates(case, suspect_auroc=0.99), metrics, np.ones((10, 5))))
    assert set(outcomes_of(fair.values()).values()) == {"passed"}


def test_a_model_as_it_is_served_passes_every_technical_gate() -> None:
    model = loaded()
    candidate = ask(model, records())
    told = measure(OUTCOMES, candidate.probabilities, PATIENTS, 20, 1)
    served = judged(candidate.probabilities[:, 1])
    assert msgspec.to_builtins(told) == served.model.info["metrics"]
    found = by_gate(technical(evidence(served)))
    assert set(outcomes_of(found.values()).values()) == {"passed"}
    assert found["parity"].measured is not None
    assert found["parity"].measured <= 1e-9


def test_other_answers_than_those_of_training_are_stopped() -> None:
    found = outcomes_of(
        technical(evidence(judged(ask(loaded(), records()).probabilities[:, 1] + 1e-6)))
    )
    assert found["parity"] == "failed"
    told = judged(RISK)
    told.model.info["metrics"]["brier"]["value"] += 1e-3
    assert outcomes_of(technical(evidence(told)))["metrics_repeated"] == "failed"


def test_a_large_slow_or_undescribed_bundle_is_stopped() -> None:
    case = with_gates(evidence(GOOD), latency_milliseconds=1e-6, bundle_megabytes=0.5)
    found = by_gate(technical(case._replace(package=case.package._replace(signature=None))))
    assert found["latency"].outcome == found["bundle_size"].outcome == "failed"
    assert found["signature"].reason.en == "the registry has no signature for this version"
    other = case._replace(package=case.package._replace(signature=("a",)))
    assert outcomes_of(technical(other))["signature"] == "failed"


def test_another_split_may_have_shown_the_test_rows() -> None:
    case = evidence(GOOD)
    test = case.test
    moved = msgspec.structs.replace(test.transformation, split_salt="other")
    found = by_gate(technical(case._replace(test=test._replace(transformation=moved))))
    assert found["split"].outcome == "failed"
    assert "may have learned from test rows" in found["split"].reason.en


def test_rows_that_have_come_since_are_no_fault() -> None:
    case = evidence(GOOD)
    later = msgspec.structs.replace(case.test.transformation, data_hash="x", feature_map_digest="y")
    found = outcomes_of(technical(case._replace(test=case.test._replace(transformation=later))))
    assert found["parity"] == found["metrics_repeated"] == "not applicable"


def test_a_record_that_a_contract_refuses_gets_no_answer_and_the_others_do() -> None:
    some = records().slice(0, 5).to_pylist()
    some[2]["age"] = "twelve"
    import pyarrow as pa  # noqa: PLC0415 - for this test alone

    answers = ask(loaded(), pa.Table.from_pylist(some)).probabilities
    assert np.isnan(answers[2]).all()
    assert np.isfinite(answers[[0, 1, 3, 4]]).all()
    nothing = ask(loaded(), pa.Table.from_pylist([some[2]])).probabilities
    assert np.isnan(nothing).all()


def test_a_candidate_without_an_answer_is_stopped_before_anything_else() -> None:
    case = evidence(GOOD)
    hole = case.candidate.probabilities.copy()
    hole[3] = np.nan
    blank = case._replace(candidate=case.candidate._replace(probabilities=hole))
    assert outcomes_of(judge(blank, np.ones((3, 5)))) == {"answers": "failed"}


def test_what_says_something_about_patients_does_not_bind_synthetic_data() -> None:
    case = with_gates(evidence(GOOD, BAD), suspect_auroc=0.51)
    explained = contributions(case)
    assert outcomes_of(judge(case, explained))["suspect_auroc"] == "failed"
    case.candidate.model.data = "synthetic"
    found = outcomes_of(judge(case, explained))
    case.candidate.model.data = "real"
    assert found["suspect_auroc"] == "not binding"
    assert found["auroc_against_production"] == "passed"


def test_the_table_has_a_line_for_every_gate_with_its_figures() -> None:
    case = evidence(NOISY, GOOD)
    checks = judge(case, contributions(case))
    lines = gate_table(checks).en.splitlines()
    assert len(lines) == len(checks) + 2
    assert len({check.gate for check in checks}) == len(checks)
    assert (
        "| auroc against production | -" in lines[2] or "| auroc against production | " in lines[2]
    )
    assert "at least -0.02" in lines[2]


def test_every_reason_is_in_both_languages_with_the_same_figures() -> None:
    case = evidence(NOISY, BAD)
    checks = [*judge(case, contributions(case)), *judge(evidence(BAD, GOOD), contributions(case))]
    checks += judge(evidence(GOOD), contributions(case))
    for check in checks:
        told = check.reason
        assert told.en != told.es, check.gate
        assert not re.search(r"\d\.\d", told.es), told.es
        assert re.findall(r"\d", told.en) == re.findall(r"\d", told.es), check.gate
    lines = gate_table(checks).es.splitlines()
    assert "como mínimo -0,02" in lines[2]
