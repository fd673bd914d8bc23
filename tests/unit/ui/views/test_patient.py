"""The page as a visitor meets it, without a browser."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from tests.unit.ui.loopback import EVALUATION, PREDICTION, Loopback, serving
from ui.settings import settings

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

NIGHTS = "kept/sample/nights"
WARD = "kept/sample/ward"
CAUSE = "kept/sample/cause"


def in_language(page: AppTest, language: str) -> AppTest:
    page.run()
    return page.sidebar.radio(key="language").set_value(language).run()


def estimate(page: AppTest) -> AppTest:
    return page.button(key="estimate").click().run()


def shown(page: AppTest) -> str:
    """Every text of the page, as one."""
    assert not page.exception
    kinds = ("html", "title", "subheader", "markdown", "caption", "info", "warning", "error")
    texts = [element.value for kind in kinds for element in getattr(page, kind)]
    widgets = [*page.button, *page.selectbox, *page.number_input, *page.text_input]
    return "\n".join(
        [*texts, *(w.label for w in widgets), *(m.label + " " + m.value for m in page.metric)]
        + [expander.label for expander in page.expander]
    )


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


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            [
                "Estimated risk 18%",
                "Risk band: ●● High",
                "Not given: 2 of 4",
                "- Temperature",
                "- Cause",
            ],
        ),
        (
            "es",
            [
                "Riesgo estimado 18 %",
                "Nivel de riesgo: ●● Alto",
                "Sin dato: 2 de 4",
                "- Temperatura",
                "- Causa",
            ],
        ),
    ],
)
def test_an_estimate_is_shown_whole(
    api: Loopback, page: AppTest, language: str, expected: list[str]
) -> None:
    api.missing = ["temperature", "cause"]
    api.warnings = [{"en": "Far out", "es": "Muy lejos"}]
    in_language(page, language)
    page.selectbox(key=WARD).set_value("2")
    page.number_input(key=NIGHTS).set_value(3)

    text = shown(estimate(page))

    assert api.records == [{"ward": "2", "nights": 3}]
    assert {"en": "Far out", "es": "Muy lejos"}[language] in text
    assert {"en": "Model sample, version 3", "es": "Modelo sample, versión 3"}[language] in text
    assert [word for word in expected if word not in text] == []


def test_an_empty_form_is_a_request_too(api: Loopback, page: AppTest) -> None:
    shown(estimate(page.run()))

    assert api.records == [{}]


@pytest.mark.parametrize(
    ("probability", "english"), [(0.001, "under 1%"), (0.999, "over 99%"), (0.995, "over 99%")]
)
def test_a_risk_is_never_a_certainty(
    api: Loopback, page: AppTest, probability: float, english: str
) -> None:
    api.probability = probability

    assert estimate(page.run()).metric[0].value == english


def test_a_band_that_is_no_longer_declared_keeps_its_label(api: Loopback, page: AppTest) -> None:
    api.band = {"name": "extreme", "label": {"en": "Extreme", "es": "Extremo"}}

    assert "Risk band: Extreme" in shown(estimate(page.run()))


@pytest.mark.parametrize(
    ("language", "banner"), [("en", "nothing it says is about real patients"), ("es", "sintéticos")]
)
def test_a_synthetic_model_is_called_so(
    api: Loopback, page: AppTest, language: str, banner: str
) -> None:
    api.data = "synthetic"

    assert banner in in_language(page, language).error[0].value


def test_a_model_that_turns_synthetic_is_called_so_with_its_first_answer(
    api: Loopback, page: AppTest
) -> None:
    page.run()
    api.data = "synthetic"

    estimate(page)

    assert "nothing it says is about real patients" in page.error[0].value
    assert page.metric


def test_a_real_model_has_no_banner(page: AppTest) -> None:
    assert not page.run().error


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


def test_an_estimate_of_another_form_is_called_stale(page: AppTest) -> None:
    estimate(page.run())
    assert "has changed" not in shown(page)

    page.number_input(key=NIGHTS).set_value(3).run()

    assert "The form has changed since this estimate." in shown(page)


def test_clearing_empties_the_form_and_the_result(page: AppTest) -> None:
    page.run().selectbox(key=WARD).set_value("2")
    page.text_input(key=CAUSE).set_value("J18")
    estimate(page)

    page.button(key="reset").click().run()

    assert page.selectbox(key=f"{WARD}/1").value is None
    assert page.text_input(key=f"{CAUSE}/1").value is None
    assert not page.metric


@pytest.mark.parametrize(
    ("language", "message"),
    [("en", "cannot be reached"), ("es", "No se puede contactar con el servicio")],
)
def test_an_api_that_is_away_costs_nothing_typed(
    monkeypatch: pytest.MonkeyPatch, page: AppTest, language: str, message: str
) -> None:
    with serving("sample") as first:
        monkeypatch.setenv("VIGIA_API_URL", first.url)
        settings.cache_clear()
        in_language(page, language)
        page.number_input(key=NIGHTS).set_value(3).run()
    estimate(page)
    assert message in page.error[0].value
    assert message in page.warning[0].value

    with serving("sample", port=urlsplit(first.url).port or 0):
        estimate(page)

    assert not page.error
    assert not page.warning
    assert page.number_input(key=NIGHTS).value == 3
    assert page.metric


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (503, "has no model to answer with yet"),
        (404, "does not offer this estimate"),
        (500, "cannot be used (HTTP 500"),
    ],
)
def test_the_page_opens_without_a_model_and_recovers(
    api: Loopback, page: AppTest, status: int, message: str
) -> None:
    api.fail(status, "Sorry")
    assert message in page.run().warning[0].value
    page.number_input(key=NIGHTS).set_value(3)

    api.failure = None
    page.button(key="retry").click().run()

    assert not page.warning
    assert page.number_input(key=NIGHTS).value == 3


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


def test_an_estimate_is_told_in_people_beside_all_patients(api: Loopback, page: AppTest) -> None:
    api.evaluation = EVALUATION

    text = shown(estimate(page.run()))

    assert text.count('<i class="on">') == 18 + 12
    assert "About 18 of 100 similar patients" in text
    assert "All patients: about 12 of 100" in text
    assert 'aria-label="18 of 100 figures are filled in"' in text


@pytest.mark.parametrize(
    ("probability", "words", "filled"),
    [
        (0.001, "Fewer than 1 of 100 similar patients", 0),
        (0.999, "More than 99 of 100 similar patients", 100),
    ],
)
def test_people_are_never_a_certainty_either(
    api: Loopback, page: AppTest, probability: float, words: str, filled: int
) -> None:
    api.probability = probability

    text = shown(estimate(page.run()))

    assert words in text
    assert text.count('<i class="on">') == filled


def test_reasons_are_sentences_with_a_chart_behind_them(api: Loopback, page: AppTest) -> None:
    sentence = {"en": "Nights: 9 <nights>, associated with a higher risk", "es": "Noches: 9"}
    api.reasons["up"] = [
        {"column": "nights", "contribution": 0.4, "missing": False, "sentence": sentence}
    ]
    less = {"en": "Ward: Surgery, associated with a lower risk", "es": "Planta: Cirugía"}
    api.reasons["down"] = [
        {"column": "ward", "contribution": -0.1, "missing": False, "sentence": less}
    ]

    text = shown(estimate(page.run()))

    assert "<li>Nights: 9 &lt;nights&gt;, associated with a higher risk</li>" in text
    assert "<li>Ward: Surgery, associated with a lower risk</li>" in text
    assert "Associations in past patients, not causes." in text
    assert "raises (100%)" in text
    assert "lowers (25%)" in text
    assert "because" not in text


def test_little_data_and_patients_like_this_are_told(api: Loopback, page: AppTest) -> None:
    api.evaluation, api.rare = EVALUATION, ["cause"]
    page.run().selectbox(key=WARD).set_value("1")

    text = shown(estimate(page))

    assert "fewer than 20 patients with this value: Cause" in text
    assert "Of 500 test patients with a similar estimate (19% on average), 16 to 24 of 100" in text
    assert "Ward: Surgery: estimated 12%, observed 12%; 400 test patients; AUROC 0.12." in text


def test_a_group_of_too_few_is_called_so(api: Loopback, page: AppTest) -> None:
    api.evaluation = EVALUATION
    page.run().selectbox(key=WARD).set_value("2")

    assert "Ward: Medicine: too few test patients" in shown(estimate(page))


def test_what_is_missing_says_what_it_does(api: Loopback, page: AppTest) -> None:
    api.missing = ["temperature", "cause"]  # each adds 0.5 to the log-odds

    text = shown(estimate(page.run()))

    assert "What is not given raises this estimate: without their effect it would be 8%." in text


def test_a_judgement_is_kept_with_its_reason(api: Loopback, page: AppTest) -> None:
    estimate(page.run())
    place = f"kept/judgement/{PREDICTION}"
    page.radio(key=f"{place}/verdict").set_value("override").run()
    page.button(key="judge").click().run()
    assert page.error[0].value == "Say why, in a few words."
    assert api.opinions == []

    page.selectbox(key=f"{place}/band").set_value("low")
    page.text_area(key=f"{place}/reason").set_value("Moves in with family")
    page.button(key="judge").click().run()

    assert api.opinions == [
        {"verdict": "override", "band": "low", "reason": "Moves in with family"}
    ]
    assert page.success[0].value == "Kept. Thank you."


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


@pytest.mark.parametrize(
    ("registry", "failed", "words"),
    [
        ("unreachable", None, "This model may be out of date."),
        ("reachable", {"version": "4"}, "Version 4 was promoted, but the service refused it"),
        ("no_production_alias", None, "This model was withdrawn."),
    ],
)
def test_a_model_that_is_not_the_newest_is_called_so(
    api: Loopback, page: AppTest, registry: str, failed: dict[str, str] | None, words: str
) -> None:
    api.registry, api.last_failure = registry, failed

    assert words in page.run().warning[0].value
