"""Every page's whole path in a real browser, with a real API and model, in both languages."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest
from playwright.sync_api import Browser, Page, expect

from ml.problems import Problem, find
from ml.problems.contract import Category
from tests.e2e.browsers import CHROMIUM, PATIENCE_MS, browser
from tests.e2e.site import Site, streamlit
from tests.e2e.visitor import DESK, Visitor
from ui import texts
from ui.session import field_key, patient_column
from ui.texts import batch, history, model, monitoring, patient

LOADS = 7
FILLED_IN = 1  # the turn of the form's fields after the example was filled in

__all__ = ["browser"]

pytestmark = [
    pytest.mark.allow_hosts(["127.0.0.1"]),
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}"),
]


@pytest.fixture(scope="module")
def problem() -> Problem:
    return find("diabetes")


@pytest.fixture(scope="module")
def site(problem: Problem, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(problem, tmp_path_factory.mktemp("site"))
    with made.open():
        yield made


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport=DESK, accept_downloads=True, reduced_motion="reduce")
    page.set_default_timeout(PATIENCE_MS)
    yield page
    page.close()


@pytest.fixture(params=["en", "es"])
def visitor(
    request: pytest.FixtureRequest, page: Page, site: Site, problem: Problem, tmp_path: Path
) -> Visitor:
    """A visitor at the first page, in the language of the test."""
    page.goto(site.url)
    page.locator(".st-key-estimate button").wait_for()
    somebody = Visitor(page, request.param, problem, tmp_path)
    page.get_by_text(texts.LANGUAGES[request.param], exact=True).click()
    expect(somebody.button(patient.ESTIMATE)).to_be_visible()
    return somebody


def patient_field(page: Page, problem: Problem) -> str:
    column = patient_column(problem)
    assert column is not None
    return f".st-key-{field_key(problem, column, FILLED_IN).replace('/', '-')} input"


def a_list(problem: Problem, folder: Path) -> Path:
    """A list of 40 patients, of whom the second breaks the contract."""
    number = next(c for c in problem.inputs if c.name == "time_in_hospital")
    rows = [f"{place},{problem.name}-{place},{1 + place % 14}" for place in range(40)]
    rows[1] = "1,wrong,999"
    file = folder / "ward.csv"
    file.write_text(
        "\n".join([f"{problem.record_key},{problem.group_key},{number.name}", *rows]) + "\n"
    )
    return file


@pytest.mark.fault
def test_every_page_is_used_to_its_end_with_the_api_going_away(
    site: Site, visitor: Visitor, problem: Problem, tmp_path: Path
) -> None:
    who = f"ward-{visitor.language}"
    estimate(visitor, problem, who)
    prepare(visitor, problem, who, a_list(problem, tmp_path))

    site.api_goes()
    find_it_away(visitor)
    site.api_comes()

    finish_patient_and_history(visitor, problem, who)
    finish_list(visitor)
    visitor.goes_to(texts.MONITORING)
    visitor.sees(monitoring.LIVE_NOTE)
    visitor.looks_around("monitoring")
    visitor.goes_to(texts.MODEL)
    visitor.sees(texts.REGISTRY_AWAY)
    visitor.sees(model.METRICS)
    visitor.looks_around("model")


def estimate(visitor: Visitor, problem: Problem, who: str) -> None:
    """Estimate the example, two clicks from the open page; then name the patient."""
    page = visitor.page
    # Both at once: the browser has not seen the example when it sends the second click.
    page.evaluate(
        """for (const key of ["example", "estimate"])
            document.querySelector(`.st-key-${key} button`).click()"""
    )
    visitor.sees(patient.RAISES)
    expect(page.get_by_text(visitor.say(patient.STALE))).to_have_count(0)
    page.locator(patient_field(page, problem)).fill(who)
    visitor.press(patient.ESTIMATE)
    expect(page.get_by_text(visitor.say(patient.STALE))).to_have_count(0)
    expect(page.locator(".vigia-people i")).to_have_count(100)
    visitor.sees(texts.SYNTHETIC)
    visitor.sees(texts.OUT_OF_DATE)
    visitor.looks_around("patient")


def prepare(visitor: Visitor, problem: Problem, who: str, file: Path) -> None:
    """Use each page to the point before something is sent."""
    page = visitor.page
    page.get_by_text(visitor.say(patient.DISAGREE), exact=True).click()
    visitor.press(patient.SAVE)
    visitor.sees(patient.SAY_WHY)
    page.locator(".st-key-judgement textarea").fill("Lives alone")
    page.locator(".st-key-judgement textarea").blur()
    visitor.settles()
    visitor.goes_to(texts.HISTORY)
    page.get_by_role("textbox").first.fill(who)
    page.get_by_role("textbox").first.press("Enter")
    expect(page.get_by_role("cell", name=who)).to_have_count(1)
    label = problem.target.labels[problem.target.positive].to(visitor.language)
    page.get_by_text(label, exact=True).click()
    visitor.settles()
    visitor.looks_around("history")
    visitor.goes_to(texts.LIST)
    page.locator('input[type="file"]').set_input_files(file)
    visitor.sees(batch.ROWS_READ, rows=40, file=file.name)
    visitor.looks_around("list")


def find_it_away(visitor: Visitor) -> None:
    """Every page says that the API is away, and what to do."""
    visitor.press(batch.SCORE)
    visitor.sees(texts.API_AWAY)
    last = {texts.HISTORY: "history", texts.MONITORING: "activity", texts.MODEL: "versions"}
    for name, drawn_last in last.items():
        visitor.goes_to(name)
        visitor.sees(texts.API_AWAY)
        expect(visitor.page.locator(f".st-key-retry-{drawn_last}")).to_be_visible()
        visitor.settles()
    visitor.goes_to(texts.PATIENT)
    visitor.press(patient.SAVE)
    visitor.sees(texts.API_AWAY)
    visitor.looks_around("away")


def finish_patient_and_history(visitor: Visitor, problem: Problem, who: str) -> None:
    """Nothing was lost: both pages go on from where they were."""
    page = visitor.page
    expect(page.locator(".st-key-judgement textarea")).to_have_value("Lives alone")
    expect(page.locator(patient_field(page, problem))).to_have_value(who)
    visitor.press(patient.SAVE)
    visitor.sees(patient.KEPT)
    visitor.goes_to(texts.HISTORY)
    expect(page.get_by_role("textbox").first).to_have_value(who)
    visitor.press(history.SAVE)
    visitor.sees(history.SAVED)
    visitor.press(history.REFRESH)
    expect(page.get_by_role("cell", name=visitor.say(patient.DISAGREE)).first).to_be_visible()


def finish_list(visitor: Visitor) -> None:
    """The list that was read before is answered, and taken away."""
    visitor.goes_to(texts.LIST)
    visitor.press(batch.SCORE)
    visitor.sees(batch.REJECTED_ROWS)
    expect(visitor.page.get_by_test_id("stMetricValue")).to_have_text(["39", "1"])
    visitor.looks_around("results")
    with visitor.page.expect_download() as taken:
        visitor.press(batch.DOWNLOAD_CSV)
    rows = Path(taken.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert len(rows) == 1 + 40


def fill_in_example(page: Page, problem: Problem, language: str) -> None:
    """Fill in the example, and wait until the form shows it."""
    page.locator(".st-key-example button").click()
    column = next(c for c in problem.inputs if c.name in problem.example)
    assert isinstance(column, Category)
    label = column.values[str(problem.example[column.name])].to(language)
    place = f".st-key-{field_key(problem, column, FILLED_IN).replace('/', '-')}"
    page.wait_for_function(
        """([place, label]) => {
            const field = document.querySelector(place);
            const typed = [...(field?.querySelectorAll("input") ?? [])].map(i => i.value);
            return [field?.innerText, ...typed].some(text => text?.includes(label));
        }""",
        arg=[place, label],
    )


def test_a_result_prints_without_the_form(site: Site, page: Page, problem: Problem) -> None:
    page.goto(site.url)
    fill_in_example(page, problem, "en")
    page.locator(".st-key-estimate button").click()
    printing = page.locator(".vigia-print")
    expect(printing).to_be_visible()
    page.evaluate("window.print = () => { window.printed = true }")
    printing.click()
    assert page.evaluate("window.printed")

    page.emulate_media(media="print")

    for hidden in ("stSidebar", "stHeader"):
        expect(page.get_by_test_id(hidden)).not_to_be_visible()
    for hidden in ("form", "ask", "judgement"):
        expect(page.locator(f".st-key-{hidden}")).not_to_be_visible()
    expect(page.locator(".vigia-given li").first).to_be_visible()
    expect(page.locator(".vigia-people")).to_be_visible()


@pytest.mark.soak  # a ratio of times: another test beside it would decide it
def test_the_form_is_there_within_twice_the_time_of_an_empty_page(
    site: Site, browser: Browser, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Medians of loads that take turns: what else the machine does falls on both alike."""
    empty = tmp_path / "empty.py"
    empty.write_text("import streamlit as st\n\nst.button('here', key='here')\n")

    def seconds(url: str, key: str) -> float:
        page = browser.new_page(viewport=DESK)
        start = time.monotonic()
        page.goto(url, wait_until="commit")
        page.locator(f".st-key-{key} button").wait_for()
        taken = time.monotonic() - start
        page.close()
        return taken

    with streamlit(str(empty), tmp_path) as bare:
        seconds(bare, "here"), seconds(site.url, "estimate")  # what a first load has to set up
        turns = [(seconds(bare, "here"), seconds(site.url, "estimate")) for _ in range(LOADS)]
    of_empty, of_form = (median(times) for times in zip(*turns, strict=True))
    with capsys.disabled():
        ratio = of_form / of_empty
        print(f"\nfirst paint {of_form:.2f} s, of an empty page {of_empty:.2f} s: {ratio:.2f} x")  # noqa: T201 # a figure for whoever reads the run
    assert of_form <= 2 * of_empty
