"""Tab: how many bits the codes carry, and how Gaussian they are."""

from __future__ import annotations

from typing import Any

import gradio as gr

from demo.markup import information
from demo.presets import Shelf
from demo.views import results as views
from demo.widgets import explained


def build(models: views.Models, shelf: Shelf, metrics: dict[str, dict[str, Any]]) -> None:
    """Lay the tab out; nothing in it needs wiring. metrics: of the models shown."""
    configs = {name: model.config for name, model in models.items()}
    count = min(values["images"] for values in metrics.values())
    gr.Markdown(
        "**How much does the code know?** The VAE learns how much noise to add, so its rate is *learned*; the adjusted model "
        f"has fixed noise, so its rate is *designed*. Measured on {count:,} fresh pictures."
    )
    gr.HTML(information.rate_bars(metrics), elem_id="rate-bars", apply_default_css=False)
    gr.HTML(information.rate_cards(metrics, configs), elem_id="rates", apply_default_css=False)
    with gr.Row(elem_classes="halves"):
        with gr.Column(min_width=320):
            gr.Markdown(
                "### Rate against distortion\nEvery bit spent should buy a smaller error: further down and left is better."
            )
            everything = information.rate_distortion({**metrics, **shelf.metrics})
            gr.HTML(everything, elem_id="rate-distortion", apply_default_css=False)
        with gr.Column(min_width=320):
            gr.Markdown(
                "### Is the code Gaussian?\nSampling works only where it is. A tick: hardly further off than chance alone."
            )
            gr.HTML(information.certificate(metrics), elem_id="certificate", apply_default_css=False)
    explained.build("information", information.formulas(metrics, configs))
