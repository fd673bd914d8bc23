"""The patient page in a real browser, against a loopback server with the API's answers."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

from ml.problems import Problem, find
from ml.problems.contract import Category, Code, Number
from tests.unit.ui.loopback import Loopback, serving
from ui import form, texts
from ui.session import field_key

ROOT = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")
START_SECONDS = 60
PATIENCE_MS = 20_000
DESK = ViewportSize(width=1366, height=768)
PHONE = ViewportSize(width=390, height=844)

pytestmark = [
    pytest.mark.allow_hosts(["127.0.0.1"]),
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}"),
]


@pytest.fixture(scope="module")
def problem() -> Problem:
    return find("diabetes")


@pytest.fixture
def api(problem: Problem) -> Iterator[Loopback]:
    with serving(problem.name) as loopback:
        loopback.missing = [column.name for column in problem.inputs[3:]]
        yield loopback


@pytest.fixture
def pages_url(api: Loopback, tmp_path: Path) -> Iterator[str]:
    """The address of the pages, served by their own Streamlit."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "ui/app.py"]
    options = [f"--server.port={port}", "--server.address=127.0.0.1"]
    environment = os.environ | {"VIGIA_API_URL": api.url, "VIGIA_LANGUAGE": "en"}
    with (tmp_path / "streamlit.log").open("wb") as log:
        server = subprocess.Popen(
            command + options, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for(server, f"{url}/_stcore/health", tmp_path / "streamlit.log")
            yield url
        finally:
            server.terminate()
            server.wait(timeout=20)


@pytest.fixture
def page(pages_url: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--headless=new"]
        )
        page = browser.new_page(viewport=DESK)
        page.set_default_timeout(PATIENCE_MS)
        page.goto(pages_url)
        page.locator(".st-key-estimate button").wait_for()
        yield page
        browser.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Return once `url` answers; fail with the server's log where it does not."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            httpx.get(url).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"the pages did not start:\n{log.read_text()}")


def estimate(page: Page) -> None:
    page.locator(".st-key-estimate button").click()


def speak(page: Page, language: str) -> None:
    page.get_by_text(texts.LANGUAGES[language], exact=True).click()
    expect(page.get_by_role("button", name=texts.ESTIMATE.to(language))).to_be_visible()


def first(problem: Problem, kind: type) -> tuple[int, str]:
    """Return section and name of the first input of `kind`."""
    for position, section in enumerate(form.sections(problem)):
        for column in section.fields:
            if isinstance(column, kind):
                return position, column.name
    raise LookupError(kind)


def open_section(page: Page, position: int) -> None:
    """Open the section at `position`; the first is open already."""
    if position:
        page.get_by_test_id("stExpander").nth(position).locator("summary").click()


def field(page: Page, problem: Problem, name: str) -> str:
    """Return the selector of the control of the input called `name`."""
    column = next(c for c in problem.inputs if c.name == name)
    return ".st-key-" + field_key(problem, column).replace("/", "-") + " input"


def test_a_patient_is_estimated_in_both_languages_with_the_api_going_away(
    api: Loopback, page: Page, problem: Problem, tmp_path: Path
) -> None:
    _, chosen = first(problem, Category)
    measured_in, measured = first(problem, Number)
    coded_in, coded = first(problem, Code)
    category = next(c for c in problem.inputs if c.name == chosen)
    code = next(c for c in problem.inputs if c.name == coded)
    assert isinstance(category, Category)
    assert isinstance(code, Code)
    value, label = next(iter(form.choices(category, "en").items()))
    for position in sorted({measured_in, coded_in}):
        open_section(page, position)

    page.locator(field(page, problem, chosen)).click()
    page.get_by_role("option", name=label, exact=True).click()
    page.locator(field(page, problem, measured)).fill("1")
    page.locator(field(page, problem, coded)).fill(code.example)
    estimate(page)

    expect(page.get_by_test_id("stMetricValue")).to_have_text("18%")
    expect(page.get_by_text("Model sample, version 3")).to_be_visible()
    assert api.records == [{chosen: value, measured: 1, coded: code.example}]
    page.screenshot(path=tmp_path / "estimate-en.png")
    speak(page, "es")
    expect(page.get_by_test_id("stMetricValue")).to_have_text("18 %")
    expect(page.get_by_text(texts.NOTICE.es).first).to_be_visible()

    api.fail(503, "No model is loaded")
    estimate(page)
    expect(page.get_by_text(texts.NO_MODEL.es).first).to_be_visible()
    page.screenshot(path=tmp_path / "away-es.png")
    api.failure = None
    estimate(page)

    expect(page.get_by_text(texts.NO_MODEL.es)).to_have_count(0)
    assert api.records[1:] == api.records[:1]
    page.screenshot(path=tmp_path / "estimate-es.png")


def test_the_page_fits_a_phone(page: Page, tmp_path: Path) -> None:
    page.set_viewport_size(PHONE)
    estimate(page)
    page.get_by_test_id("stMetricValue").scroll_into_view_if_needed()

    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.screenshot(path=tmp_path / "phone.png")
