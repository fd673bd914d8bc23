from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from ml.bundle import Interval
from ml.monitoring.policy import Found, decide
from ml.monitoring.report import ClassDrift, Drift, InputDrift, Performance
from ml.problems.monitoring import Monitoring

NOW = datetime(2026, 5, 1, tzinfo=UTC)
POLICY = Monitoring(minimum_predictions=300, drifted_inputs=2, cool_down_days=7)
WELL = Drift(psi=0.01, critical=0.02, drifted=False)
MOVED = Drift(psi=0.6, critical=0.02, drifted=True)


def one_input(name: str, *, drifted: bool) -> InputDrift:
    return InputDrift(
        input=name, known=900, missing_before=0.1, missing_now=0.1, values=WELL, drifted=drifted
    )


def a_class(drift: Drift) -> ClassDrift:
    return ClassDrift(
        name="yes", mean_before=0.1, mean_now=0.1, share_before=0.0, share_now=0.0, risks=drift
    )


def live(version: str = "", **metrics: tuple[float, float, float]) -> Performance:
    told = {
        "auroc": (0.70, 0.66, 0.74),
        "calibration_slope": (1.0, 0.8, 1.2),
        "calibration_intercept": (0.0, -0.2, 0.2),
    } | metrics
    found = {name: Interval(*values) for name, values in told.items()}
    return Performance(version=version, due=900, known=800, metrics=found)


QUIET = Found(
    version="3",
    examined=1000,
    of_version=900,
    inputs=(one_input("a", drifted=False), one_input("b", drifted=True)),
    classes=(a_class(WELL),),
    offline={"auroc": Interval(0.70, 0.68, 0.72)},
    performance=(live(),),
)
INPUTS = (one_input("a", drifted=True), one_input("b", drifted=True))
TROUBLE = QUIET._replace(inputs=INPUTS)


def kinds(found: Found, asked: datetime | None = None) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.kind, each.about) for each in decide(found, POLICY, NOW, asked).findings]


def test_nothing_out_of_bounds_asks_for_nothing() -> None:
    decided = decide(QUIET, POLICY, NOW, None)
    assert (decided.retrain, decided.findings, decided.undecided) == (False, (), ())


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (TROUBLE, [("inputs", ("a", "b"))]),
        (QUIET._replace(classes=(a_class(MOVED),)), [("predictions", ("yes",))]),
        (
            QUIET._replace(performance=(live(auroc=(0.60, 0.55, 0.65)),)),
            [("auroc", ("auroc",))],
        ),
        (
            QUIET._replace(performance=(live(calibration_intercept=(-0.5, -0.7, -0.35)),)),
            [("calibration", ("calibration_intercept",))],
        ),
        (
            QUIET._replace(performance=(live(calibration_slope=(2.0, 1.5, 2.6)),)),
            [("calibration", ("calibration_slope",))],
        ),
    ],
)
def test_each_kind_of_trouble_asks_for_a_training(
    found: Found, expected: list[tuple[str, tuple[str, ...]]]
) -> None:
    assert kinds(found) == expected
    decided = decide(found, POLICY, NOW, None)
    assert decided.retrain
    for each in decided.findings:
        assert each.sentence.en
        assert each.sentence.es != each.sentence.en


def test_an_interval_that_reaches_into_the_bounds_asks_for_nothing() -> None:
    near = live(auroc=(0.60, 0.55, 0.68), calibration_slope=(2.0, 1.3, 2.6))
    assert kinds(QUIET._replace(performance=(near,))) == []


def test_the_version_in_production_is_judged_by_its_own_outcomes_where_there_are_enough() -> None:
    bad = live("3", auroc=(0.5, 0.45, 0.55))
    assert kinds(QUIET._replace(performance=(live(), bad))) == [("auroc", ("auroc",))]
    few = Performance(version="3", due=30, known=10)
    assert kinds(QUIET._replace(performance=(live(), few))) == []


def test_too_little_of_everything_decides_nothing_and_says_so() -> None:
    few = TROUBLE._replace(
        examined=299,
        of_version=299,
        classes=(a_class(MOVED),),
        performance=(Performance(version="", due=3, known=1),),
    )
    decided = decide(few, POLICY, NOW, None)
    assert (decided.retrain, decided.findings) == (False, ())
    assert len(decided.undecided) == 3


def test_no_second_training_is_asked_for_while_the_first_may_still_help() -> None:
    asked = NOW - timedelta(days=6)
    decided = decide(TROUBLE, POLICY, NOW, asked)
    assert not decided.retrain
    assert decided.findings
    assert decided.cooling_since == asked
    later = decide(TROUBLE, POLICY, NOW, NOW - timedelta(days=7))
    assert (later.retrain, later.cooling_since) == (True, None)
    assert decide(QUIET, POLICY, NOW, asked).cooling_since is None
    assert msgspec.json.decode(msgspec.json.encode(decided), type=type(decided)) == decided
