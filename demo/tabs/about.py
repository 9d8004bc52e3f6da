"""Tab: what this is, the report's table and claims beside ours, how to use it from elsewhere."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import gradio as gr

from demo.markup.text import TEXT
from demo.presets import PresetInfo
from demo.views import results as views
from shapevae.model import Autoencoder
from shapevae.table import scoreboard, which_is_better

PAGE = Path(__file__).parent.parent.parent / "docs" / "report" / "README.md"


def build(models: views.Models, info: PresetInfo, metrics: dict[str, dict[str, Any]]) -> None:
    """Lay the tab out; nothing in it needs wiring. metrics: of the models shown."""
    table, claims, reading = findings(PAGE)
    board = scoreboard({views.NAMES[name]: values for name, values in metrics.items()})
    lines = "\n".join(_model_line(name, model, info.shown[name]) for name, model in models.items())
    gr.Markdown(f"## What this is\n{TEXT['about']}\n\n{lines}")
    gr.Markdown(f"## Which is better\n{board}\n\n{which_is_better(metrics['vae'], metrics['mmd'])}", elem_id="scoreboard")
    gr.Markdown(f"## The report, and the same runs here\n{table}", elem_id="report-table")
    gr.Markdown(f"## Its claims, and what was found\n{claims}\n\n{_source()}")
    with gr.Accordion("How to read a verdict", open=False):
        gr.Markdown(reading)
    with gr.Accordion("Use it from elsewhere, and cite it", open=False):
        gr.Markdown(TEXT["about.use"])


def findings(page: Path) -> tuple[str, str, str]:
    """Of the page that `shapevae report` writes, as Markdown: its table, a line a claim, and how to read a verdict."""
    try:
        parts = page.read_text(encoding="utf-8").split("\n## ")
    except OSError:
        return f"Not here: `shapevae report --out {page.parent.parent.name}/{page.parent.name}` makes it.", "", ""
    sections = {title: body for title, _, body in (part.partition("\n") for part in parts)}
    table = next((part for part in sections.get("Its table", "").split("\n\n") if part.startswith("|")), "")
    claims = [line for line in sections.get("In short", "").splitlines() if line.startswith("- **(")]
    return table, "\n".join(claims), parts[0].partition("How to read a verdict.")[2].strip()


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
    if config.shaped_noise:
        noise += " (geometric mean over the dimensions)"
    return (
        f"- **{views.NAMES[name]}** here: preset `{preset}`, {count:,} weights, {config.latent_dim} latent dimensions, "
        f"{noise}, prior variance v = {config.prior_variance:g}."
    )
