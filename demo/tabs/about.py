"""Tab: what this is, the report's table and claims beside ours, how to use it from elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

import gradio as gr

from demo.presets import Shelf
from demo.views import results as views
from shapevae.model import Autoencoder

PAGE = Path(__file__).parent.parent.parent / "docs" / "report" / "README.md"

_STORY = """
A course report of 2021 (*AIML 425 Assignment 4, Variational Autoencoders*) trained two autoencoders on 10,000 pictures of
circles, rectangles and triangles. The **VAE** learns a mean and a variance for each picture, and KL divergence pulls each of
these Gaussians to the prior. The **adjusted VAE** adds noise of a fixed variance, and maximum mean discrepancy (MMD) pulls the
codes of a whole batch, taken together, to a Gaussian of variance v. The report counted by eye how many pictures one could tell;
here a judge fits the nearest true shape, and calls a picture distinguishable where they overlap by at least 90 %.
"""
_USE = """
```python
from gradio_client import Client, handle_file

client = Client("http://127.0.0.1:7860")  # this page's address
by_vae, by_mmd, figures = client.predict(handle_file("drawing.png"), api_name="/reconstruct")
```
*Use via API*, at the foot of the page, documents every endpoint. With `pip install -e ".[mcp]"`, `python app.py --mcp` offers
them to assistants at `/gradio_api/mcp/`. As a library:
```python
from shapevae import draw_shapes, load_model

model = load_model("weights/vae")
rebuilt = model.reconstruct(draw_shapes(16, seed=0).images)
```
To cite: *shapevae: two ways to keep a latent space Gaussian*, 2026. KL divergence and the variational autoencoder: Kingma &
Welling 2014. MMD for autoencoders: Tolstikhin et al. 2018. The unbiased estimate of MMD: Gretton et al. 2012.
"""


def build(models: views.Models, shelf: Shelf) -> None:
    """Lay the tab out; nothing in it needs wiring."""
    table, claims, reading = findings(PAGE)
    lines = "\n".join(_model_line(name, model, shelf.shown[name]) for name, model in models.items())
    gr.Markdown(f"## What this is\n{_STORY}\n{lines}")
    gr.Markdown(f"## The report, and the same runs here\n{table}", elem_id="report-table")
    gr.Markdown(f"## Its claims, and what was found\n{claims}\n\n{_source()}")
    with gr.Accordion("How to read a verdict", open=False):
        gr.Markdown(reading)
    with gr.Accordion("Use it from elsewhere, and cite it", open=False):
        gr.Markdown(_USE)


def findings(page: Path) -> tuple[str, str, str]:
    """Of the page that `shapevae report` writes, as Markdown: its table, a line a claim, and how to read a verdict."""
    try:
        parts = page.read_text(encoding="utf-8").split("\n## ")
    except OSError:
        return f"Not here: `shapevae report --out {page.parent.parent.name}/{page.parent.name}` makes it.", "", ""
    sections = {title: body for title, _, body in (part.partition("\n") for part in parts)}
    table = [line for line in sections.get("Its table", "").splitlines() if line.startswith("|")]
    claims = [line for line in sections.get("In short", "").splitlines() if line.startswith("- **(")]
    return "\n".join(table), "\n".join(claims), parts[0].partition("How to read a verdict.")[2].strip()


def _source() -> str:
    """Where the whole page is: beside the app, or in the files of its Space."""
    space = os.environ.get("SPACE_ID")
    page = (
        f"[the whole page](https://huggingface.co/spaces/{space}/blob/main/docs/report/README.md)"
        if space
        else "`docs/report/README.md`"
    )
    return f"Every comparison behind them, and the report's figures redone: {page}."


def _model_line(name: str, model: Autoencoder, preset: str) -> str:
    config, count = model.config, sum(p.numel() for p in model.parameters())
    noise = "learned noise" if config.noise_variance is None else f"noise of variance σ² = {config.noise_variance:g}"
    return (
        f"- **{views.NAMES[name]}** here: preset `{preset}`, {count:,} weights, {config.latent_dim} latent dimensions, "
        f"{noise}, prior variance v = {config.prior_variance:g}."
    )
