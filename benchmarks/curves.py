"""A growth curve as SVG. Both axes are logarithmic, so that what grows with its size is a straight line of slope 1.
Each line has its name at its end, and a dash of its own beside its colour."""

from __future__ import annotations

import math
from html import escape

from figures import Curve

WIDTH, HEIGHT = 720, 400
LEFT, TOP, RIGHT, BOTTOM = 76, 46, 518, 344
"""The plot; right of it stand the names of the lines."""
APART = 17
"""Pixels between two names."""
LINES = (("a", ""), ("b", "7 4"), ("c", "2 4"), ("d", "10 3 2 3"))
SHAPE = "text{font:13px system-ui,sans-serif}.h{font-size:15px;font-weight:600}polyline{fill:none;stroke-width:2.5}"
LIGHT = {"p": "#fff", "h": "#1c2128", "m": "#59636e", "g": "#d8dee4",
         "a": "#0550ae", "b": "#a4480b", "c": "#116329", "d": "#8250df"}  # fmt: skip
DARK = {"p": "#0d1117", "h": "#e6edf3", "m": "#9198a1", "g": "#30363d",
        "a": "#79b8ff", "b": "#ffa657", "c": "#7ee787", "d": "#d2a8ff"}  # fmt: skip
"""Paper, heading, marks, grid, lines. Not every reader of SVG knows variables of CSS."""


def style(colours: dict[str, str]) -> str:
    """Fills, and strokes of what is drawn by its line."""
    return "".join(f".{name}{{fill:{one}}}path.{name},polyline.{name}{{stroke:{one};fill:none}}"
                   for name, one in colours.items())  # fmt: skip


class Axis:
    """From values to pixels."""

    def __init__(self, values: list[float], start: int, end: int) -> None:
        self.low, high = math.log10(min(values)), math.log10(max(values))
        self.start, self.scale = start, (end - start) / ((high - self.low) or 1.0)

    def at(self, value: float) -> float:
        return round(self.start + (math.log10(value) - self.low) * self.scale, 1)


def decades(values: list[float]) -> list[float]:
    """Powers of ten around all of these, so that noise is not drawn as a mountain."""
    low = math.floor(math.log10(min(values)))
    return [10.0**power for power in range(low, max(math.ceil(math.log10(max(values))), low + 1) + 1)]


def ticks(values: list[float]) -> list[float]:
    """Round values that hold all of these between the first and the last: 1, or 1, 2 and 5 of every power of ten."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    steps = (1, 2, 5) if high - low <= 2 else (1,)
    every = [step * 10.0**power for power in range(low, high + 1) for step in steps]
    first = max(one for one in every if one <= min(values) * 1.001)
    last = min((one for one in every if one >= max(values) * 0.999), default=10.0**high)
    return [one for one in every if first <= one <= last]


def spread(heights: list[float]) -> list[float]:
    """The same heights, so far apart that no name stands on another."""
    told = dict[int, float]()
    for number in sorted(range(len(heights)), key=heights.__getitem__):
        told[number] = max(heights[number], *(one + APART for one in told.values())) if told else heights[number]
    over = max(0.0, max(told.values()) - BOTTOM)
    return [told[number] - over for number in range(len(heights))]


def drawn(curve: Curve) -> str:
    """The picture."""
    across = ticks([x for points in curve.series.values() for x, _ in points])
    up = decades([y for points in curve.series.values() for _, y in points])
    to_x, to_y = Axis(across, LEFT, RIGHT), Axis(up, BOTTOM, TOP)
    rows = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(curve.title)}">',
        f"<style>{SHAPE}{style(LIGHT)}@media(prefers-color-scheme:dark){{{style(DARK)}}}</style>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="6" class="p"/>',
        f'<text class="h" x="{LEFT}" y="26">{escape(curve.title)}</text>',
        f'<text class="m" x="{(LEFT + RIGHT) // 2}" y="{HEIGHT - 14}" text-anchor="middle">'
        f"{escape(curve.across)}</text>",
        f'<text class="m" text-anchor="middle" transform="translate(18 {(TOP + BOTTOM) // 2}) rotate(-90)">'
        f"{escape(curve.up)}</text>",
    ]
    for value in across:
        rows.append(f'<path d="M{to_x.at(value)} {TOP}V{BOTTOM}" class="g"/>')
        rows.append(f'<text class="m" x="{to_x.at(value)}" y="{BOTTOM + 20}" text-anchor="middle">{value:,g}</text>')
    for value in up:
        rows.append(f'<path d="M{LEFT} {to_y.at(value)}H{RIGHT}" class="g"/>')
        rows.append(f'<text class="m" x="{LEFT - 8}" y="{to_y.at(value) + 4}" text-anchor="end">{value:,g}</text>')
    names = spread([to_y.at(points[-1][1]) for points in curve.series.values()])
    for (name, points), height, (colour, dash) in zip(curve.series.items(), names, LINES, strict=False):
        corners = " ".join(f"{to_x.at(x)},{to_y.at(y)}" for x, y in points)
        rows.append(f'<polyline class="{colour}" points="{corners}" stroke-dasharray="{dash or "none"}"/>')
        rows += [f'<circle class="{colour}" cx="{to_x.at(x)}" cy="{to_y.at(y)}" r="3.5"/>' for x, y in points]
        rows.append(f'<text class="{colour}" x="{RIGHT + 10}" y="{height + 4:.1f}">{escape(name)}</text>')
    return "\n".join([*rows, "</svg>", ""])
