from __future__ import annotations

import re

from ml.bundle.page import page

PIXEL = b"\x89PNG rest"


def test_a_page_holds_text_tables_and_figures_and_loads_nothing() -> None:
    html = page("A card", "# Title\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n", {"ROC & more": PIXEL})
    assert "<title>A card</title>" in html
    assert "<h1>Title</h1>" in html
    assert '<td style="text-align:right">2</td>' in html
    assert 'alt="ROC &amp; more"' in html
    sources = re.findall(r'(?:src|href)="([^"]*)"', html)
    assert len(sources) == 1
    assert sources[0].startswith("data:image/png;base64,")


def test_a_text_from_outside_becomes_no_markup() -> None:
    text = "<script>alert(1)</script> [x](javascript:alert(1)) ![y](http://127.0.0.1/z.png)"
    html = page("<b>", text)
    assert "<script>" not in html
    assert "<b>" not in html
    assert not re.search(r"<(a|img)\b", html)
    assert "Figures" not in html
