"""Tab: how many bits the codes carry, and how Gaussian they are."""

from __future__ import annotations

from typing import Any

import gradio as gr

from demo.markup import information
from demo.markup.text import TEXT
from demo.presets import PresetInfo
from demo.tabs import scale
from demo.views import results as views
from demo.widgets import explained


def build(models: views.Models, info: PresetInfo, metrics: dict[str, dict[str, Any]]) -> None:
    """Lay the tab out; nothing in it needs wiring. metrics: of the models shown."""
    count = min(values["images"] for values in metrics.values())
    gr.Markdown(f"{TEXT['information']} Measured on {count:,} fresh pictures.")
    gr.HTML(information.rate_bars(metrics), elem_id="rate-bars", apply_default_css=False)
    cards = information.rate_cards(metrics, {name: model.config for name, model in models.items()})
    gr.HTML(cards, elem_id="rates", apply_default_css=False)
    with gr.Row(elem_classes="halves"):
        with gr.Column(min_width=320):
            gr.Markdown(TEXT["information.plane"])
            everything = information.rate_distortion({**metrics, **info.metrics})
            gr.HTML(everything, elem_id="rate-distortion", apply_default_css=False)
            gr.Markdown(information.beyond_ideal(metrics), elem_id="beyond-ideal")
        with gr.Column(min_width=320):
            gr.Markdown(TEXT["information.gaussian"])
            gr.HTML(information.certificate(metrics), elem_id="certificate", apply_default_css=False)
    scale.build()
    explained.build("information")
