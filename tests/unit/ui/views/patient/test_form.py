"""The form of a patient, in each language."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.unit.ui.loopback import Loopback
from tests.unit.ui.views.patient.page import CAUSE, NIGHTS, WARD, estimate, in_language, shown
from ui.settings import settings

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.mark.parametrize(
    ("language", "expected", "foreign"),
    [
        (
            "en",
            ["Return to the ward", "Decision support, not a diagnosis", "Nights (nights)", "Stay"],
            ["Regreso", "Estimar", "Noches"],
        ),
        (
            "es",
            ["Regreso a la planta", "Apoyo a la decisión, no un diagnóstico", "Noches (noches)"],
            ["Return", "Estimate", "Nights"],
        ),
    ],
)
def test_the_form_speaks_one_language(
    page: AppTest, language: str, expected: list[str], foreign: list[str]
) -> None:
    text = shown(in_language(page, language))

    assert [word for word in expected if word not in text] == []
    assert [word for word in foreign if word in text] == []


def test_the_settings_choose_the_first_language(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIA_LANGUAGE", "es")
    settings.cache_clear()

    assert "Estimar el riesgo" in shown(page.run())


def test_an_empty_form_is_a_request_too(api: Loopback, page: AppTest) -> None:
    shown(estimate(page.run()))

    assert api.records == [{}]


def test_a_value_that_breaks_the_contract_is_told_at_once_and_not_sent(
    api: Loopback, page: AppTest
) -> None:
    page.run().number_input(key=NIGHTS).set_value(99).run()
    assert "Must lie between 1 and 30." in shown(page)

    page.text_input(key=CAUSE).set_value("18")
    text = shown(estimate(page))

    assert "**Nights**: Must lie between 1 and 30." in text
    assert "**Cause**: Must look like J18." in text
    assert api.records == []


def test_what_the_service_refuses_is_told_in_the_visitors_language(
    api: Loopback, page: AppTest
) -> None:
    in_language(page, "es")
    errors = [
        {"record": 0, "field": "nights", "rule": "maximum", "message": "must lie between"},
        {"record": 0, "field": "", "rule": "consistent", "message": "does not fit"},
    ]
    api.fail(422, "A record breaks the contract", errors=errors)

    text = shown(estimate(page))

    assert "**Noches**: Debe estar entre 1 y 30." in text
    assert "Todo el formulario: does not fit" in text


def test_switching_the_language_keeps_what_was_typed_and_found(
    api: Loopback, page: AppTest
) -> None:
    page.run().selectbox(key=WARD).set_value("2")
    page.number_input(key=NIGHTS).set_value(3)
    page.text_input(key=CAUSE).set_value("J18")
    estimate(page)

    text = shown(page.sidebar.radio(key="language").set_value("es").run())

    assert page.selectbox(key=WARD).value == "2"
    assert page.number_input(key=NIGHTS).value == 3
    assert page.text_input(key=CAUSE).value == "J18"
    assert "Riesgo estimado 18 %" in text


def test_clearing_empties_the_form_and_the_result(page: AppTest) -> None:
    page.run().selectbox(key=WARD).set_value("2")
    page.text_input(key=CAUSE).set_value("J18")
    estimate(page)

    page.button(key="reset").click().run()

    assert page.selectbox(key=f"{WARD}/1").value is None
    assert page.text_input(key=f"{CAUSE}/1").value is None
    assert not page.metric


def test_several_problems_are_offered_and_keep_their_forms(api: Loopback, page: AppTest) -> None:
    api.listed = ["second", "sample", "undeclared"]
    page.run().selectbox(key=WARD).set_value("2").run()
    picker = "kept/problem"
    assert page.sidebar.selectbox(key=picker).options == ["Return to the ward", "Fall on the ward"]

    page.sidebar.selectbox(key=picker).set_value("second").run()
    assert page.title[0].value == "Fall on the ward"
    assert page.selectbox(key="kept/second/ward").value is None

    page.sidebar.radio(key="language").set_value("es").run()
    assert page.title[0].value == "Caída en la planta"

    page.sidebar.selectbox(key=picker).set_value("sample").run()
    assert page.selectbox(key=WARD).value == "2"


def test_one_problem_needs_no_choice(page: AppTest) -> None:
    assert not page.run().sidebar.selectbox


def test_an_example_is_filled_in_and_estimated_with_two_clicks(
    api: Loopback, page: AppTest
) -> None:
    page.run().number_input(key=NIGHTS).set_value(3)
    page.button(key="example").click().run()

    estimate(page)

    assert api.records == [{"ward": "1"}]


@pytest.mark.parametrize(("press", "sent"), [("example", {"ward": "1"}), ("reset", {})])
def test_an_estimate_at_once_after_a_form_was_filled_or_emptied_is_of_the_new_one(
    api: Loopback, page: AppTest, press: str, sent: dict[str, str]
) -> None:
    """A browser that has not drawn the new fields yet sends what the old ones hold."""
    page.run().selectbox(key=WARD).set_value("2")
    page.number_input(key=NIGHTS).set_value(3).run()
    page.button(key="estimate").click()
    undrawn = page._tree.get_widget_states()  # noqa: SLF001 # what a browser would send
    page.button(key="estimate").set_value(v=False)
    page.button(key=press).click().run()

    page._run(undrawn)  # noqa: SLF001 # the same

    assert api.records == [sent]


def test_the_patient_is_named_without_being_an_input(api: Loopback, page: AppTest) -> None:
    page.run().text_input(key="kept/sample/visit").set_value("p-17")

    estimate(page)

    assert api.records == [{"visit": "p-17"}]
    assert "Visit" in shown(page)
