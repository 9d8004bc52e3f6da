"""Both latent planes, a gr.HTML component: pictures, codes and rings that can be pointed at, and shapes that drop onto them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import gradio as gr

from demo.markup.cards import model_card
from demo.markup.elements import cards, percent
from demo.views import plane
from demo.views.checks import mapping
from demo.views.results import NAMES, Models
from demo.widgets.events import file_text
from demo.widgets.server_functions import Answer, Function, errors_as_json
from shapevae.images.write import to_hex
from shapevae.shapes import KINDS

_MARKS = ('<span class="k0">● circles ', '<span class="k1">■ rectangles ', '<span class="k2">▲ triangles ', "<span>no shape ")


def latent_planes(models: Models, elem_id: str) -> gr.HTML:
    """Both planes of models of two dimensions, which its functions ask for pictures."""
    data = plane.both_planes(models)
    return gr.HTML(
        json.dumps(data),
        html_template=layout(data),
        css_template=file_text("plane.css"),
        js_on_load=file_text("plane.js") + file_text("see.js"),
        server_functions=plane_functions(models),
        elem_id=elem_id,
        apply_default_css=False,
        label="Latent planes",
    )


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


def plane_functions(models: Models) -> list[Function]:
    """`decode` places to pictures as hex, by model's name; `drop` a shape of the family, or a drawing, onto both planes."""

    @errors_as_json
    def decode(data: object) -> Answer:
        return {"pictures": {name: to_hex(x) for name, x in plane.decode_points(models, data).items()}}

    @errors_as_json
    def drop(data: object) -> Answer:
        x = plane.dropped_picture(models, mapping(data, "What to drop"))
        found = plane.drop(models, x)
        return {"hex": to_hex(x), "places": found, "words": plane.landed(found)}

    return [decode, drop]
