"""The drawing pad, a gr.HTML component: mouse, pen, touch and keyboard; answers come while drawing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import gradio as gr

from demo.views.drawing import FIRST_SKETCH, SHAPES, SKETCHES
from demo.widgets.events import file_text


def drawing_pad(value: str, functions: list[Callable[..., Any]], target: str, elem_id: str) -> gr.HTML:
    """A pad that shows `value` (64 × 64 pixels as hex), the first sketch, and puts the answers of `functions` into `target`.

    functions: those of demo.widgets.server_functions.pad_functions. target: the elem_id of a gr.HTML. The component's value is
    always what is on the pad; setting it replaces the drawing, and undo brings that back.
    """
    # In the script, since Gradio drops a component's own properties where an event names it before its tab is first shown.
    given = {"target": f"#{target}", "value": value, "sketch": FIRST_SKETCH, "sketches": SKETCHES, "shapes": vars(SHAPES)}
    return gr.HTML(
        value,
        html_template=file_text("pad.html"),
        js_on_load=f"const SETTINGS = {json.dumps(given)};\n{file_text('gradio/pad.js')}",
        server_functions=functions,
        elem_id=elem_id,
        apply_default_css=False,
        label="Drawing pad",
    )
