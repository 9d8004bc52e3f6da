"""Small pieces of HTML: pictures with alternative text, figures, bars, cards."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape

from torch import Tensor

from shapevae.images.write import to_png


def source(image: Tensor) -> str:
    """A picture, (1, H, W) or (3, H, W) in [0, 1], as the address of an <img>."""
    return as_source(to_png(image))


def as_source(data: bytes, kind: str = "image/png") -> str:
    """A file's bytes as an address."""
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def picture(image: Tensor, alt: str, css: str = "") -> str:
    """An <img> of (1, H, W) or (3, H, W) in [0, 1], its PNG inside."""
    return (
        f'<img class="{css}" alt="{escape(alt)}" src="{source(image)}" '
        f'width="{image.shape[2]}" height="{image.shape[1]}" draggable="false">'
    )


def card(title: str, note: str, content: str, css: str = "") -> str:
    """A framed part of a page with a heading; css: "vae" or "mmd" where it is one model's."""
    return f'<section class="card {css}"><h3>{escape(title)} <small>{escape(note)}</small></h3>{content}</section>'


def cards(parts: Iterable[str], css: str = "two") -> str:
    """Cards side by side."""
    return f'<div class="cards {css}">{"".join(parts)}</div>'


def figure(value: str, label: str, title: str = "") -> str:
    """One number and what it is."""
    return f'<div class="figure" title="{escape(title)}"><b>{escape(value)}</b><span>{escape(label)}</span></div>'


def bars(values: Sequence[float], full: float, unit: str) -> str:
    """A row of bars, one a dimension, as high as value / full, each with its number as a tooltip; one label for all."""
    words = ", ".join(f"dimension {i} {value:.1f}" for i, value in enumerate(values, 1))
    columns = "".join(
        f'<i style="height:{max(min(value / full, 1), 0.02):.1%}" title="dimension {i}: {value:.2f} {escape(unit)}"></i>'
        for i, value in enumerate(values, 1)
    )
    return f'<div class="bars" role="img" aria-label="{escape(unit)}: {words}">{columns}</div>'


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"
