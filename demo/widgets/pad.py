"""The drawing pad, a gr.HTML component: mouse, pen, touch and keyboard; answers come while drawing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from demo.views.drawing import FIRST_SKETCH, SKETCHES
from demo.widgets.events import script

_HOW = (
    "Drawing pad. Draw with mouse, pen or finger. On the keyboard: arrow keys move, Enter sets a corner, "
    "Shift with an arrow key draws, Escape ends a line, Delete clears."
)
_CHIP = '<button type="button" data-sketch="{0}">{0}</button>'
_TEMPLATE = f"""
<div class="pad">
  <canvas width="256" height="256" tabindex="0" role="application" aria-label="{_HOW}"></canvas>
  <div class="pad-foot">
    <label><input type="checkbox" checked> Fill outlines</label>
    <span role="status" class="pad-note"></span>
    <button type="button" data-do="undo">Undo</button>
    <button type="button" data-do="clear">Clear</button>
  </div>
  <div class="chips" role="group" aria-label="Drawings to try">{"".join(map(_CHIP.format, SKETCHES))}</div>
</div>
"""


def drawing_pad(value: str, functions: list[Callable[..., Any]], target: str, elem_id: str) -> gr.HTML:
    """A pad that shows `value` (64 × 64 pixels as hex), the first sketch, and puts the answers of `functions` into `target`.

    functions: those of demo.widgets.server_functions.pad_functions. target: the elem_id of a gr.HTML. The component's value is
    always what is on the pad; setting it replaces the drawing, and undo brings that back.
    """
    return gr.HTML(
        value,
        html_template=_TEMPLATE,
        js_on_load=script("pad.js"),
        server_functions=functions,
        target=f"#{target}",
        sketch=FIRST_SKETCH,
        sketches=SKETCHES,
        elem_id=elem_id,
        apply_default_css=False,
        label="Drawing pad",
    )
