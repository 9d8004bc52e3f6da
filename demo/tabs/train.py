"""Tab: train either model in the page and watch it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components import Component

from demo.markup import training as markup
from demo.markup.text import TEXT
from demo.presets import PresetInfo
from demo.training.failures import EXHIBITS, Exhibit
from demo.training.run import Run, start
from demo.training.session import halt, one_step, recipe, stream
from demo.views import results as views
from demo.views.checks import KERNELS, MAX_EPOCHS, MAX_LATENT, MAX_PICTURES, choice, whole
from demo.widgets import explained
from demo.widgets.events import NEWEST_ONLY, PRIVATE, errors_as_sentences
from shapevae.config import MAX_SEED, PRESETS
from shapevae.runs.train import sample_grid

USUAL_DIMS = {name: PRESETS[f"report-{name}"].model.latent_dim for name in views.NAMES}
USUAL: dict[str, Any] = {  # what a visitor may set, in the order of `recipe`
    "model": "vae",
    "latent_dim": USUAL_DIMS["vae"],
    "epochs": 10,
    "seed": 0,
    "pictures": 5000,
    "pixel_variance": PRESETS["report-vae"].pixel_variance,
    "prior_variance": 5,
    "mmd_weight": PRESETS["report-mmd"].mmd_weight,
    "kernel": "imq",
}
REPORTED = ("report-vae", 10)  # the report's own figure of random pictures after so many epochs

_THIS = "this training"
_NONE_YET = "<p>No epoch of this training is over yet.</p>"
_STREAM: dict[str, Any] = {**PRIVATE, "concurrency_id": "train", "concurrency_limit": 8}


class TrainTab:
    """The handlers of the tab, with what the shipped models look like."""

    def __init__(self, models: views.Models, info: PresetInfo) -> None:
        self.shipped = {name: sample_grid(model) for name, model in models.items()}
        self.metrics = info.metrics
        self.epochs = info.epochs()
        self.idle = markup.idle(self.shipped, self.metrics, info.log(REPORTED[0]))

    @errors_as_sentences
    def begin(self, run: Run | None, *settings: object) -> Run:
        """The paused run, if these are still its settings; else a new one."""
        config = recipe(*settings)
        if run and run.config == config and not run.over:
            return run
        if run:
            halt(run)
        return start(config)

    def follow(self, run: Run | None) -> Iterator[str]:
        """The run as it goes on, until it ends or its page is closed; bare, since Gradio must see that it is a generator."""
        run = _begun(run)
        for word in stream(run):
            yield self._frame(run, word)
        if run.over or run.paused:
            yield self._frame(run, run.paused)

    def _frame(self, run: Run, word: str = "") -> str:
        return markup.frame(run, self.shipped, self.metrics, word)

    @errors_as_sentences
    def step(self, run: Run | None) -> str:
        run = _begun(run)
        one_step(run)
        return self._frame(run, "One step.")

    def pause(self, run: Run | None) -> None:
        """`follow` shows that it is paused, where and when it is."""
        if run:
            halt(run, paused="Paused.")

    def end(self, run: Run | None) -> str:
        if run is None:
            return self.idle
        halt(run, over="Stopped.")
        return self._frame(run)

    def reset(self, run: Run | None) -> tuple[None, str]:
        if run:
            halt(run)
        return None, self.idle

    @errors_as_sentences
    def epoch(self, run: Run | None, whose: object, number: object) -> tuple[Any, str]:
        """The slider and the pictures of `past`."""
        last, at, pictures = self.past(run, whose, number)
        return gr.Slider(1, last, at), pictures

    def past(self, run: Run | None, whose: object, number: object) -> tuple[int, int, str]:
        """The last epoch, one to look at, and the sample grids of both, of this training or of a shipped preset."""
        whose = choice(whose, "Whose epochs", [_THIS, *self.epochs])
        own: dict[int, bytes] = dict(enumerate(run.epochs, 1)) if run else {}
        pictures: Mapping[int, bytes | Path] = own if whose == _THIS else self.epochs[whose]
        if not pictures:
            return MAX_EPOCHS, 1, _NONE_YET
        last = max(pictures)
        at = min(whole(number, "The epoch", 1, 10_000), last)
        nearest = max(epoch for epoch in pictures if epoch <= at)
        found = {epoch: pictures[epoch] for epoch in (nearest, last)}
        shown = {epoch: p if isinstance(p, bytes) else p.read_bytes() for epoch, p in found.items()}
        note = "as in the report's figure" if (whose, nearest) == REPORTED else ""
        return max(last, 2), at, markup.epoch_pictures(whose, shown, note)

    @errors_as_sentences
    def download(self, run: Run | None) -> str:
        return markup.download(run) if run else "<p>Train a model first.</p>"


def _begun(run: Run | None) -> Run:
    """The run; none is there where a program asks out of turn, or where many visitors came after this one."""
    if run is None:
        raise gr.Error("Start a training first.", print_exception=False)
    return run


def build(models: views.Models, info: PresetInfo) -> dict[str, Component]:
    """Lay the tab out and wire it; returns the settings of a training, by the names of `recipe`."""
    tab = TrainTab(models, info)
    gr.Markdown(TEXT["train"])
    settings = _settings()
    with gr.Row(elem_classes="tight"):
        go = gr.Button("Start", variant="primary", min_width=90)
        others = {word: gr.Button(word, min_width=90) for word in ("Pause", "Step", "Stop", "Reset")}
    gr.Markdown("Or watch one go wrong:")
    with gr.Row(elem_classes="tight"):
        exhibits = [(exhibit, gr.Button(exhibit.title, size="sm", min_width=120)) for exhibit in EXHIBITS]
    lesson = gr.Markdown("", elem_id="lesson")
    view = gr.HTML(tab.idle, elem_id="training", apply_default_css=False)
    run = gr.State(None, delete_callback=tab.pause)
    inputs = [run, *settings.values()]
    go.click(tab.begin, inputs, [run], **PRIVATE).success(tab.follow, [run], [view], **_STREAM)
    for exhibit, button in exhibits:
        chosen = button.click(partial(choose, exhibit), None, [*settings.values(), lesson], **PRIVATE)
        begun = chosen.then(tab.begin, inputs, [run], **PRIVATE)
        begun.success(tab.follow, [run], [view], **_STREAM)
    others["Step"].click(tab.begin, inputs, [run], **PRIVATE).success(tab.step, [run], [view], **PRIVATE)
    others["Pause"].click(tab.pause, [run], None, **PRIVATE)
    others["Stop"].click(tab.end, [run], [view], **PRIVATE)
    others["Reset"].click(tab.reset, [run], [run, view], **PRIVATE)
    _build_past(tab, run)
    explained.build("train")
    return settings


def _settings() -> dict[str, Component]:
    """The components of USUAL, by the same names."""
    titles = [(title, name) for name, title in views.NAMES.items()]
    with gr.Row(elem_classes="controls"):
        model = gr.Radio(titles, value=USUAL["model"], label="Model", min_width=200)
        latent = gr.Slider(1, MAX_LATENT, USUAL["latent_dim"], step=1, label="Latent size d", min_width=140)
        epochs = gr.Slider(1, MAX_EPOCHS, USUAL["epochs"], step=1, label="Epochs", min_width=140)
        seed = gr.Number(USUAL["seed"], minimum=0, maximum=MAX_SEED, precision=0, label="Seed", min_width=80)
    with gr.Accordion("More settings", open=False), gr.Row(elem_classes="controls"):
        pictures = gr.Slider(500, MAX_PICTURES, USUAL["pictures"], step=500, label="Pictures", min_width=140)
        pixel = gr.Number(USUAL["pixel_variance"], label="Pixel variance c", info="large: errors cost little", min_width=140)
        prior = gr.Number(USUAL["prior_variance"], label="v, prior variance", info="adjusted model only", min_width=140)
        weight = gr.Number(USUAL["mmd_weight"], label="λ, weight of MMD", info="adjusted model only", min_width=140)
        kernel = gr.Radio(list(KERNELS), value=USUAL["kernel"], label="Kernel", info="rbf has bandwidth d²", min_width=140)
    components = (model, latent, epochs, seed, pictures, pixel, prior, weight, kernel)
    model.input(None, [model], [latent], js=f"(model) => ({json.dumps(USUAL_DIMS)})[model]", **PRIVATE)
    return dict(zip(USUAL, components, strict=True))


def usual_size(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The latent size that goes with settings that name a model and no size."""
    return {"latent_dim": USUAL_DIMS[settings["model"]]} if "model" in settings else {}


def _build_past(tab: TrainTab, run: gr.State) -> None:
    """The scrubber over epochs, and the weights to take away."""
    whose, epoch = REPORTED if REPORTED[0] in tab.epochs else (_THIS, 1)
    last, epoch, pictures = tab.past(None, whose, epoch)
    with gr.Row(elem_classes="halves"):
        with gr.Column(scale=2, min_width=280):
            gr.Markdown(TEXT["train.epochs"])
            owner = gr.Radio([_THIS, *tab.epochs], value=whose, label="Of")
            number = gr.Slider(1, last, epoch, step=1, label="Epoch")
            fetch = gr.Button("Get the weights of this training", size="sm")
            links = gr.HTML("", apply_default_css=False)
        with gr.Column(scale=3, min_width=300):
            past = gr.HTML(pictures, elem_id="epoch", apply_default_css=False)
    gr.on([owner.input, number.input], tab.epoch, [run, owner, number], [number, past], **NEWEST_ONLY)
    fetch.click(tab.download, [run], [links], **PRIVATE)


def choose(exhibit: Exhibit) -> tuple[object, ...]:
    """The settings of an exhibit and what to look at."""
    settings = USUAL | usual_size(exhibit.changes) | exhibit.changes
    return (*settings.values(), f"**{exhibit.title}.** {exhibit.look_at}")
