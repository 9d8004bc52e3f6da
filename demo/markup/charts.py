"""Small charts as SVG, in the page's own colours, each with a sentence for a screen reader."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT = 560, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 76, 16, 14, 52
_LETTER, _LABEL_HEIGHT, _RADIUS = 10, 20, 6


@dataclass(frozen=True)
class Point:
    """One marked place of a chart; css names the colour: "vae", "mmd" or "now"."""

    x: float
    y: float
    label: str
    css: str
    open: bool = False


@dataclass(frozen=True)
class Line:
    """One curve of a chart."""

    xs: Sequence[float]
    ys: Sequence[float]
    label: str
    css: str


@dataclass(frozen=True)
class Axis:
    """From low to high; on a logarithmic scale both are above 0."""

    label: str
    low: float
    high: float
    log: bool = False

    def place(self, value: float, length: float) -> float:
        low, high = self.low, self.high
        if self.log:
            low, high, value = math.log(low), math.log(high), math.log(max(value, low))
        return length * min(max((value - low) / (high - low or 1), 0), 1)

    def ticks(self) -> list[float]:
        """A few round numbers; on a logarithmic scale 1, 2 and 5 times powers of ten, where there are enough of them."""
        if self.log:
            powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
            values = self._inside([digit * 10.0**power for power in powers for digit in (1, 2, 5)])
            if len(values) > 2:
                return values
        step = 10.0 ** math.floor(math.log10((self.high - self.low) / 2 or 1))
        step *= next((times for times in (1, 2, 5) if (self.high - self.low) / (step * times) <= 6), 10)
        return self._inside([step * i for i in range(math.ceil(self.low / step), math.floor(self.high / step) + 1)])

    def _inside(self, values: Sequence[float]) -> list[float]:
        return [value for value in values if self.low <= value <= self.high]


def axis(label: str, values: Sequence[float], log: bool = False) -> Axis:
    """An axis that holds all finite values, with a little room; a linear one starts at 0 where that is lowest."""
    finite = [value for value in values if math.isfinite(value) and (value > 0 or not log)] or [1.0]
    if log:
        return Axis(label, min(finite) / 1.3, max(finite) * 1.3, True)
    low, high = min([*finite, 0.0]), max([*finite, 1e-9])
    return Axis(label, low, high + 0.08 * (high - low))


def chart(words: str, across: Axis, up: Axis, points: Sequence[Point] = (), lines: Sequence[Line] = ()) -> str:
    """An <svg> of points and lines; `words` is what it shows, for those who can't see it."""
    wide, high = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    parts = [_frame(across, up, wide, high), *(_line(line, across, up, wide, high) for line in lines)]
    parts += _points(points, across, up, wide, high)
    return (
        f'<div class="plot"><svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(words)}">'
        f'<g transform="translate({_LEFT} {_TOP})">{"".join(parts)}</g></svg></div>'
    )


def _frame(across: Axis, up: Axis, wide: float, high: float) -> str:
    marks = [f'<path class="grid" d="M0 {high}H{wide}"/>']
    for value in up.ticks():
        y = high - up.place(value, high)
        marks.append(
            f'<path class="grid" d="M0 {y:.1f}H{wide}"/><text x="-8" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>'
        )
    for value in across.ticks():
        x = across.place(value, wide)
        marks.append(f'<text x="{x:.1f}" y="{high + 20}" text-anchor="middle">{value:g}</text>')
    marks.append(f'<text x="{wide / 2}" y="{high + 44}" text-anchor="middle">{escape(across.label)}</text>')
    marks.append(f'<text transform="translate(-58 {high / 2}) rotate(-90)" text-anchor="middle">{escape(up.label)}</text>')
    return "".join(marks)


def _line(line: Line, across: Axis, up: Axis, wide: float, high: float) -> str:
    places = (
        f"{across.place(x, wide):.1f} {high - up.place(y, high):.1f}"
        for x, y in zip(line.xs, line.ys, strict=True)
        if math.isfinite(y)
    )
    path = "L".join(places)
    return f'<path class="line {line.css}" d="M{path}"><title>{escape(line.label)}</title></path>' if path else ""


def _points(points: Sequence[Point], across: Axis, up: Axis, wide: float, high: float) -> list[str]:
    """Circles with their labels, each on the first of its sides where it covers no circle and no label."""
    places = [(across.place(point.x, wide), high - up.place(point.y, high)) for point in points]
    taken: list[tuple[float, ...]] = [(x - _RADIUS, y - _RADIUS, x + _RADIUS, y + _RADIUS) for x, y in places]
    parts = []
    for point, (x, y) in zip(points, places, strict=True):
        sides = [_label(point.label, x, y, side, below) for below in (False, True) for side in ("start", "end")]
        inside = [side for side in sides if side[1][0] >= 0 and side[1][2] <= wide] or sides
        (text_x, text_y, anchor), box = next((s for s in inside if not any(_meet(s[1], other) for other in taken)), inside[0])
        taken.append(box)
        parts.append(
            f'<circle class="{point.css}{" open" * point.open}" cx="{x:.1f}" cy="{y:.1f}" r="{_RADIUS}"/>'
            f'<text class="{point.css}" x="{text_x:.1f}" y="{text_y:.1f}" text-anchor="{anchor}">{escape(point.label)}</text>'
        )
    return parts


def _label(text: str, x: float, y: float, anchor: str, below: bool) -> tuple[tuple[float, float, str], tuple[float, ...]]:
    """Where a label goes beside (x, y), and the box it takes: left, top, right, bottom."""
    length, at = _LETTER * len(text), x + (10 if anchor == "start" else -10)
    left, line = at - length * (anchor == "end"), y + (20 if below else -6)
    return (at, line, anchor), (left, line - _LABEL_HEIGHT + 4, left + length, line + 4)


def _meet(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
