"""What an estimate shows of a patient."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.unit.ui.loopback import EVALUATION, PREDICTION, Loopback
from tests.unit.ui.views.patient.page import NIGHTS, WARD, estimate, in_language, shown

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


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


@pytest.mark.parametrize(
    ("probability", "english"), [(0.001, "under 1%"), (0.999, "over 99%"), (0.995, "over 99%")]
)
def test_a_risk_is_never_a_certainty(
    api: Loopback, page: AppTest, probability: float, english: str
) -> None:
    api.probability = probability

    assert estimate(page.run()).metric[0].value == english


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
