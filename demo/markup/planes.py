"""What the See tab is made of, which see.js fills."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from demo.markup.cards import model_card
from demo.markup.elements import cards, percent
from demo.views.results import NAMES
from shapevae.shapes import KINDS

_MARKS = ('<span class="k0">● circles ', '<span class="k1">■ rectangles ', '<span class="k2">▲ triangles ', "<span>no shape ")


def layout(data: Mapping[str, Any]) -> str:
    """What see.js fills, with all that can be said in words."""
    kinds = "".join(f'<button type="button" class="sm" data-drop="{kind}">Drop a {kind}</button>' for kind in KINDS)
    own = '<button type="button" class="sm" data-drop="drawing">Drop my drawing</button>'
    drops = '<canvas class="dropped" hidden></canvas><span class="drop-note" role="status"></span>'
    return (
        '<div class="planes"><div class="chips layers" role="group" aria-label="What is shown on the planes"></div>'
        f"{cards(_card(name, shares) for name, shares in data['shares'].items())}"
        f'<div class="chips drops" role="group" aria-label="Shapes to drop onto the planes">{kinds}{own}{drops}</div>'
        f'<p class="said">{data["sentence"]}</p></div>'
    )


def _card(name: str, shares: list[float]) -> str:
    """A plane, the picture at the place pointed at, and how the prior is shared out."""
    title = NAMES[name]
    label = f"Latent plane of the {title}. Point, drag, or use the arrow keys, with Shift in larger steps."
    parts = (f"{mark}{percent(share)}</span>" for mark, share in zip(_MARKS, shares, strict=True))
    return model_card(
        name,
        f'<div class="plane-top"><canvas class="plane" tabindex="0" role="application" aria-label="{label}"></canvas>'
        f'<div class="here"><canvas class="shot" width="32" height="32" role="img" aria-label="Picture that the {title} draws '
        f'there"></canvas><p class="word" role="status" data-word="{name}">&nbsp;</p>'
        f'<p class="legend kinds">Of the prior:{"".join(parts)}</p></div></div>',
    )
