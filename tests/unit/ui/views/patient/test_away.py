"""The page while the service or its model is away."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from tests.unit.ui.loopback import Loopback, serving
from tests.unit.ui.views.patient.page import NIGHTS, estimate, in_language
from ui import service
from ui.settings import settings

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


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


def test_the_problem_stays_while_the_api_is_away(
    monkeypatch: pytest.MonkeyPatch, page: AppTest
) -> None:
    with serving("second") as api:
        monkeypatch.setenv("VIGIA_API_URL", api.url)
        settings.cache_clear()
        page.run()
    service.forget()  # as the pages do by themselves after a while

    assert page.run().title[0].value == "Fall on the ward"
    assert not page.sidebar.selectbox


@pytest.mark.parametrize(
    ("later", "title"),
    [(["sample", "second"], "Fall on the ward"), (["sample", "third"], "Return to the ward")],
)
def test_the_problem_stays_where_others_join_it(
    api: Loopback, page: AppTest, later: list[str], title: str
) -> None:
    api.listed = ["second"]
    page.run()
    service.forget()

    api.listed = later

    assert page.run().title[0].value == title
    assert not page.exception
