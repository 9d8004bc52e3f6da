"""Tab: what this is, the report's table and claims beside ours, how to use it from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gradio as gr

from demo.markup import pipeline
from demo.markup.text import TEXT, WORDS
from demo.presets import PresetInfo
from demo.views import results as views
from demo.views.latent import LatentMap, ranked_code
from demo.views.links import USUAL, named_picture
from demo.views.results import reconstruct
from shapevae.model import Autoencoder
from shapevae.table import scoreboard, which_is_better

PAGE = Path(__file__).parent.parent.parent / "docs" / "report" / "README.md"


def build(models: views.Models, info: PresetInfo, maps: Mapping[str, LatentMap], metrics: dict[str, dict[str, Any]]) -> None:
    """Lay the tab out; nothing in it needs wiring. metrics: of the models shown."""
    claims, page = findings(PAGE)
    lines = "\n".join(_model_line(name, model, info.shown[name]) for name, model in models.items())
    board = scoreboard({views.NAMES[name]: values for name, values in metrics.items()})
    gr.Markdown(f"## What this is\n{TEXT['about']}")
    gr.HTML(_pipeline(models["vae"], maps), apply_default_css=False)
    gr.Markdown(lines)
    gr.Markdown(f"## Which is better\n{board}\n\n{which_is_better(metrics['vae'], metrics['mmd'])}", elem_id="scoreboard")
    gr.Markdown(f"## The claims of the report, and what was found\n{claims}")
    with gr.Accordion("The report redone: every figure and comparison", open=False):
        gr.Markdown(page, elem_id="report")
    with gr.Accordion("Words", open=False):
        gr.Markdown("\n".join(f"- **{word}**: {meaning}" for word, meaning in WORDS.items()))
    with gr.Accordion("Use it from elsewhere, and cite it", open=False):
        gr.Markdown(TEXT["about.use"])


def findings(page: Path) -> tuple[str, str]:
    """Of the page that `shapevae report` writes, as Markdown: a line a claim, and all of it without its pictures and files."""
    try:
        text = page.read_text(encoding="utf-8")
    except OSError:
        return f"Not here: `shapevae report --out {page.parent.parent.name}/{page.parent.name}` makes it.", ""
    claims = re.findall(r"^- \*\*\(.*", text.partition("\n## In short")[2].partition("\n## ")[0], re.MULTILINE)
    without = re.sub(r"!\[[^\]]*\]\([^)]*\)", "", text.partition("\n")[2])
    return "\n".join(claims), re.sub(r"\[([^\]]*)\]\((?!http)[^)]*\)", r"\1", without).strip()


def _pipeline(model: Autoencoder, maps: Mapping[str, LatentMap]) -> str:
    """The page's first picture of a walk on its way through a model."""
    x = named_picture(USUAL["a"])
    return pipeline.explain(x[0], reconstruct({"vae": model}, x)["vae"].image, ranked_code(model, maps["vae"], x), maps)


def _model_line(name: str, model: Autoencoder, preset: str) -> str:
    config, count = model.config, sum(p.numel() for p in model.parameters())
    noise = "learned noise" if config.noise_variance is None else f"noise of variance σ² = {config.noise_variance:g}"
    if config.shaped_noise:
        noise += " (geometric mean over the dimensions)"
    return (
        f"- **{views.NAMES[name]}** here: preset `{preset}`, {count:,} weights, {config.latent_dim} latent dimensions, "
        f"{noise}, prior variance v = {config.prior_variance:g}."
    )
