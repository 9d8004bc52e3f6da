"""Small pieces of HTML: pictures with alternative text, figures, bars."""

from __future__ import annotations

import base64
from collections.abc import Sequence
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


def figure(value: str, label: str, title: str = "") -> str:
    """One number and what it is."""
    tip = f' title="{escape(title)}"' if title else ""
    return f'<div class="figure"{tip}><b>{escape(value)}</b><span>{escape(label)}</span></div>'


def bars(values: Sequence[float], full: float, unit: str, names: Sequence[str] | None = None) -> str:
    """A row of bars, as high as value / full, each with its number as a tooltip; one label for a screen reader."""
    names = names or [f"dimension {i + 1}" for i in range(len(values))]
    words = ", ".join(f"{name} {value:.1f}" for name, value in zip(names, values, strict=True))
    columns = "".join(
        f'<i style="height:{max(min(value / full, 1), 0.02):.1%}" title="{escape(name)}: {value:.2f} {escape(unit)}"></i>'
        for name, value in zip(names, values, strict=True)
    )
    return f'<div class="bars" role="img" aria-label="{escape(unit)}: {escape(words)}">{columns}</div>'


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"
