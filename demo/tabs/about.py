"""Tab: what this is, the report's table and ours, how to use it from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gradio as gr

from demo import views
from demo.html import percent
from demo.presets import Shelf
from shapevae.model import Autoencoder

_REPORTED = {
    "report-vae": ("VAE", "12.022", "93.75 % (15 of 16)", "72 % (18 of 25)", "243 s"),
    "report-mmd": ("adjusted VAE", "0.048484", "68.75 % (11 of 16)", "80 % (20 of 25)", "244 s"),
}
_STORY = """
A course report of 2021 (*AIML 425 Assignment 4, Variational Autoencoders*) trained two autoencoders on 10,000 pictures of
circles, rectangles and triangles. They differ in one thing only: how the latent layer is kept Gaussian. The **VAE** learns a
mean and a variance for each picture, and KL divergence pulls each of these Gaussians to the prior. The **adjusted VAE** adds
noise of a fixed variance, and maximum mean discrepancy (MMD) pulls the codes of a whole batch, taken together, to a Gaussian
of variance v.

The report counted by eye how many pictures one could tell. Here a judge does: it fits the nearest true circle, rectangle and
triangle, and calls a picture distinguishable where the overlap (intersection over union) is at least 90 %.
"""
_USE = """
**From Python** (this page's address may differ)
```python
from gradio_client import Client, handle_file

client = Client("http://127.0.0.1:7860")
by_vae, by_mmd, figures = client.predict(handle_file("drawing.png"), api_name="/reconstruct")
```
**From the command line**
```
shapevae sample weights/vae --count 25 --seed 0 --out samples.png
shapevae evaluate weights/vae weights/mmd
```
**As a library**
```python
from shapevae import draw_shapes, load_model

model = load_model("weights/vae")
rebuilt = model.reconstruct(draw_shapes(16, seed=0).images)
```
*Use via API*, at the foot of the page, documents every endpoint. With `pip install "gradio[mcp]"`, `python app.py --mcp` offers
them as MCP tools.
"""
_CITE = """
```bibtex
@software{shapevae, title = {shapevae: two ways to keep a latent space Gaussian}, year = {2026}}
```
KL divergence and the variational autoencoder: Kingma & Welling 2014. MMD for autoencoders: Tolstikhin et al. 2018.
The unbiased MMD estimate: Gretton et al. 2012.
"""


def build(models: views.Models, shelf: Shelf) -> None:
    """Lay the tab out; nothing in it needs wiring."""
    gr.Markdown("## What this is\n" + _STORY)
    gr.Markdown("## The report, and the same runs here\n" + report_table(shelf.metrics), elem_id="report-table")
    page = Path(__file__).parent.parent.parent / "docs" / "report" / "README.md"
    if page.exists():
        gr.Markdown("All figures and claims of the report, redone, are in `docs/report/README.md`.")
    gr.Markdown("## The models on this page\n" + _model_lines(models, shelf))
    gr.Markdown("## Use it from elsewhere\n" + _USE)
    gr.Markdown("## Cite\n" + _CITE)


def report_table(metrics: Mapping[str, Mapping[str, Any]]) -> str:
    """The report's rows and, beneath each, ours at the same setting, as a Markdown table."""
    rows = [
        "| model | squared error an image | mean a pixel | test pictures told | random pictures told | training |",
        "|---|---|---|---|---|---|",
    ]
    for preset, (title, error, tests, samples, seconds) in _REPORTED.items():
        scales = (error, "") if preset == "report-vae" else ("", error)
        rows.append(f"| {title}, the report | {scales[0]} | {scales[1]} | {tests} | {samples} | {seconds} |")
        rows.append(_own_row(title, metrics[preset]) if preset in metrics else f"| {title}, here | not trained yet | | | | |")
    note = (
        "\n\nThe report's two errors can't be on one scale: we take the first to be a sum over pixels, the second a mean. "
        "Told: distinguishable as one of the three shapes."
    )
    return "\n".join(rows) + note


def _own_row(title: str, values: Mapping[str, Any]) -> str:
    seconds = values.get("train_seconds")
    return (
        f"| {title}, here | {values['squared_error_per_image']:.2f} | {values['mse_per_pixel']:.5f} "
        f"| {percent(values['reconstruction_quality'])} | {percent(values['sample_quality'])} "
        f"| {'' if seconds is None else f'{seconds:.0f} s'} |"
    )


def _model_lines(models: views.Models, shelf: Shelf) -> str:
    return "\n".join(_model_line(name, model, shelf.shown[name]) for name, model in models.items())


def _model_line(name: str, model: Autoencoder, preset: str) -> str:
    config, count = model.config, sum(p.numel() for p in model.parameters())
    noise = "learned noise" if config.noise_variance is None else f"noise of variance σ² = {config.noise_variance:g}"
    return (
        f"- **{views.NAMES[name]}**: preset `{preset}`, {count:,} weights, {config.latent_dim} latent dimensions, {noise}, "
        f"prior variance v = {config.prior_variance:g}, pictures of {config.image_size} × {config.image_size} pixels."
    )
