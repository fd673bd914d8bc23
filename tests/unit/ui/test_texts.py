from __future__ import annotations

import ast
from pathlib import Path
from string import Formatter

import pytest

import ui
from ml.problems.text import Text
from ui import texts

TEXTS = {name: text for name, text in vars(texts).items() if isinstance(text, Text)}
SOURCES = sorted(Path(next(iter(ui.__path__))).rglob("*.py"))
DRAWN = ("title", "header", "subheader", "markdown", "caption", "write", "text", "info")
LABELLED = ("warning", "error", "success", "button", "metric", "expander", "radio", "selectbox")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("name", TEXTS)
def test_every_text_is_in_both_languages(name: str) -> None:
    text = TEXTS[name]

    assert text.en.strip()
    assert text.es.strip()
    assert text.en != text.es
    assert placeholders(text.en) == placeholders(text.es)


@pytest.mark.parametrize("name", TEXTS)
def test_every_text_is_used(name: str) -> None:
    assert any(f"texts.{name}" in source.read_text() for source in SOURCES)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_nothing_is_drawn_that_stands_in_the_code(source: Path) -> None:
    drawn = [
        call.args[0].value
        for call in ast.walk(ast.parse(source.read_text()))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in DRAWN + LABELLED
        and call.args
        and isinstance(call.args[0], ast.Constant)
    ]

    assert drawn == []
