"""The live training, a gr.HTML component: controls, both planes, their figures, the film so far, and the exhibits."""

from __future__ import annotations

import dataclasses
import json
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from demo.markup.elements import card, cards
from demo.training.failures import EXHIBITS
from demo.training.session import FAMILIES, MOVING, usual
from demo.views.checks import KERNELS, REAL, WHOLE, choice
from demo.views.plane import REACH
from demo.widgets.events import file_text
from demo.widgets.server_functions import Answer, errors_as_json

FILMS = Path(__file__).parent.parent / "films"
BOTH = "both"  # the film of both models, which the tab opens with

# Knobs from 0 to 100, on a scale of powers of ten from the lowest to the highest; and what only a new start takes.
_KNOBS = {
    "pixel_variance": ("Pixel variance c", "large: errors cost little", 0.01, 1000),
    "mmd_weight": ("λ, weight of MMD", "adjusted VAE", 1, 10_000),
    "prior_variance": ("v, prior variance", "adjusted VAE", 0.2, 50),
    "noise": ("Noise σ of a code", "adjusted VAE", 0.01, 3),
}
_NUMBERS = {"latent_dim": "Latent size d", "epochs": "Epochs", "pictures": "Pictures", "seed": "Seed"}
_BUTTONS = {"go": "Start", "pause": "Pause", "step": "Step", "reset": "Reset"}


def live_training(elem_id: str) -> gr.HTML:
    """Its value is a frame; its events: go, step, pause, reset, knob, with window.shapevae.training.question() as settings."""
    data = {
        "reach": REACH,
        "usual": {family: usual(family) for family in FAMILIES},
        "moving": MOVING,
        "limits": {**WHOLE, **REAL},
        "knobs": {name: [low, high] for name, (_, _, low, high) in _KNOBS.items()},
        "exhibits": {name: told(name) for name in EXHIBITS},
        "opening": BOTH,
    }
    return gr.HTML(
        "",
        html_template=layout(),
        css_template=file_text("plane.css"),
        js_on_load=file_text("gradio/live.js"),
        server_functions=[film],
        data=data,
        elem_id=elem_id,
        apply_default_css=False,
        label="Live training",
    )


def told(name: str) -> dict[str, Any]:
    """An exhibit as live.js takes it."""
    values = dataclasses.asdict(EXHIBITS[name])
    return {key: values[key] for key in ("title", "question", "answers", "right", "caption", "family", "model")}


@errors_as_json
def film(name: object) -> Answer:
    """The recorded frames of an exhibit, or of both models; see docs/make_films.py."""
    name = choice(name, "The film", [BOTH, *EXHIBITS])
    file = FILMS / f"{name}.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {"error": "This film was not recorded."}


def layout() -> str:
    """What live.js fills."""
    buttons = "".join(_chip("do", name, words) for name, words in _BUTTONS.items())
    families = "".join(f'<option value="{name}">{words}</option>' for name, words in FAMILIES.items())
    exhibits = "".join(_chip("exhibit", name, exhibit.title) for name, exhibit in EXHIBITS.items())
    scrub = '<input type="range" min="0" max="0" value="0" data-do="scrub" aria-label="Frame of the film">'
    return (
        f'<div class="planes live"><div class="chips bar">{buttons}'
        f'<select data-set="family" aria-label="Models">{families}</select><label class="scrub">Film {scrub}</label></div>'
        '<p class="status" role="status">&nbsp;</p>'
        '<div class="split" role="progressbar" aria-label="Training" aria-valuemin="0" aria-valuemax="100"><i></i></div>'
        f'<div class="chips exhibits" role="group" aria-label="Trainings that go wrong">Watch one go wrong: {exhibits}</div>'
        '<div class="lesson" hidden></div>'
        f'<div class="bench"><div class="knobs">{_knobs()}</div>{cards(map(_card, (0, 1)))}</div></div>'
    )


def _chip(key: str, value: str, words: str) -> str:
    return f'<button type="button" class="sm" data-{key}="{value}">{words}</button>'


def _knobs() -> str:
    ranges = "".join(
        f'<label title="{escape(more)}">{escape(title)} <output data-of="{name}"></output>'
        f'<input type="range" min="0" max="100" step="0.5" data-set="{name}" aria-label="{escape(title)}"></label>'
        for name, (title, more, _, _) in _KNOBS.items()
    )
    switches = "".join(
        f'<label><input type="checkbox" checked data-set="{name}"> {words}</label>'
        for name, words in {"kl": "KL holds the VAE", "mmd": "MMD holds the adjusted VAE"}.items()
    )
    numbers = "".join(
        f'<label>{title} <input type="number" data-set="{name}" min="{WHOLE[name][0]}" max="{WHOLE[name][1]}"></label>'
        for name, title in _NUMBERS.items()
    )
    kernels = "".join(f'<option value="{name}">{name}</option>' for name in KERNELS)
    start = f'{numbers}<label title="rbf has bandwidth d²">Kernel <select data-set="kernel">{kernels}</select></label>'
    layers = '<div class="chips layers" role="group" aria-label="What is shown on the planes"></div>'
    later = f"<details><summary>For the next start</summary>{start}</details>"
    return f'{layers}<div class="settings"><b>While it runs</b>{switches}{ranges}{later}</div>'


def _card(number: int) -> str:
    """A plane, samples where it has more than two dimensions, its figures and its curves."""
    content = (
        '<canvas class="plane" tabindex="0" role="img" aria-label="Latent plane of a model in training"></canvas>'
        '<img class="sheet" hidden alt="Random samples"><div class="figures"></div>'
        '<svg class="chart" viewBox="0 0 300 70" role="img" aria-label="Loss, errors and penalty"></svg><p class="keys"></p>'
    )
    return card("", "", content, f"side-{number}")
