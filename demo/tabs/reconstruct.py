"""Tab: draw, generate or upload a shape and see what each model makes of it."""

from __future__ import annotations

from functools import partial
from typing import Any

import gradio as gr
from gradio.components import Component

from demo.markup import cards as panels
from demo.views import results as views
from demo.views.checks import whole
from demo.views.links import Link
from demo.widgets.events import QUIET, polite
from demo.widgets.pad import drawing_pad
from demo.widgets.server_functions import pad_functions
from shapevae.config import MAX_SEED
from shapevae.images.read import from_hex
from shapevae.images.write import to_hex
from shapevae.shapes import KINDS

_RESULTS = "rebuilt"
_SIGNS = {"circle": "●", "rectangle": "■", "triangle": "▲"}


def build(models: views.Models) -> tuple[gr.HTML, dict[str, Component]]:
    """Lay the tab out and wire it; returns the pad, and the settings that a shared link may set."""
    x = views.draw(views.seed_setting("random", views.FIRST_SEED))
    gr.Markdown("**Draw one shape** – an outline fills itself – and watch both models rebuild it from a handful of numbers.")
    with gr.Row(elem_id="bench"):
        with gr.Column(elem_id="bench-pad"):
            pad = drawing_pad(to_hex(x), pad_functions(models), _RESULTS, "pad")
        with gr.Column(elem_id="bench-results"):
            gr.HTML(panels.reconstruction(x, views.reconstruct(models, x)), elem_id=_RESULTS, apply_default_css=False)
        with gr.Column(elem_id="bench-controls"):
            with gr.Row(elem_classes="tight"):
                buttons = {kind: gr.Button(f"{_SIGNS[kind]} {kind.title()}", size="sm", min_width=80) for kind in KINDS}
            with gr.Row(elem_classes="tight"):
                snap = gr.Button("Snap to the nearest shape", size="sm", min_width=120)
                upload = gr.UploadButton("Upload a picture", size="sm", min_width=120, file_types=["image"], type="binary")
            settings = _settings()

    kind, seed, *sliders = settings.values()
    for name, button in buttons.items():
        button.click(partial(next_shape, name), [seed], [kind, seed, *sliders, pad], **QUIET)
    gr.on([seed.submit, kind.input], seed_shape, [kind, seed], [*sliders, pad], **QUIET)
    snap.click(snap_shape, [pad], [pad], **QUIET)
    upload.upload(read_upload, [upload], [pad], **QUIET)
    return pad, settings


def _settings() -> dict[str, Any]:
    """Kind and seed, then the sliders, by the names of a link. The pad reads them by their elem_id, and follows the sliders."""
    start = views.seed_setting("random", views.FIRST_SEED)
    with gr.Accordion("Set size, angle, place and seed", open=False):
        return {
            "kind": gr.Radio(list(views.KIND_CHOICES), value="random", label="Kind", elem_id="set-kind"),
            "shape": gr.Number(
                views.FIRST_SEED,
                precision=0,
                label="Seed",
                info="it fixes what follows, and the proportions",
                elem_id="set-seed",
            ),
            "size": _slider("size", 1, start.size, 0.01, "Size", "0 is the smallest shape, 1 the largest"),
            "angle": _slider("angle", 360, start.angle, 1, "Angle", "degrees, counter-clockwise"),
            "across": _slider("across", 1, start.across, 0.01, "Place across"),
            "down": _slider("down", 1, start.down, 0.01, "Place down"),
        }


def _slider(name: str, most: float, value: float, step: float, label: str, info: str | None = None) -> gr.Slider:
    return gr.Slider(0, most, value, step=step, label=label, info=info, elem_id=f"set-{name}")


@polite
def next_shape(kind: str, seed: object) -> tuple[object, ...]:
    """The next seed's shape of one kind: kind, seed, the four sliders, the picture."""
    seed = whole(seed, "The seed", 0, MAX_SEED)
    following = (seed + 1) % (MAX_SEED + 1)
    return (kind, following, *seed_shape(kind, following))


@polite
def seed_shape(kind: object, seed: object) -> tuple[object, ...]:
    """The shape a seed names: the four sliders, the picture."""
    setting = views.seed_setting(kind, seed)
    return (setting.size, setting.angle, setting.across, setting.down, to_hex(views.draw(setting)))


def linked_shape(link: Link) -> dict[str, object]:
    """What a shared link sets on this tab, by the names of `build`; empty where it names no shape."""
    if link.kind is None and link.shape is None:
        return {}
    kind, seed = link.kind or "random", views.FIRST_SEED if link.shape is None else link.shape
    own = views.seed_setting(kind, seed)
    values = {name: _or(getattr(link, name), getattr(own, name)) for name in ("size", "angle", "across", "down")}
    picture = views.draw_setting(kind, values["size"], values["angle"], seed, values["across"], values["down"])
    return {"pad": to_hex(picture), "kind": kind, "shape": seed, **values}


def _or(value: float | None, other: float) -> float:
    return other if value is None else value


@polite
def snap_shape(picture: object) -> str:
    return to_hex(views.snap(from_hex(picture)))


@polite
def read_upload(data: object) -> str:
    return to_hex(views.read_upload(data))
