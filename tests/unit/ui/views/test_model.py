"""The page about the model, as far as it can be read without a browser."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.unit.ui.loopback import EVALUATION, Loopback
from ui.session import LANGUAGE
from ui.views import model

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture
def tables(page: AppTest) -> AppTest:
    """The page of the model alone."""

    def script() -> None:
        from ui.views import model  # noqa: PLC0415 # the script runs by itself

        model.show()

    return AppTest.from_function(script, default_timeout=30)


def shown(page: AppTest) -> str:
    assert not page.exception
    return "\n".join(element.value for element in [*page.html, *page.caption])


def test_a_model_is_told_with_groups_and_what_acting_would_mean(
    api: Loopback, tables: AppTest
) -> None:
    api.evaluation = EVALUATION

    text = shown(tables.run())

    assert "<td>0.120 [0.100; 0.140]</td>" in text
    assert '<td class="figure">500</td>' in text
    assert '<td>Medicine</td><td class="figure">too few</td>' in text
    assert "<td>High band (20%)</td>" in text
    assert [one.value for one in tables.subheader] == [
        *("Model in service", "How good it is", "Are the estimates right?"),
        *("For whom does it work?", "What if one acts from a risk on?", "Versions over time"),
    ]


@pytest.mark.parametrize(("language", "why"), [("en", "too &lt;few"), ("es", "muy &lt;pocas")])
def test_every_version_says_why_in_the_language_of_the_page_or_marked_as_english(
    tables: AppTest, language: str, why: str
) -> None:
    tables.session_state[LANGUAGE] = language
    text = shown(tables.run())

    assert f"<td>{why}" in text
    assert '<span lang="en">worse</span>' in text


@pytest.mark.parametrize(
    ("language", "name", "told"),
    [
        ("en", "The whole model card", "#### Return\n\n##### Limits\n\nFew.\n"),
        ("es", "La ficha completa del modelo", "#### Regreso\n\n##### Límites\n\nPocos.\n"),
    ],
)
def test_the_card_is_read_in_the_language_of_the_page(
    api: Loopback, tables: AppTest, language: str, name: str, told: str
) -> None:
    tables.session_state[LANGUAGE] = language
    tables.run()

    card = next(one for one in tables.expander if one.label == name)
    assert card.markdown[0].value + "\n" == told


def test_a_card_of_old_is_called_english(api: Loopback, tables: AppTest) -> None:
    api.card = {"en": "# Return", "es": "# Return"}
    tables.session_state[LANGUAGE] = "es"

    labels = [one.label for one in tables.run().expander]

    assert "La ficha completa del modelo (en inglés)" in labels


def test_every_version_says_what_was_decided(tables: AppTest) -> None:
    text = shown(tables.run())

    assert "<td>declined</td>" in text
    assert "<td>not judged</td>" in text
    assert "<td>0.64 [0.63; 0.66]</td>" in text


def test_a_model_that_nobody_examined_says_so(tables: AppTest) -> None:
    assert "Calibration and groups were not examined for this version." in shown(tables.run())


def test_an_estimate_without_an_interval_is_a_dash() -> None:
    assert model.estimate(None) == "-"
