"""The page: build(models) puts the tabs together, launch starts it with one set of settings."""

from __future__ import annotations

import os
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from demo import api
from demo.tabs import explore, reconstruct, sample
from demo.views import Models

_HERE = Path(__file__).parent
_FONT = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")
_HEAD = """
<header class="masthead">
  <h1>Two ways to keep a latent space Gaussian</h1>
  <p>Two autoencoders: the same networks, the same pictures of shapes. The <b class="vae">VAE</b> is held to a Gaussian by KL
  divergence, picture by picture; the <b class="mmd">adjusted VAE</b> by maximum mean discrepancy (MMD), a batch at a time.
  Draw and sample to see what that one difference does.</p>
</header>
"""


def build(models: Models, notes: Sequence[str] = ()) -> gr.Blocks:
    """The whole page for models "vae" and "mmd", with notes shown at its head; it asks no other machine for anything."""
    with gr.Blocks(title="shapevae: VAE and MMD side by side", analytics_enabled=False, delete_cache=(600, 3600)) as demo:
        gr.HTML(_HEAD + "".join(f'<p class="note" role="status">{escape(note)}</p>' for note in notes), apply_default_css=False)
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab("Reconstruct", id="reconstruct"):
                pad = reconstruct.build(models)
            with gr.Tab("Sample", id="sample"):
                sample.build(models)
            with gr.Tab("Explore", id="explore"):
                explore.build(models, pad)
        with gr.Row(visible=False):
            api.publish(models)
    demo.queue(default_concurrency_limit=4, max_size=256)
    return demo


def launch(demo: gr.Blocks, **overrides: Any) -> Any:
    """Launch with the app's settings; a test may add a port and `prevent_thread_lock`. Returns what Gradio's launch returns."""
    settings: dict[str, Any] = {
        "server_name": None if os.environ.get("SPACE_ID") else "127.0.0.1",
        "theme": gr.themes.Base(primary_hue="indigo", neutral_hue="slate", font=_FONT, font_mono=_MONO),
        "css": (_HERE / "style.css").read_text(encoding="utf-8"),
        "head": f"<script>{(_HERE / 'page.js').read_text(encoding='utf-8')}</script>",
        "footer_links": ["api", "settings"],
        "max_file_size": "10mb",
        "show_error": False,
        "run_history": False,
        "enable_monitoring": False,
        "ssr_mode": False,
        "share": False,
    }
    return demo.launch(**{**settings, **overrides})
