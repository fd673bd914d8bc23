"""The pages of a problem of more than two classes, without risk bands."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from streamlit.testing.v1 import AppTest

from ml import problems
from ml.problems.text import Text
from tests.unit.ui.loopback import EVALUATION, INTERVAL, PREDICTION, Loopback
from ui import lists
from ui.answers import Model
from ui.answers.batch import Result, ScoredRow
from ui.classes import of_hundred

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

SHARES = {"home": 0.254, "ward": 0.619, "elsewhere": 0.127}
PATH = "/models/third"
WARD = {"name": "ward", "label": {"en": "Stays", "es": "Se queda"}}
JUDGED = {"predictions": 40, "mean_risk": 0.6, "rate": 0.5, "low": 0.35, "high": 0.65}
ACTIVITY: dict[str, Any] = {
    "days": 30,
    "predictions": 40,
    "by_day": [{"day": "2026-11-20", "predictions": 40, "mean_risk": 0.6, "mean_missing": 1.0}],
    "by_band": {},
    "by_predicted": {"ward": 30, "home": 10},
    "missing": {},
    "feedback": {},
    "outcomes": JUDGED,
    "outcomes_by_band": {},
    "outcomes_by_predicted": {"ward": JUDGED},
    "auroc": None,
    "brier": None,
}
DRIFT = {"psi": 0.31, "drifted": True}
REPORT: dict[str, Any] = {
    "version": "3",
    "since": "2026-10-21T08:00:00Z",
    "until": "2026-11-20T08:00:00Z",
    "examined": 40,
    "inputs": [
        {
            "input": "nights",
            "missing_before": 0.0,
            "missing_now": 0.25,
            "values": DRIFT,
            "drifted": True,
        },
        {
            "input": "cause",
            "missing_before": 0.5,
            "missing_now": 0.5,
            "values": None,
            "drifted": False,
        },
    ],
    "classes": [
        {"name": "ward", "mean_before": 0.4, "mean_now": 0.6, "risks": DRIFT | {"drifted": False}}
    ],
    "offline": {"auroc": INTERVAL},
    "performance": [{"version": "", "due": 50, "known": 40, "metrics": {"auroc": INTERVAL}}],
    "decision": {
        "retrain": True,
        "findings": [{"sentence": {"en": "Nights have changed", "es": "Las noches cambian"}}],
        "undecided": [{"en": "too few outcomes", "es": "muy pocos desenlaces"}],
    },
}


@pytest.fixture
def third(api: Loopback, page: AppTest) -> AppTest:
    api.problem, api.listed, api.band = "third", ["third"], None
    api.probability = SHARES["ward"]
    api.predicted = {"predicted": WARD, "probabilities": SHARES}
    api.told = {f"{PATH}/activity": ACTIVITY, f"{PATH}/monitoring": {"reports": [REPORT]}}
    api.evaluation = EVALUATION | {"classes": {"ward": EVALUATION["classes"]["yes"]}}  # type: ignore[index] # plain JSON
    return page.run()


def html(page: AppTest) -> str:
    assert not page.exception
    return "\n".join(element.value for element in page.html)


def test_shares_of_a_hundred_add_up_to_a_hundred() -> None:
    assert of_hundred({"a": 1 / 3, "b": 1 / 3, "c": 1 / 3}) == {"a": 34, "b": 33, "c": 33}
    assert of_hundred(SHARES) == {"home": 25, "ward": 62, "elsewhere": 13}


def test_every_class_is_told_the_most_probable_first(api: Loopback, third: AppTest) -> None:
    reason = {"column": "nights", "contribution": 0.4, "missing": False}
    api.reasons = {
        "up": [reason | {"sentence": {"en": "Nights: 3", "es": "Noches: 3"}}],
        "down": [],
    }

    third.button(key="estimate").click().run()

    drawn = html(third)
    assert "Most probable: Stays" in drawn
    places = [drawn.index(f"<td>{label}</td>") for label in ("Stays", "Goes home")]
    assert places == sorted(places)
    assert "</span>62</td>" in drawn
    assert "Filled in: Stays" in drawn
    assert "**What speaks for: Stays**" in [one.value for one in third.markdown]
    assert "Risk band" not in drawn


def test_what_must_be_given_is_asked_for_before_anything_is_sent(
    api: Loopback, third: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = problems.find("third")
    columns = tuple(
        msgspec.structs.replace(column, needed=column.name == "nights")
        for column in problem.columns
    )
    needy = msgspec.structs.replace(problem, columns=columns)
    monkeypatch.setattr("ui.page.find", lambda _: needy)

    third.run().button(key="estimate").click().run()

    assert "**Nights**: This must be given." in third.error[0].value
    assert api.records == []


def test_an_own_judgement_is_a_class(api: Loopback, third: AppTest) -> None:
    third.button(key="estimate").click().run()
    place = f"kept/judgement/{PREDICTION}"
    third.radio(key=f"{place}/verdict").set_value("override").run()
    third.selectbox(key=f"{place}/band").set_value("home")
    third.text_area(key=f"{place}/reason").set_value("Walks")
    third.button(key="judge").click().run()

    assert api.opinions == [{"verdict": "override", "predicted": "home", "reason": "Walks"}]


@pytest.mark.usefixtures("sample")
def test_a_list_names_the_class_and_takes_every_share_away() -> None:
    problem = problems.find("third")
    row = ScoredRow(
        1, {"visit": "a"}, 0.619, "", (), (Text("Far", "Lejos"),), "ward", (0.2, 0.6, 0.1)
    )
    result = Result(Model("third", "1", "sha256:ab", "real"), (row,), ())

    assert lists.scored_row(problem, row) == ["1", "a", "62%", "Stays", "0", "Far"]
    head, cells = lists.download(problem, result)
    assert dict(zip(head, cells, strict=True)) | {
        "Most probable": "Stays",
        "Goes home": 0.2,
        "Stays": 0.6,
        "Goes elsewhere": 0.1,
    } == dict(zip(head, cells, strict=True))


def test_the_monitoring_counts_classes_and_tells_what_has_drifted(third: AppTest) -> None:
    def script() -> None:
        from ui.views import monitoring  # noqa: PLC0415 # the script runs by itself

        monitoring.show()

    page = AppTest.from_function(script, default_timeout=30).run()

    drawn = html(page)
    assert "Most probable: how often" in drawn
    assert '<td>Stays</td><td class="figure">30</td>' in drawn
    assert "A new training is asked for:\n\n- Nights have changed" in page.warning[0].value
    assert "▲ changed" in drawn
    assert "too few to tell" in drawn
    assert "Where the outcome is due and known (40 of 50)" in drawn


def test_without_monitors_the_page_says_that_nobody_has_looked(
    api: Loopback, third: AppTest
) -> None:
    def script() -> None:
        from ui.views import monitoring  # noqa: PLC0415 # the script runs by itself

        monitoring.show()

    del api.told[f"{PATH}/monitoring"]
    page = AppTest.from_function(script, default_timeout=30).run()

    assert any("Nobody has compared the patients" in one.value for one in page.markdown)


def test_the_model_page_shows_each_class(third: AppTest) -> None:
    def script() -> None:
        from ui.views import model  # noqa: PLC0415 # the script runs by itself

        model.show()

    page = AppTest.from_function(script, default_timeout=30).run()

    assert not page.exception
    assert [one.value for one in page.markdown].count("**Stays**") == 2
    assert "Risk bands" not in html(page)
