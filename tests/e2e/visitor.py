"""What a person does on the pages, and what is looked for on each of them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import msgspec
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, ViewportSize, expect

from ml.problems import Problem
from ml.problems.text import Text
from ui import texts

DESK = ViewportSize(width=1366, height=768)
PHONE = ViewportSize(width=390, height=844)
PATIENCE_SECONDS = 15
SERIOUS = {"serious", "critical"}
_MARKS = re.compile(r"[*_`]|:material/\w+:")


class Visitor:
    """Somebody at the pages, in one language.

    Args:
        page: the browser's.
        language: `en` or `es`.
        problem: what the pages are about.
        pictures: where screenshots go.
    """

    def __init__(self, page: Page, language: str, problem: Problem, pictures: Path) -> None:
        self.page = page
        self.language = language
        self._pictures = pictures
        native, foreign = _lines(problem, language)
        self._foreign = foreign - native

    def say(self, text: Text, **values: str | int) -> str:
        """Return a text as the visitor should read it."""
        return _MARKS.sub("", text.to(self.language).format(**values))

    def sees(self, text: Text, **values: str | int) -> None:
        """Wait until a text is there."""
        expect(self.page.get_by_text(self.say(text, **values)).first).to_be_visible()

    def button(self, text: Text) -> Locator:
        return self.page.get_by_role("button", name=self.say(text), exact=True)

    def press(self, text: Text) -> None:
        self.button(text).first.click()

    def goes_to(self, text: Text) -> None:
        """Open a page by its name in the navigation."""
        self.page.get_by_test_id("stSidebarNav").get_by_text(self.say(text), exact=True).click()
        self.settles()

    def settles(self) -> None:
        """Wait until nothing is being computed any more."""
        expect(self.page.locator('[data-test-script-state="running"]')).to_have_count(0)

    def chooses(self, key: str, option: str) -> None:
        """Choose an option of the pick list with a key."""
        self.page.locator(f".st-key-{key} input").click()
        self.page.get_by_role("option", name=option, exact=True).click()
        self.settles()

    def looks_around(self, name: str) -> None:
        """Check a page as it stands: one language, accessible, whole at both sizes."""
        self.settles()
        self._keeps(self._foreign_lines, name)
        self._keeps(self._violations, name)
        self.page.screenshot(path=self._pictures / f"{name}-{self.language}-desk.png")
        self.page.set_viewport_size(PHONE)
        try:
            expect(self.page.get_by_test_id("stMain")).to_be_visible()
            wide = self.page.evaluate("document.documentElement.scrollWidth")
            self.page.screenshot(path=self._pictures / f"{name}-{self.language}-phone.png")
            assert wide <= PHONE["width"], name
        finally:
            self.page.set_viewport_size(DESK)

    def _keeps(self, faults: Callable[[], list[str]], name: str) -> None:
        """Fail where faults stay: what is being drawn anew is faded, and not whole yet."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while found := faults():
            assert time.monotonic() < deadline, f"{name}:\n" + "\n".join(found)
            self.page.wait_for_timeout(500)

    def _foreign_lines(self) -> list[str]:
        shown = self.page.locator("body").inner_text()
        return sorted({line.strip() for line in shown.splitlines()} & self._foreign)

    def _violations(self) -> list[str]:
        found: list[dict[str, Any]] = Axe().run(self.page).response["violations"]
        return [
            f"{rule['id']}: {node['html'][:300]}"
            for rule in found
            if rule["impact"] in SERIOUS
            for node in rule["nodes"]
        ]


def _lines(problem: Problem, language: str) -> tuple[set[str], set[str]]:
    """Return what may stand in a line in this language, and what would be in the other."""
    modules = [texts, *(import_module(f"ui.texts.{m.name}") for m in iter_modules(texts.__path__))]
    found = [text for module in modules for text in vars(module).values()]
    declared = _texts(msgspec.to_builtins({"columns": problem.columns, "bands": problem.bands}))
    declared += _texts(msgspec.to_builtins([problem.statement, problem.target.labels]))
    own = [problem.title, problem.question, *problem.sections.values()]
    all_texts = [*declared, *own, *(text for text in found if isinstance(text, Text))]
    other = "es" if language == "en" else "en"
    # The names of the languages are the same on every page.
    native = {_MARKS.sub("", text.to(language)) for text in all_texts} | {*texts.LANGUAGES.values()}
    return native, {_MARKS.sub("", text.to(other)) for text in all_texts}


def _texts(declared: Any) -> list[Text]:
    """Return every text in a declaration."""
    if isinstance(declared, dict):
        if declared.keys() == {"en", "es"}:
            return [Text(**declared)]
        return [text for value in declared.values() for text in _texts(value)]
    if isinstance(declared, list | tuple):
        return [text for value in declared for text in _texts(value)]
    return []
