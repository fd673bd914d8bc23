"""A Markdown text as a page for a browser: the model card, with figures where there are any."""

from __future__ import annotations

import base64
import html
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Mapping

_STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.55 system-ui, sans-serif; color: #1d2733; background: #f6f8fa; margin: 0; }
main { max-width: 72rem; margin: 0 auto; padding: 2rem 2rem 4rem; background: #fff; }
h1 { font-size: 1.8rem; margin: 0 0 .5rem; } h2 { font-size: 1.25rem; margin: 2.2rem 0 .6rem;
border-bottom: 1px solid #d7dee6; padding-bottom: .25rem; } h3 { font-size: 1.05rem; }
table { border-collapse: collapse; font-size: .82rem; display: block; overflow-x: auto; }
th, td { padding: .35rem .5rem; border-bottom: 1px solid #e3e8ee; text-align: left;
vertical-align: top; } th { background: #eef2f6; } td { font-variant-numeric: tabular-nums; }
td[style], th[style], td:first-child { white-space: nowrap; }
code { background: #eef2f6; padding: .1em .3em; border-radius: 3px; overflow-wrap: anywhere; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(25rem, 1fr)); gap: 1rem; }
figure { margin: 0; } img { width: 100%; }
@media print { body { background: #fff; } main { padding: 0; max-width: none; } }
"""


def page(
    title: str, markdown: str, figures: Mapping[str, bytes] | None = None, language: str = "en"
) -> str:
    """Return a complete HTML page that loads nothing from anywhere.

    Args:
        title: of the browser's tab.
        markdown: the text; HTML in it is shown, not run.
        figures: PNG images, by what they show; they speak English.
        language: of the text, for screen readers.
    """
    # Nothing in a text may become markup, or an address that a browser goes to.
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    body = reader.disable(["link", "image", "autolink"]).render(markdown)
    drawn = "".join(_figure(caption, image) for caption, image in (figures or {}).items())
    shown = f"<h2>Figures</h2><div class=figures>{drawn}</div>" if drawn else ""
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head>\n"
        f"<body><main>{body}{shown}</main></body></html>\n"
    )


def _figure(caption: str, image: bytes) -> str:
    text = html.escape(caption, quote=True)
    data = base64.b64encode(image).decode()
    return f'<figure><img alt="{text}" src="data:image/png;base64,{data}"></figure>'
