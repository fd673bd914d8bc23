"""Who may see which page, and how a visitor is known."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.unit.ui.loopback import Loopback
from ui import shell
from ui.answers import Caller
from ui.settings import settings

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture
def locked(api: Loopback, page: AppTest, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """Pages that want a key of every visitor."""
    monkeypatch.setenv("VIGIA_UI_LOGIN", "key")
    settings.cache_clear()
    api.known_key = "vigia_right"
    return page.run()


def sign_in(page: AppTest, key: str) -> AppTest:
    page.text_input(key="typed key").set_value(key)
    return page.button(key="sign-in").click().run()


def test_without_a_key_nothing_is_shown_or_asked(api: Loopback, locked: AppTest) -> None:
    assert locked.title[0].value == "Sign in"
    assert not locked.number_input
    assert api.authorizations == []


def test_a_wrong_key_is_told(locked: AppTest) -> None:
    sign_in(locked, "vigia_wrong")

    assert "does not know this key" in locked.error[0].value
    assert locked.title[0].value == "Sign in"


def test_a_right_key_opens_the_pages_and_is_sent_with_every_question(
    api: Loopback, locked: AppTest
) -> None:
    sign_in(locked, " vigia_right ")
    locked.button(key="estimate").click().run()

    assert locked.title[0].value == "Return to the ward"
    assert locked.metric
    assert "Signed in as ward-3" in [caption.value for caption in locked.caption]
    assert set(api.authorizations) == {"Bearer vigia_right"}

    locked.button(key="sign-out").click().run()
    assert locked.title[0].value == "Sign in"


def test_a_key_that_is_revoked_asks_to_sign_in_again(api: Loopback, locked: AppTest) -> None:
    sign_in(locked, "vigia_right")
    api.known_key = "vigia_other"

    locked.button(key="estimate").click().run()

    assert "does not recognise you" in locked.error[0].value


def test_an_api_that_is_away_does_not_call_the_key_wrong(api: Loopback, locked: AppTest) -> None:
    api.fail(500, "Sorry")

    sign_in(locked, "vigia_right")

    assert "cannot be used" in locked.error[0].value


@pytest.mark.parametrize(
    ("role", "pages"),
    [
        ("clinician", ["Patient", "List", "History", "Model", "Monitoring"]),
        ("auditor", ["History", "Model", "Monitoring"]),
        ("operator", ["Model", "Monitoring"]),
        ("monitor", ["Model", "Monitoring"]),
        ("stranger", []),
    ],
)
def test_each_role_is_offered_the_pages_that_it_may_use(role: str, pages: list[str]) -> None:
    assert [entry.title.en for entry in shell.offered(Caller("x", (role,)))] == pages


def test_a_role_without_a_page_is_told_so(api: Loopback, page: AppTest) -> None:
    api.roles = []

    assert "Your role has no page here." in page.run().warning[0].value


def test_with_a_provider_a_visitor_without_an_account_sees_nothing(
    api: Loopback, page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIA_UI_LOGIN", "oidc")
    settings.cache_clear()

    page.run()

    assert "Sign in with your organisation's account." in page.markdown[0].value
    assert page.button(key="sign-in").label
    assert api.authorizations == []
