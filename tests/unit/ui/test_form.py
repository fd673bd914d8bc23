from __future__ import annotations

import pytest

from ml import problems
from ml.problems import Problem
from ml.problems.contract import Category, Input, Value
from ui import form


def column(problem: Problem, name: str) -> Input:
    return next(c for c in problem.inputs if c.name == name)


def test_the_sections_hold_every_input_once_in_the_declared_order(sample: Problem) -> None:
    found = {s.title.en: [c.name for c in s.fields] for s in form.sections(sample)}

    assert found == {
        "Stay": ["ward", "nights"],
        "Body": ["temperature"],
        "Other information": ["cause"],
    }


@pytest.mark.parametrize(
    ("name", "language", "label", "placeholder"),
    [
        ("ward", "en", "Ward", "Not given"),
        ("ward", "es", "Planta", "Sin dato"),
        ("nights", "en", "Nights (nights)", "1 to 30"),
        ("nights", "es", "Noches (noches)", "de 1 a 30"),
        ("temperature", "en", "Temperature (°C)", "30 to 45"),
        ("cause", "en", "Cause", "e.g. J18"),
        ("cause", "es", "Causa", "p. ej. J18"),
    ],
)
def test_a_field_says_its_unit_and_range(
    sample: Problem, name: str, language: str, label: str, placeholder: str
) -> None:
    field = column(sample, name)

    assert form.label(field, language) == label
    assert form.placeholder(field, language) == placeholder


def test_values_that_mean_not_known_are_no_choice(sample: Problem) -> None:
    ward = column(sample, "ward")

    assert isinstance(ward, Category)
    assert form.choices(ward, "es") == {"1": "Cirugía", "2": "Medicina interna"}


@pytest.mark.parametrize(
    ("name", "value", "english", "spanish"),
    [
        ("ward", "7", "Must be one of the list.", "Debe ser uno de la lista."),
        ("ward", "1", "", ""),
        ("nights", 0, "Must lie between 1 and 30.", "Debe estar entre 1 y 30."),
        ("nights", 31, "Must lie between 1 and 30.", "Debe estar entre 1 y 30."),
        ("nights", 1.5, "Must be a whole number.", "Debe ser un número entero."),
        ("nights", 30, "", ""),
        ("temperature", "warm", "Must be a number.", "Debe ser un número."),
        ("temperature", 36.6, "", ""),
        ("cause", "18", "Must look like J18.", "Debe parecerse a J18."),
        ("cause", "J18", "", ""),
        ("cause", None, "", ""),
    ],
)
def test_a_broken_rule_is_told_in_both_languages(
    sample: Problem, name: str, value: Value, english: str, spanish: str
) -> None:
    field = column(sample, name)

    assert form.complaint(field, value, "en") == english
    assert form.complaint(field, value, "es") == spanish


def test_only_fields_that_break_the_contract_are_complained_of(sample: Problem) -> None:
    record: dict[str, Value] = {"ward": "1", "nights": 99, "cause": "x"}

    assert set(form.complaints(sample, record, "en")) == {"nights", "cause"}


def test_a_rule_without_a_text_of_ours_keeps_the_services_message(sample: Problem) -> None:
    field = column(sample, "nights")

    assert form.explain(field, "after-admission", "Comes too early.", "es") == "Comes too early."


@pytest.mark.parametrize("name", problems.names())
@pytest.mark.parametrize("language", ["en", "es"])
def test_every_choice_of_a_declared_problem_can_be_told_apart(name: str, language: str) -> None:
    for field in problems.find(name).inputs:
        if isinstance(field, Category):
            labels = list(form.choices(field, language).values())
            assert len(set(labels)) == len(labels), field.name
