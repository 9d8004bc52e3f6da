"""The latent explorer, a gr.HTML component: maps, sliders and strips of both models, moved together."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr

from demo.markup.maps import for_script
from demo.views.latent import REACH, LatentMap
from demo.widgets.events import file_text


def latent_explorer(
    codes: Mapping[str, list[float]], maps: Mapping[str, LatentMap], functions: list[Callable[..., Any]], elem_id: str
) -> gr.HTML:
    """Starts at `codes`, ranked standard coordinates by model.

    functions: those of demo.widgets.server_functions.explorer_functions, which are asked for what the page does not compute.
    """
    return gr.HTML(
        json.dumps({"codes": {name: [round(c, 3) for c in code] for name, code in codes.items()}}),
        html_template=file_text("explorer.html"),
        js_on_load=file_text("gradio/explorer.js"),
        server_functions=functions,
        maps={name: for_script(name, place) for name, place in maps.items()},
        reach=REACH,
        elem_id=elem_id,
        apply_default_css=False,
        label="Latent explorer",
    )
