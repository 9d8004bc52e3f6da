"""Tab: both latent spaces of two dimensions, each in one picture."""

from __future__ import annotations

import gradio as gr

from demo.markup.text import TEXT
from demo.presets import PLANE, command
from demo.views.results import Models
from demo.widgets import explained
from demo.widgets.plane import latent_planes


def build(models: Models) -> None:
    """Lay the tab out for models of two dimensions, or say that there are none."""
    gr.Markdown(TEXT["see"] if models else f"{TEXT['see.none']} {' and '.join(map(command, PLANE.values()))}.")
    if models:
        latent_planes(models, "see")
    explained.build("see")
