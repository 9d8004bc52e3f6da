"""Small charts as SVG, in the page's own colours, each with a sentence for a screen reader."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDE, _HIGH = 468, 234  # of the plot; the rest is room for numbers and names


@dataclass(frozen=True)
class Point:
    """One marked place of a chart; css names its colour: "vae", "mmd" or "now"."""

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
    """Points and lines, and under them what each is; `words` is what they show, for those who can't see it."""
    parts = [_frame(across, up), *(_line(line, across, up) for line in lines)]
    keys = [f'<span><i class="{line.css}"></i>{escape(line.label)}</span>' for line in lines]
    for point in points:
        css = f"{point.css}{' open' * point.open}"
        x, y = across.place(point.x, _WIDE), _HIGH - up.place(point.y, _HIGH)
        parts.append(f'<circle class="{css}" cx="{x:.1f}" cy="{y:.1f}" r="7"><title>{escape(point.label)}</title></circle>')
        keys.append(f'<span><i class="dot {css}"></i>{escape(point.label)}</span>')
    return (
        f'<div class="plot"><svg class="chart" viewBox="0 0 560 300" role="img" aria-label="{escape(words)}">'
        f'<g transform="translate(76 14)">{"".join(parts)}</g></svg></div><p class="keys">{"".join(keys)}</p>'
    )


def _frame(across: Axis, up: Axis) -> str:
    marks = [f'<path class="grid" d="M0 {_HIGH}H{_WIDE}"/>']
    for value in up.ticks():
        y = _HIGH - up.place(value, _HIGH)
        label = f'<text x="-8" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>'
        marks.append(f'<path class="grid" d="M0 {y:.1f}H{_WIDE}"/>{label}')
    for value in across.ticks():
        x = across.place(value, _WIDE)
        marks.append(f'<text x="{x:.1f}" y="{_HIGH + 20}" text-anchor="middle">{value:g}</text>')
    marks.append(f'<text x="{_WIDE / 2}" y="{_HIGH + 44}" text-anchor="middle">{escape(across.label)}</text>')
    marks.append(f'<text transform="translate(-58 {_HIGH / 2}) rotate(-90)" text-anchor="middle">{escape(up.label)}</text>')
    return "".join(marks)


def _line(line: Line, across: Axis, up: Axis) -> str:
    places = (
        f"{across.place(x, _WIDE):.1f} {_HIGH - up.place(y, _HIGH):.1f}"
        for x, y in zip(line.xs, line.ys, strict=True)
        if math.isfinite(y)
    )
    path = "L".join(places)
    return f'<path class="line {line.css}" d="M{path}"/>' if path else ""
