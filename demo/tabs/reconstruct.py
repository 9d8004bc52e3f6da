"""Tab: draw, generate or upload a shape and see what each model makes of it."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import partial
from typing import Any

import gradio as gr
from gradio.components import Component

from demo.markup import cards
from demo.markup.text import TEXT
from demo.views import drawing
from demo.views import results as views
from demo.views.checks import next_seed
from demo.views.drawing import FIRST_SEED, FIRST_SKETCH, KIND_CHOICES
from demo.views.links import Link
from demo.widgets.events import PRIVATE, errors_as_sentences
from demo.widgets.pad import drawing_pad
from demo.widgets.server_functions import pad_functions
from shapevae.images.read import from_hex
from shapevae.images.write import to_hex
from shapevae.shapes import KINDS

_RESULTS = "rebuilt"
_SIGNS = {"circle": "●", "rectangle": "■", "triangle": "▲"}


def build(models: views.Models) -> tuple[gr.HTML, dict[str, Component]]:
    """Lay the tab out and wire it; returns the pad, and the settings that a shared link may set."""
    x = drawing.draw_sketch(FIRST_SKETCH)
    gr.Markdown(TEXT["reconstruct"])
    with gr.Row(elem_id="bench"):
        with gr.Column(elem_id="bench-pad"):
            pad = drawing_pad(to_hex(x), pad_functions(models), _RESULTS, "pad")
        with gr.Column(elem_id="bench-results"):
            gr.HTML(cards.reconstruction(x, views.reconstruct(models, x)), elem_id=_RESULTS, apply_default_css=False)
        with gr.Column(elem_id="bench-controls"):
            with gr.Row(elem_classes="tight"):
                buttons = {kind: gr.Button(f"{_SIGNS[kind]} {kind.title()}", size="sm", min_width=80) for kind in KINDS}
            with gr.Row(elem_classes="tight"):
                snap = gr.Button("Snap to the nearest shape", size="sm", min_width=120)
                upload = gr.UploadButton("Upload a picture", size="sm", min_width=120, file_types=["image"], type="binary")
            settings = _settings()

    kind, seed, *sliders = settings.values()
    for name, button in buttons.items():
        button.click(partial(next_shape, name), [seed], [kind, seed, *sliders, pad], **PRIVATE)
    gr.on([seed.submit, kind.input], seed_shape, [kind, seed], [*sliders, pad], **PRIVATE)
    snap.click(snap_shape, [pad], [pad], **PRIVATE)
    upload.upload(read_upload, [upload], [pad], **PRIVATE)
    return pad, settings


def _settings() -> dict[str, Any]:
    """Kind and seed, then the sliders, by the names of a link. The pad reads them by their elem_id, and follows the sliders."""
    start, fixes = drawing.seed_setting("random", FIRST_SEED), "it fixes what follows, and the proportions"
    with gr.Accordion("Set size, angle, place and seed", open=False):
        return {
            "kind": gr.Radio(list(KIND_CHOICES), value="random", label="Kind", elem_id="set-kind"),
            "shape": gr.Number(FIRST_SEED, precision=0, label="Seed", info=fixes, elem_id="set-seed"),
            "size": _slider("size", 1, start.size, "Size", "0 is the smallest shape, 1 the largest"),
            "angle": _slider("angle", 360, start.angle, "Angle", "degrees, counter-clockwise"),
            "across": _slider("across", 1, start.across, "Place across"),
            "down": _slider("down", 1, start.down, "Place down"),
        }


def _slider(name: str, most: float, value: float, label: str, info: str | None = None) -> gr.Slider:
    return gr.Slider(0, most, value, step=0.01 if most == 1 else 1, label=label, info=info, elem_id=f"set-{name}")


@errors_as_sentences
def next_shape(kind: str, seed: object) -> tuple[object, ...]:
    """The next seed's shape of one kind: kind, seed, the four sliders, the picture."""
    following = next_seed(seed)
    return (kind, following, *seed_shape(kind, following))


@errors_as_sentences
def seed_shape(kind: object, seed: object) -> tuple[object, ...]:
    """The shape a seed names: the four sliders, the picture."""
    setting = drawing.seed_setting(kind, seed)
    return (setting.size, setting.angle, setting.across, setting.down, to_hex(drawing.draw(setting)))


def linked_shape(link: Link) -> dict[str, object]:
    """What a shared link sets on this tab, by the names of `build`; empty where it names no shape."""
    if "drawing" in link:
        return {"pad": link["drawing"]}
    if not link.keys() & {"kind", "shape"}:
        return {}
    kind, seed = link.get("kind", "random"), link.get("shape", FIRST_SEED)
    own = drawing.seed_setting(kind, seed)
    given = {name: link[name] for name in ("size", "angle", "across", "down") if name in link}
    setting = replace(own, **given)
    return {**asdict(setting), "pad": to_hex(drawing.draw(setting)), "kind": kind, "shape": seed}


@errors_as_sentences
def snap_shape(picture: object) -> str:
    return to_hex(drawing.snap(from_hex(picture)))


@errors_as_sentences
def read_upload(data: object) -> str:
    return to_hex(drawing.read_upload(data))
