"""Both latent planes, a gr.HTML component: pictures, codes and rings that can be pointed at, and shapes that drop onto them."""

from __future__ import annotations

import json

import gradio as gr

from demo.markup.planes import layout
from demo.views import plane
from demo.views.checks import mapping
from demo.views.results import Models
from demo.widgets.events import file_text
from demo.widgets.server_functions import Answer, Function, errors_as_json
from shapevae.images.write import to_hex


def latent_planes(models: Models, elem_id: str) -> gr.HTML:
    """Both planes of models of two dimensions, which its functions ask for pictures."""
    data = plane.both_planes(models)
    return gr.HTML(
        json.dumps(data),
        html_template=layout(data),
        css_template=file_text("plane.css"),
        js_on_load=file_text("gradio/see.js"),
        server_functions=plane_functions(models),
        shapes=vars(next(iter(models.values())).shapes),
        elem_id=elem_id,
        apply_default_css=False,
        label="Latent planes",
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
