from __future__ import annotations

from tests import toy
from tests.unit.ml.learning import toy_content


def test_the_card_of_synthetic_data_says_so_before_any_figure() -> None:
    card = toy_content().card
    assert 0 < card.index("SYNTHETIC DATA") < card.index("## Data")
    assert "- Kind: synthetic" in card


def test_the_card_of_real_data_does_not() -> None:
    card = toy_content(data="real").card
    assert "SYNTHETIC" not in card
    assert "- Kind: real" in card


def test_the_card_tells_what_a_reader_must_know() -> None:
    content = toy_content()
    card, auroc = content.card, content.metrics["auroc"]
    assert card.startswith("# Toy\n")
    assert "Decision support, not a diagnosis." in card
    assert f"| AUROC | {auroc.value:.4f} | {auroc.low:.4f} to {auroc.high:.4f} |" in card
    assert "bootstrap that resamples whole patients" in card
    assert f"- Data hash: `{'d' * 64}`" in card
    assert f"Rows ingested: {content.rows['raw']}" in card
    assert "random_forest, seed 1" in card
    assert "- Not meant where: has no colour." in card
    assert all(f"| {name} |" not in card for name in content.metrics)  # a name for a person
    assert toy.problem.question.en in card
