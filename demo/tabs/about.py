"""Tab: what this is, the report's table and claims beside ours, how to use it from elsewhere."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

from demo.presets import PresetInfo
from demo.views import results as views
from shapevae.model import Autoencoder

PAGE = Path(__file__).parent.parent.parent / "docs" / "report" / "README.md"

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
word = client.predict(handle_file(by_vae), api_name="/judge")  # which shape it shows, and how closely
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
*Use via API*, at the foot of the page, documents every endpoint.

**From an assistant**
```
pip install "gradio[mcp]"
python app.py --mcp
```
offers the endpoints as MCP tools at `http://127.0.0.1:7860/gradio_api/mcp/`.
"""
_CITE = """
```bibtex
@software{shapevae,
  title = {shapevae: two ways to keep a latent space Gaussian},
  year = {2026}
}
```
KL divergence and the variational autoencoder: Kingma & Welling 2014. MMD for autoencoders: Tolstikhin et al. 2018.
The unbiased MMD estimate: Gretton et al. 2012.
"""


def build(models: views.Models, info: PresetInfo) -> None:
    """Lay the tab out; nothing in it needs wiring."""
    gr.Markdown("## What this is\n" + _STORY)
    table, claims = findings(PAGE)
    gr.Markdown("## The report, and the same runs here\n" + table, elem_id="report-table")
    gr.Markdown("## Its claims, and what was found\n" + claims)
    gr.Markdown("## The models on this page\n" + _model_lines(models, info))
    gr.Markdown("## Use it from elsewhere\n" + _USE)
    gr.Markdown("## Cite\n" + _CITE)


def findings(page: Path) -> tuple[str, str]:
    """The table and the claims with their verdicts, as Markdown, from the page that `shapevae report` writes."""
    try:
        parts = page.read_text(encoding="utf-8").split("\n## ")
    except OSError:
        return (f"Not here: `shapevae report --out {page.parent.parent.name}/{page.parent.name}` makes it.", "Not here either.")
    sections = {title: body.strip() for title, _, body in (part.partition("\n") for part in parts)}
    _, _, reading = parts[0].partition("How to read a verdict.")
    table = sections.get("Its table", "").partition("\n**Runtime.**")[0]
    more = "\n\nEvery comparison behind them, and the report's figures redone, are in `docs/report/README.md`."
    return table, f"{sections.get('In short', '')}\n\n**How to read a verdict.**{reading.rstrip()}{more}"


def _model_lines(models: views.Models, info: PresetInfo) -> str:
    return "\n".join(_model_line(name, model, info.shown[name]) for name, model in models.items())


def _model_line(name: str, model: Autoencoder, preset: str) -> str:
    config, count = model.config, sum(p.numel() for p in model.parameters())
    noise = "learned noise" if config.noise_variance is None else f"noise of variance σ² = {config.noise_variance:g}"
    return (
        f"- **{views.NAMES[name]}**: preset `{preset}`, {count:,} weights, {config.latent_dim} latent dimensions, {noise}, "
        f"prior variance v = {config.prior_variance:g}, pictures of {config.image_size} × {config.image_size} pixels."
    )
