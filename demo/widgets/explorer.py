"""The latent explorer, a gr.HTML component: maps, sliders and strips of both models, moved together."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr

from demo.markup.cards import model_card
from demo.markup.elements import percent
from demo.views.latent import REACH, LatentMap
from demo.views.results import NAMES
from demo.widgets.events import file_text


def latent_explorer(
    codes: Mapping[str, list[float]], maps: Mapping[str, LatentMap], functions: list[Callable[..., Any]], elem_id: str
) -> gr.HTML:
    """Starts at `codes`, ranked standard coordinates by model.

    functions: those of demo.widgets.server_functions.explorer_functions, which explorer.js asks for all pictures.
    """
    return gr.HTML(
        json.dumps({"codes": {name: [round(c, 3) for c in code] for name, code in codes.items()}}),
        html_template=file_text("explorer.html"),
        js_on_load=file_text("explorer.js"),
        server_functions=functions,
        maps={name: for_script(name, place) for name, place in maps.items()},
        reach=REACH,
        elem_id=elem_id,
        apply_default_css=False,
        label="Latent explorer",
    )


def for_script(name: str, place: LatentMap) -> dict[str, Any]:
    """A map as explorer.js takes it, numbers cut to what a screen can show; card: that of its model, still empty."""
    return {
        "title": NAMES[name],
        "card": model_card(name, ""),
        "bits": ["" if place.bits is None else f"{bits:.1f} bits" for bits in place.bits or place.active],
        "active": place.active,
        "points": [[round(value, 2) for value in row] for row in place.points.tolist()],
        "kinds": place.kinds.tolist(),
        "pair": place.best_pair,
        "purity": {f"{a},{b}": percent(share) for (a, b), share in place.purity.items()},
        "whole": percent(place.whole_purity),
        "chance": percent(place.chance),
    }
