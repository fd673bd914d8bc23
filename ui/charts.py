"""Small charts as SVG: sharp on paper, without menus in another language."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

import streamlit as st

WIDTH, HEIGHT = 460, 230
LEFT, RIGHT, TOP, BOTTOM = 56, 14, 14, 34
INK, LINE, PALE = "#1f2d33", "#0b5c74", "#c9d3d6"


class Point(NamedTuple):
    """A point with its interval; coordinates between 0 and 1."""

    x: float
    y: float
    low: float
    high: float


class Axes(NamedTuple):
    """The texts at the ends of both axes, and in the middle of the lower one."""

    left: tuple[str, str]
    bottom: tuple[str, str, str]


def draw(parts: Sequence[str], axes: Axes, alt: str) -> None:
    """Draw a chart; `alt` says the same in words."""
    frame = (
        f'<path d="M{LEFT} {TOP}V{HEIGHT - BOTTOM}H{WIDTH - RIGHT}" fill="none" stroke="{INK}"/>'
    )
    texts = [
        _text(LEFT - 6, HEIGHT - BOTTOM, axes.left[0], "end"),
        _text(LEFT - 6, TOP + 8, axes.left[1], "end"),
        _text(LEFT, HEIGHT - 12, axes.bottom[0], "start"),
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, axes.bottom[1], "middle"),
        _text(WIDTH - RIGHT, HEIGHT - 12, axes.bottom[2], "end"),
    ]
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">'
        f'<rect width="100%" height="100%" fill="#ffffff"/>{frame}{"".join([*parts, *texts])}</svg>'
    )
    st.image(svg, alt=alt, width="content")


def bars(heights: Sequence[float]) -> list[str]:
    """Return one bar for each height between 0 and 1."""
    step = (WIDTH - LEFT - RIGHT) / max(1, len(heights))
    width = min(40.0, 0.8 * step)
    return [
        f'<rect x="{LEFT + step * (place + 0.5) - width / 2:.1f}" y="{_y(height):.1f}" '
        f'width="{width:.1f}" height="{HEIGHT - BOTTOM - _y(height):.1f}" fill="{LINE}"/>'
        for place, height in enumerate(heights)
    ]


def line(points: Sequence[tuple[float, float]]) -> list[str]:
    """Return a line with a mark at each point; coordinates between 0 and 1."""
    way = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in points)
    marks = [f'<circle cx="{_x(x):.1f}" cy="{_y(y):.1f}" r="4" fill="{LINE}"/>' for x, y in points]
    return [f'<polyline points="{way}" fill="none" stroke="{LINE}" stroke-width="2"/>', *marks]


def against_ideal(points: Sequence[Point], ideal: str) -> list[str]:
    """Return points with their intervals beside the diagonal, which is called `ideal`."""
    diagonal = f"M{_x(0):.1f} {_y(0):.1f}L{_x(1):.1f} {_y(1):.1f}"
    style = f'stroke="{PALE}" stroke-width="2" stroke-dasharray="6 5"'
    found = [f'<path d="{diagonal}" {style}/>', _text(_x(0.94), _y(0.98), ideal, "end")]
    for point in points:
        x = _x(point.x)
        found.append(
            f'<path d="M{x:.1f} {_y(point.low):.1f}V{_y(point.high):.1f}" stroke="{LINE}" '
            f'stroke-width="2"/><circle cx="{x:.1f}" cy="{_y(point.y):.1f}" r="4" fill="{LINE}"/>'
        )
    return found


def _x(share: float) -> float:
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _y(share: float) -> float:
    return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{INK}">{escape(text)}</text>'
    )
