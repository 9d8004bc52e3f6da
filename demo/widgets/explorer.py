"""The latent explorer, a gr.HTML component: maps, sliders and strips of both models, moved together."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import gradio as gr

from demo.markup.cards import model_card
from demo.views.latent import REACH, LatentMap
from demo.views.results import NAMES
from demo.widgets.events import script

_KIND_LEGEND = '<span class="k0">● circle</span> <span class="k1">■ rectangle</span> <span class="k2">▲ triangle</span>'


def latent_explorer(
    codes: Mapping[str, list[float]], maps: Mapping[str, LatentMap], functions: list[Callable[..., Any]], elem_id: str
) -> gr.HTML:
    """Starts at `codes`, ranked standard coordinates by model; functions: those of demo.widgets.server_functions."""
    decode, describe, _ = functions
    pictures, strips = decode(codes)["pictures"], describe(codes)["strips"]
    return gr.HTML(
        json.dumps({"codes": {name: [round(c, 3) for c in code] for name, code in codes.items()}}),
        html_template=_template(maps, pictures, strips),
        js_on_load=script("explorer.js"),
        server_functions=functions,
        maps={name: _plain(place) for name, place in maps.items()},
        reach=REACH,
        elem_id=elem_id,
        apply_default_css=False,
        label="Latent explorer",
    )


def _plain(place: LatentMap) -> dict[str, Any]:
    """A map for the script, numbers cut to what a screen can show."""
    return {
        "points": [[round(value, 2) for value in row] for row in place.points.tolist()],
        "kinds": place.kinds.tolist(),
        "centre": [round(value, 4) for value in place.centre.tolist()],
        "components": [[round(value, 4) for value in row] for row in place.components.tolist()],
    }


def _template(maps: Mapping[str, LatentMap], pictures: Mapping[str, str], strips: Mapping[str, list[str]]) -> str:
    most = max(sum(place.active) for place in maps.values())
    axes = [("pc0", "component 1"), ("pc1", "component 2")]
    axes += [(f"dim{i}", f"dimension {i + 1}") for i in range(most)]
    cards = "".join(_card(name, place, pictures[name], strips[name]) for name, place in maps.items())
    return f"""
<div class="explorer">
  <div class="explore-bar">
    <button type="button" data-do="drawing">Start from my drawing</button>
    <button type="button" data-do="random">Random code</button>
    <button type="button" data-do="zero">Middle of the prior</button>
    <label><input type="checkbox" data-do="link" checked> Move both models together</label>
    <span class="axes"><label>Map across {_select("across", axes, 0)}</label> <label>up {_select("up", axes, 1)}</label></span>
  </div>
  <div class="cards two">{cards}</div>
</div>"""


def _select(name: str, axes: list[tuple[str, str]], chosen: int) -> str:
    options = (f'<option value="{key}"{" selected" * (i == chosen)}>{text}</option>' for i, (key, text) in enumerate(axes))
    return f'<select data-axis="{name}">{"".join(options)}</select>'


def _card(name: str, place: LatentMap, decoded: str, strips: list[str]) -> str:
    title = NAMES[name]
    rows = [_row(title, place, rank, strip) for rank, strip in enumerate(strips)]
    how = f"Map of test shapes in the latent space of the {title}. Drag, or use the arrow keys, to move the code."
    content = f"""
  <div class="explore-top">
    <img class="shot" data-role="decoded" alt="Picture that the {title} decodes from the code" src="{decoded}">
    <canvas class="map" width="440" height="440" tabindex="0" role="application" aria-label="{escape(how)}"></canvas>
  </div>
  <p class="word"><span data-word="{name}">&nbsp;</span> <small class="kinds">{_KIND_LEGEND}</small></p>
  {_dimensions(rows, place.active)}"""
    return model_card(name, content)


def _dimensions(rows: list[str], active: list[bool]) -> str:
    """The dimensions in use, and the others folded away."""
    used, unused = ([row for row, is_used in zip(rows, active, strict=True) if is_used is wanted] for wanted in (True, False))
    shown = f'<ol class="dims">{"".join(used)}</ol>'
    if not unused:
        return shown
    words = f"{len(unused)} unused dimension{'s' * (len(unused) > 1)}: they carry next to nothing"
    return f'{shown}<details class="unused"><summary>{words}</summary><ol class="dims">{"".join(unused)}</ol></details>'


def _row(title: str, place: LatentMap, rank: int, strip: str) -> str:
    bits = "" if place.bits is None else f"{place.bits[rank]:.1f} bits"
    return (
        f'<li data-dim="{rank}"><span class="dim">{rank + 1} <small>{bits}</small></span>'
        f'<input type="range" min="-{REACH:g}" max="{REACH:g}" step="0.05" aria-label="{title}, dimension {rank + 1}, {bits}">'
        f'<img class="strip" alt="What dimension {rank + 1} of the {title} changes" src="{strip}"></li>'
    )
