"""The page: build(models) puts the tabs together, launch starts it with one set of settings."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.routing import Route

from demo import api
from demo.markup import lesson
from demo.markup.text import MASTHEAD
from demo.presets import PresetInfo
from demo.server.blocks import CheckedBlocks, send_each_output
from demo.server.files import Files
from demo.server.middleware import LOCAL_NAMES, MAX_UPLOAD, middleware
from demo.site.files import FIRST, scripts, weights
from demo.tabs import about, address, explore, information, reconstruct, sample, see, tour, train
from demo.views.latent import latent_map
from demo.views.results import Models
from demo.widgets.events import forget

MOST_VISITORS = 200  # whose trainings and settings are remembered, the latest ones; each training takes 6 MB and more
_HERE = Path(__file__).parent
_FONT = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")


def build(models: Models, info: PresetInfo | None = None) -> CheckedBlocks:
    """The whole page for models "vae" and "mmd"; info: what else the weights folder holds. No other host is ever asked."""
    info = info or PresetInfo()
    metrics = {name: info.metrics_of(name, model) for name, model in models.items()}
    maps = {name: latent_map(model) for name, model in models.items()}
    with CheckedBlocks(title="shapevae: VAE and MMD side by side", analytics_enabled=False) as demo:
        gr.HTML(MASTHEAD + _notes(info), apply_default_css=False)
        tabs = gr.Tabs(elem_id="tabs", overflow_behavior="wrap", render=False)
        tour.build(tabs, lesson.steps(models, metrics, maps), lesson.summary(metrics))
        tabs.render()
        with tabs:
            with gr.Tab("See", id="see") as see_tab:
                see.build(info.plane)
            with gr.Tab("Reconstruct", id="reconstruct") as reconstruct_tab:
                pad, shape = reconstruct.build(models)
            with gr.Tab("Sample", id="sample") as sample_tab:
                draws = sample.build(models, maps)
            with gr.Tab("Explore", id="explore") as explore_tab:
                walk = explore.build(models, maps, pad)
            with gr.Tab("Information", id="information") as information_tab:
                information.build(models, info, metrics)
            with gr.Tab("Train", id="train") as train_tab:
                train.build(info)
            with gr.Tab("About", id="about") as about_tab:
                about.build(models, info, maps, metrics)
        with gr.Row(visible=False):
            api.publish(models, metrics)
        panes = [see_tab, reconstruct_tab, sample_tab, explore_tab, information_tab, train_tab, about_tab]
        address.wire(demo, models, tabs, panes, pad, {**shape, **draws, **walk})
        demo.unload(forget)
    demo.page_files = {**scripts(), **weights(models=models, planes=info.plane)}
    demo.queue(default_concurrency_limit=4, max_size=256, api_open=False)
    return demo


def _notes(info: PresetInfo) -> str:
    return "".join(f'<p class="note" role="status">{escape(note)}</p>' for note in info.notes)


def _head(files: Mapping[str, bytes]) -> str:
    """The script that the widgets share, and their modules fetched while Gradio begins."""
    preloads = "".join(f'<link rel="modulepreload" href="page/{path}">' for path in FIRST)
    return f"<script>{files['widgets/page.js'].decode()}</script>{preloads}"


def launch(demo: CheckedBlocks, names: Sequence[str] = (), **overrides: Any) -> None:
    """Launch with the app's settings, and return while it runs; a test may add a port.

    names: host names under which it serves others too, at every address of this machine or at GRADIO_SERVER_NAME; without
    any it answers this machine only.
    """
    address = os.environ.get("GRADIO_SERVER_NAME") or ("0.0.0.0" if names else "127.0.0.1")
    settings: dict[str, Any] = {
        "server_name": address,
        "app_kwargs": {
            "middleware": middleware([*LOCAL_NAMES, address, *names]),
            "routes": [Route("/page/{path:path}", Files(demo.page_files).send)],
        },
        "theme": gr.themes.Base(primary_hue="indigo", neutral_hue="slate", font=_FONT, font_mono=_MONO),
        "css": (_HERE / "style.css").read_text(encoding="utf-8"),
        "head": _head(demo.page_files),
        "footer_links": ["api", "settings"],
        "max_file_size": MAX_UPLOAD,
        "state_session_capacity": MOST_VISITORS,
        "show_error": False,
        "run_history": False,
        "enable_monitoring": False,
        "ssr_mode": False,
        "share": False,
        "prevent_thread_lock": True,
    }
    demo.launch(**{**settings, **overrides})
    if demo.mcp_server_obj:
        send_each_output(demo.mcp_server_obj)
