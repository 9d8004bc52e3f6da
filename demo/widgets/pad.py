"""The drawing pad, a gr.HTML component: mouse, pen, touch and keyboard; answers come while drawing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from demo.widgets.events import script

_HOW = (
    "Drawing pad. Draw with mouse, pen or finger. On the keyboard: arrow keys move, Enter sets a corner, "
    "Shift with an arrow key draws, Escape ends a line, Delete clears."
)
_TEMPLATE = f"""
<div class="pad">
  <canvas width="256" height="256" tabindex="0" role="application" aria-label="{_HOW}"></canvas>
  <div class="pad-foot">
    <span role="status" class="pad-note"></span>
    <button type="button" data-do="undo">Undo</button>
    <button type="button" data-do="clear">Clear</button>
  </div>
</div>
"""


def drawing_pad(value: str, functions: list[Callable[..., Any]], target: str, elem_id: str) -> gr.HTML:
    """A pad that shows `value` (64 × 64 pixels as hex) and puts the answers of `functions` into the gr.HTML `target`.

    functions: those of demo.widgets.server_functions.pad_functions. target: an elem_id. The component's value is always what
    is on the pad; setting it replaces the drawing, and undo brings that back.
    """
    return gr.HTML(
        value,
        html_template=_TEMPLATE,
        js_on_load=script("pad.js"),
        server_functions=functions,
        target=f"#{target}",
        elem_id=elem_id,
        apply_default_css=False,
        label="Drawing pad",
    )
