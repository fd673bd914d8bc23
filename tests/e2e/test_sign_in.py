"""Signing in with an organisation's account: provider, pages and API, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from ml.problems import Problem, find
from tests.e2e.browsers import CHROMIUM, browser
from tests.e2e.identity_grants import CLIENT, SECRET
from tests.e2e.identity_provider import Provider, providing
from tests.e2e.site import Site
from tests.ports import free_port
from ui import texts
from ui.texts import login, patient

__all__ = ["browser"]

pytestmark = [
    pytest.mark.fault,  # the pages with a key have everyday tests; here a provider is run, too
    pytest.mark.allow_hosts(["127.0.0.1"]),
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}"),
]

ROLES = {"Night ward": ["clinician"], "Audit": ["auditor"], "Canteen": ["cook"]}
SECRETS = """
[auth]
redirect_uri = "{redirect_uri}"
cookie_secret = "of this test alone, and long enough for anybody"
client_id = "{client}"
client_secret = "{secret}"
server_metadata_url = "{issuer}/.well-known/openid-configuration"
expose_tokens = "id"
"""


@pytest.fixture(scope="module")
def problem() -> Problem:
    return find("diabetes")


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Provider, int]]:
    """A provider that knows the pages, and the port that they will have."""
    pages = free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTHLIB_INSECURE_TRANSPORT", "true")  # the loopback has no certificate
        callback = f"http://127.0.0.1:{pages}/oauth2callback"
        with providing(free_port(), callback, ROLES) as provider:
            yield provider, pages


@pytest.fixture(scope="module")
def site(
    problem: Problem,
    provider: tuple[Provider, int],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    folder, (issuer, port) = tmp_path_factory.mktemp("guarded"), provider
    redirect_uri = f"http://127.0.0.1:{port}/oauth2callback"
    secrets = SECRETS.format(
        redirect_uri=redirect_uri, client=CLIENT, secret=SECRET, issuer=issuer.url
    )
    (folder / "secrets.toml").write_text(secrets)
    made = Site(
        problem,
        folder,
        auth="oidc",
        oidc_issuer=issuer.url,
        oidc_audience=CLIENT,
        oidc_jwks=f"{issuer.url}/jwks",
    )
    with made.open(port, VIGIA_UI_LOGIN="oidc"):
        yield made


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A browser that nobody has signed in with."""
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    yield context.new_page()
    context.close()


def sign_in(page: Page, site: Site, name: str) -> None:
    page.goto(site.url)
    page.locator(".st-key-sign-in button").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Go on").click()


def test_a_clinician_signs_in_is_named_in_the_history_and_signs_out(
    site: Site, page: Page, provider: tuple[Provider, int]
) -> None:
    sign_in(page, site, "Night ward")
    expect(page.get_by_text("Signed in as Night ward")).to_be_visible()
    page.locator(".st-key-estimate button").click()
    page.get_by_text(patient.AGREE.en, exact=True).click()
    page.locator(".st-key-judge button").click()
    expect(page.get_by_text(patient.KEPT.en)).to_be_visible()

    page.get_by_test_id("stSidebarNav").get_by_text(texts.HISTORY.en, exact=True).click()
    expect(page.get_by_role("cell", name="Night ward", exact=True)).to_be_visible()

    before = provider[0].signed_out
    page.locator(".st-key-sign-out button").click()
    page.get_by_text("You have signed out.").wait_for()
    assert provider[0].signed_out == before + 1
    page.goto(site.url)
    expect(page.get_by_text(login.WITH_PROVIDER.en)).to_be_visible()


def test_an_auditor_is_offered_no_form(site: Site, page: Page) -> None:
    sign_in(page, site, "Audit")
    navigation = page.get_by_test_id("stSidebarNav")
    expect(navigation.get_by_text(texts.HISTORY.en, exact=True)).to_be_visible()
    expect(navigation.get_by_text(texts.PATIENT.en, exact=True)).to_have_count(0)


def test_who_has_no_role_here_is_told_so(site: Site, page: Page) -> None:
    sign_in(page, site, "Canteen")
    expect(page.get_by_test_id("stAlert").first).to_be_visible()
    expect(page.locator(".st-key-estimate")).to_have_count(0)
