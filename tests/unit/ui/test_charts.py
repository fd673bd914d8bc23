from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from ui import charts, markup


def test_parts_of_a_chart_stay_inside_its_frame() -> None:
    points = [charts.Point(0, 0, 0, 0.1), charts.Point(1, 1, 0.9, 1)]
    parts = [
        *charts.bars([0, 0.5, 1]),
        *charts.line([(0, 0), (1, 1)]),
        *charts.against_ideal(points, "<ideal>"),
    ]
    root = ET.fromstring(f"<svg>{''.join(parts)}</svg>")  # noqa: S314 # our own text

    for mark in root.iter("circle"):
        assert charts.LEFT <= float(mark.attrib["cx"]) <= charts.WIDTH - charts.RIGHT
        assert charts.TOP <= float(mark.attrib["cy"]) <= charts.HEIGHT - charts.BOTTOM
    bars = list(root.iter("rect"))
    assert float(bars[0].attrib["height"]) == 0
    bottoms = {float(bar.attrib["y"]) + float(bar.attrib["height"]) for bar in bars}
    assert bottoms == {charts.HEIGHT - charts.BOTTOM}
    assert "<ideal>" in [text.text for text in root.iter("text")]


def test_people_are_a_hundred_and_told_in_words() -> None:
    drawn = markup.people(7, "7 of <100>", "seven")

    assert drawn.count("<i") == 100
    assert drawn.count('class="on"') == 7
    assert "7 of &lt;100&gt;" in drawn
    assert 'role="img" aria-label="seven"' in drawn


@pytest.mark.parametrize(("share", "width"), [(-1, "0"), (0.5, "4.0"), (2, "8.0")])
def test_a_bar_has_the_length_of_its_share(share: float, width: str) -> None:
    assert f"width: {width}" in markup.bar(share, "<x>")
    assert "&lt;x&gt;" in markup.bar(share, "<x>")
