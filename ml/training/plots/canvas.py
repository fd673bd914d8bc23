"""What all figures share: size, colours, and the way to bytes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Colours that colour-blind readers can tell apart (Okabe and Ito, 2008).
MODEL, OTHER, GOOD, MUTED = "#0072b2", "#d55e00", "#009e73", "#8a94a0"
_DOTS_PER_INCH = 130


def canvas(title: str, width: float = 6.4, height: float = 5.0) -> tuple[Figure, Axes]:
    """Return an empty figure, sizes in inches, with one pair of axes."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)  # no window, and no state that threads would share
    axes = figure.add_subplot()
    axes.set_title(title, fontsize=12, loc="left", pad=10)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(visible=True, color="#e3e8ee", linewidth=0.8)
    axes.set_axisbelow(True)
    return figure, axes


def to_png(figure: Figure) -> bytes:
    """Return the figure as a PNG image."""
    image = io.BytesIO()
    figure.savefig(image, format="png", dpi=_DOTS_PER_INCH)
    return image.getvalue()
