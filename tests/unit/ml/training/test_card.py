from __future__ import annotations

import re

import msgspec

from ml.bundle import Interval
from ml.bundle.evaluation import NetBenefit
from ml.training.card import card
from ml.training.card_tables import worth
from tests import toy
from tests.unit.ml.learning import toy_content


def test_the_card_of_synthetic_data_says_so_before_any_figure() -> None:
    told = toy_content().card.en
    assert 0 < told.index("SYNTHETIC DATA") < told.index("## Data")
    assert "- Kind: synthetic" in told


def test_the_card_of_real_data_does_not() -> None:
    card = toy_content(data="real").card.en
    assert "SYNTHETIC" not in card
    assert "- Kind: real" in card


def test_the_card_tells_what_a_reader_must_know() -> None:
    content = toy_content()
    card, auroc = content.card.en, content.metrics["auroc"]
    assert card.startswith("# Toy\n")
    assert "Decision support, not a diagnosis." in card
    assert f"| AUROC | {auroc.value:.4f} [{auroc.low:.4f}, {auroc.high:.4f}] |" in card
    assert "bootstrap that resamples whole patients" in card
    assert f"- Data hash: `{'d' * 64}`" in card
    assert f"Rows ingested: {content.rows['raw']}" in card
    assert "random_forest, seed 1" in card
    assert "- Not meant where: has no colour." in card
    assert all(f"| {name} |" not in card for name in content.metrics)  # a name for a person
    assert toy.problem.question.en in card


def test_the_card_holds_what_only_people_can_say() -> None:
    card, statement = toy_content().card.en, toy.problem.statement
    said = (*statement.misuse, *statement.limits, *statement.ethics)
    for text in (statement.use, statement.users, statement.contest, *said):
        assert f"{text.en}." in card
    headings = [line for line in card.splitlines() if line.startswith("## ")]
    assert headings == [
        "## Intended use",
        "## Data",
        "## Performance on the test part",
        "## Performance by group",
        "## Limits",
        "## Ethical considerations",
        "## How to contest a prediction",
        "## How it was made",
    ]


def test_the_card_shows_every_group_and_hides_the_figures_of_small_ones() -> None:
    content = toy_content()
    rows = {line.split(" | ")[0][2:]: line for line in content.card.en.splitlines() if "| " in line}
    small = msgspec.structs.replace(
        content.evaluation.subgroups[0], label=toy.text("rare"), rows=None, metrics={}
    )
    for group in content.evaluation.subgroups:
        assert str(group.rows or "few") in rows[f"{_label(group.column)}: {group.label.en}"]
    evaluation = msgspec.structs.replace(content.evaluation, subgroups=(small,))
    told = card(toy.problem, msgspec.structs.replace(content, evaluation=evaluation)).en
    assert "| Colour: rare | few | - | - | - | - | - |" in told


def test_the_spanish_card_says_the_same_in_spanish() -> None:
    content = toy_content()
    english, spanish = (text.splitlines() for text in (content.card.en, content.card.es))
    assert len(spanish) == len(english)
    assert {line for line in spanish if line in english and not line.startswith("| ---")} == {""}
    assert not any(re.search(r"\d\.\d{3}", line) for line in spanish if line.startswith("|"))
    for line_en, line_es in zip(english, spanish, strict=True):
        assert line_en.count("|") == line_es.count("|")
        assert _digits(line_en) == _digits(line_es)


def _digits(line: str) -> str:
    return "".join(re.findall(r"\d", line))


def _label(name: str) -> str:
    return next(column.label.en for column in toy.problem.inputs if column.name == name)


def test_the_decision_curve_is_told_in_words() -> None:
    def point(threshold: float, low: float, everybody: float) -> NetBenefit:
        model = Interval(low + 0.01, low, low + 0.02)
        return NetBenefit(threshold=threshold, model=model, everybody=everybody)

    useful = [point(0.05, 0.1, 0.2), point(0.1, 0.1, 0.05), point(0.2, 0.05, -0.1)]
    assert "from a threshold of 10% to 20%" in worth(useful).en
    assert "At no threshold" in worth([point(0.3, -0.01, -0.2)]).en
