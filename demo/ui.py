"""The page: build(models) puts the tabs together, launch starts it with one set of settings."""

from __future__ import annotations

import os
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from demo import api
from demo.presets import Shelf
from demo.server.blocks import GuardedBlocks
from demo.server.compress import Compressed
from demo.server.middleware import MAX_UPLOAD, Gate
from demo.server.preview import LinkPreview
from demo.tabs import about, address, explore, information, reconstruct, sample, tour, train
from demo.views.results import Models
from demo.widgets.events import forget

# Gradio's statistics of every event, which it brings up to date after each of them, are for the monitoring page: that is off.
_UNRECORDED = {"GRADIO_ANALYTICS_MAX_EVENTS": "1", "GRADIO_ANALYTICS_CACHE_FREQUENCY": str(10**9)}
MOST_VISITORS = 200  # whose trainings and settings are remembered, the latest ones; each training takes 6 MB and more
_HERE = Path(__file__).parent
_FONT = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")
_HEAD = """
<header class="masthead">
  <h1>Two ways to keep a latent space Gaussian</h1>
  <p>Two autoencoders: the same networks but for the size of the code, the same pictures of shapes. The <b class="vae">VAE</b>
  is held to a Gaussian by KL divergence, picture by picture; the <b class="mmd">adjusted VAE</b> by maximum mean discrepancy
  (MMD), a batch at a time. Draw and sample to see what the difference does.</p>
</header>
"""


def build(models: Models, shelf: Shelf | None = None) -> gr.Blocks:
    """The whole page for models "vae" and "mmd"; shelf: what else the weights folder holds. No other host is ever asked."""
    shelf = shelf or Shelf()
    metrics = {name: shelf.metrics_of(name, model) for name, model in models.items()}
    with GuardedBlocks(title="shapevae: VAE and MMD side by side", analytics_enabled=False) as demo:
        gr.HTML(_HEAD + _notes(shelf), apply_default_css=False)
        tabs = gr.Tabs(elem_id="tabs", overflow_behavior="wrap", render=False)
        tour.build(tabs)
        tabs.render()
        with tabs:
            with gr.Tab("Reconstruct", id="reconstruct") as reconstruct_tab:
                pad, shape = reconstruct.build(models)
            with gr.Tab("Sample", id="sample") as sample_tab:
                draws = sample.build(models)
            with gr.Tab("Explore", id="explore") as explore_tab:
                walk = explore.build(models, pad)
            with gr.Tab("Information", id="information") as information_tab:
                information.build(models, shelf, metrics)
            with gr.Tab("Train", id="train") as train_tab:
                recipe = train.build(models, shelf)
            with gr.Tab("About", id="about") as about_tab:
                about.build(models, shelf)
        with gr.Row(visible=False):
            api.publish(models, metrics)
        panes = [reconstruct_tab, sample_tab, explore_tab, information_tab, train_tab, about_tab]
        address.wire(demo, models, tabs, panes, pad, {**shape, **draws, **walk}, recipe)
        demo.unload(forget)
    os.environ.update(_UNRECORDED)
    return demo


def _notes(shelf: Shelf) -> str:
    return "".join(f'<p class="note" role="status">{escape(note)}</p>' for note in shelf.notes)


def launch(demo: gr.Blocks, **overrides: Any) -> Any:
    """Launch with the app's settings; a test may add a port and `prevent_thread_lock`. Returns what Gradio's launch returns."""
    local = not os.environ.get("SPACE_ID")
    settings: dict[str, Any] = {
        "server_name": "127.0.0.1" if local else None,
        "app_kwargs": {"middleware": [Middleware(Gate, local=local), Middleware(Compressed), Middleware(LinkPreview)]},
        "theme": gr.themes.Base(primary_hue="indigo", neutral_hue="slate", font=_FONT, font_mono=_MONO),
        "css": (_HERE / "style.css").read_text(encoding="utf-8"),
        "head": f"<script>{(_HERE / 'widgets' / 'page.js').read_text(encoding='utf-8')}</script>",
        "footer_links": ["api", "settings"],
        "max_file_size": MAX_UPLOAD,
        "state_session_capacity": MOST_VISITORS,
        "show_error": False,
        "run_history": False,
        "enable_monitoring": False,
        "ssr_mode": False,
        "share": False,
    }
    return demo.launch(**{**settings, **overrides})
