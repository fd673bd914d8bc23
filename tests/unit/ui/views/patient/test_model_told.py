"""What the page says of the model that answers."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.unit.ui.loopback import Loopback
from tests.unit.ui.views.patient.page import NIGHTS, estimate, in_language, shown

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


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


def test_an_estimate_of_another_form_is_called_stale(page: AppTest) -> None:
    estimate(page.run())
    assert "has changed" not in shown(page)

    page.number_input(key=NIGHTS).set_value(3).run()

    assert "The form has changed since this estimate." in shown(page)


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
