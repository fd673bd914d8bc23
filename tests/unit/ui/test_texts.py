from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from string import Formatter

import pytest

import ui
from ml.problems.text import Text
from ui import texts

MODULES = [texts, *(import_module(f"ui.texts.{m.name}") for m in iter_modules(texts.__path__))]
TEXTS = {
    f"{module.__name__}.{name}": text
    for module in MODULES
    for name, text in vars(module).items()
    if isinstance(text, Text)
}
SOURCES = sorted(Path(next(iter(ui.__path__))).rglob("*.py"))
# Words that both languages share.
SAME = {"ui.texts.model.IDEAL"}
DRAWN = ("title", "header", "subheader", "markdown", "caption", "write", "text", "info")
LABELLED = ("warning", "error", "success", "button", "metric", "expander", "radio", "selectbox")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("name", TEXTS)
def test_every_text_is_in_both_languages(name: str) -> None:
    text = TEXTS[name]

    assert text.en.strip()
    assert text.es.strip()
    assert text.en != text.es or name in SAME
    assert placeholders(text.en) == placeholders(text.es)


@pytest.mark.parametrize("name", TEXTS)
def test_every_text_is_used(name: str) -> None:
    own = re.compile(rf"\b{name.rpartition('.')[2]}\b")
    assert sum(len(own.findall(source.read_text())) for source in SOURCES) > 1


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_nothing_is_drawn_that_stands_in_the_code(source: Path) -> None:
    drawn = [
        call.args[0].value
        for call in ast.walk(ast.parse(source.read_text()))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in DRAWN + LABELLED
        and ast.unparse(call.func.value) != "log"  # for those who run the pages
        and call.args
        and isinstance(call.args[0], ast.Constant)
    ]

    assert drawn == []
