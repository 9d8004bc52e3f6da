"""Tab: train either model in the page and watch it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components import Component

from demo import progress, views
from demo.checks import choice, whole
from demo.exhibits import EXHIBITS, Exhibit
from demo.presets import Shelf
from demo.tabs.common import LIVE, QUIET, polite
from demo.training import KERNELS, MAX_EPOCHS, MAX_LATENT, MAX_PICTURES, Run, halt, one_step, recipe, start, stream
from shapevae.config import MAX_SEED, PRESETS
from shapevae.train import sample_grid

EPOCHS, PICTURES, PRIOR = 10, 5000, 5

_THIS = "this training"
_STEPS: dict[str, Any] = {
    "api_visibility": "private",
    "show_progress": "hidden",
    "concurrency_id": "train",
    "concurrency_limit": 8,
}


class TrainTab:
    """The handlers of the tab, with what the shipped models look like."""

    def __init__(self, models: views.Models, shelf: Shelf) -> None:
        self.shipped = {name: sample_grid(model) for name, model in models.items()}
        self.metrics = shelf.metrics
        self.epochs = shelf.epochs()

    @polite
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
            yield progress.frame(run, self.shipped, self.metrics, word)
        if run.over or run.paused:
            yield progress.frame(run, self.shipped, self.metrics, "Paused.")

    @polite
    def step(self, run: Run | None) -> str:
        run = _begun(run)
        one_step(run)
        return progress.frame(run, self.shipped, self.metrics, "One step.")

    def pause(self, run: Run | None) -> None:
        """`follow` shows that it is paused, where and when it is."""
        if run:
            halt(run, paused=True)

    def end(self, run: Run | None) -> str:
        if run is None:
            return progress.idle(self.shipped)
        halt(run, over="Stopped.")
        return progress.frame(run, self.shipped, self.metrics)

    def reset(self, run: Run | None) -> tuple[None, str]:
        if run:
            halt(run)
        return None, progress.idle(self.shipped)

    @polite
    def epoch(self, run: Run | None, whose: object, number: object) -> tuple[Any, str]:
        """The slider and the sample grid of an epoch, of this run or of a shipped preset."""
        whose = choice(whose, "Whose epochs", [_THIS, *self.epochs])
        pictures: Sequence[bytes | Path] = (run.epochs if run else []) if whose == _THIS else self.epochs[whose]
        if not pictures:
            return gr.Slider(1, MAX_EPOCHS, 1), "<p>No epoch of this training is over yet.</p>"
        at = min(whole(number, "The epoch", 1, 10_000), len(pictures))
        picture = pictures[at - 1]
        # Long presets keep the picture of every fifth epoch only; its file has the epoch's number.
        data, epoch = (picture.read_bytes(), int(picture.stem)) if isinstance(picture, Path) else (picture, at)
        return gr.Slider(1, max(len(pictures), 2), at), progress.epoch_picture(data, whose, epoch)

    @polite
    def download(self, run: Run | None) -> str:
        return progress.download(run) if run else "<p>Train a model first.</p>"


def _begun(run: Run | None) -> Run:
    """The run; none is there where a program asks out of turn, or where many visitors came after this one."""
    if run is None:
        raise gr.Error("Start a training first.", print_exception=False)
    return run


def build(models: views.Models, shelf: Shelf) -> None:
    """Lay the tab out and wire it."""
    tab = TrainTab(models, shelf)
    gr.Markdown("**Watch it learn.** Train either model here, on fresh shapes. Nothing is kept when you leave the page.")
    settings = _settings()
    with gr.Row(elem_classes="tight"):
        go = gr.Button("Start", variant="primary", min_width=90)
        others = {word: gr.Button(word, min_width=90) for word in ("Pause", "Step", "Stop", "Reset")}
    gr.Markdown("Or watch one go wrong:")
    with gr.Row(elem_classes="tight"):
        exhibits = [(exhibit, gr.Button(exhibit.title, size="sm", min_width=120)) for exhibit in EXHIBITS]
    lesson = gr.Markdown("", elem_id="lesson")
    view = gr.HTML(progress.idle(tab.shipped), elem_id="training", apply_default_css=False)
    run = gr.State(None, delete_callback=tab.pause)
    inputs = [run, *settings.values()]
    go.click(tab.begin, inputs, [run], **QUIET).success(tab.follow, [run], [view], **_STEPS)
    for exhibit, button in exhibits:
        chosen = button.click(partial(choose, exhibit), None, [*settings.values(), lesson], **QUIET)
        begun = chosen.then(tab.begin, inputs, [run], **QUIET)
        begun.success(tab.follow, [run], [view], **_STEPS)
    others["Step"].click(tab.begin, inputs, [run], **QUIET).success(tab.step, [run], [view], **QUIET)
    others["Pause"].click(tab.pause, [run], None, **QUIET)
    others["Stop"].click(tab.end, [run], [view], **QUIET)
    others["Reset"].click(tab.reset, [run], [run, view], **QUIET)
    _build_past(tab, run)


def _settings() -> dict[str, Component]:
    """What a visitor may set, in the order of `recipe`."""
    usual = PRESETS["report-vae"]
    with gr.Row(elem_classes="controls"):
        model = gr.Radio([(title, name) for name, title in views.NAMES.items()], value="vae", label="Model", min_width=200)
        latent = gr.Slider(1, MAX_LATENT, usual.model.latent_dim, step=1, label="Latent size d", min_width=140)
        epochs = gr.Slider(1, MAX_EPOCHS, EPOCHS, step=1, label="Epochs", min_width=140)
        seed = gr.Number(0, minimum=0, maximum=MAX_SEED, precision=0, label="Seed", min_width=80)
    with gr.Accordion("More settings", open=False), gr.Row(elem_classes="controls"):
        pictures = gr.Slider(500, MAX_PICTURES, PICTURES, step=500, label="Pictures", min_width=140)
        pixel = gr.Number(usual.pixel_variance, label="Pixel variance c", info="large: errors cost little", min_width=140)
        prior = gr.Number(PRIOR, label="v, prior variance", info="adjusted model only", min_width=140)
        weight = gr.Number(
            PRESETS["report-mmd"].mmd_weight, label="λ, weight of MMD", info="adjusted model only", min_width=140
        )
        kernel = gr.Radio(list(KERNELS), value="imq", label="Kernel", info="rbf has bandwidth d²", min_width=140)
    names = ("model", "latent_dim", "epochs", "seed", "pictures", "pixel_variance", "prior_variance", "mmd_weight", "kernel")
    return dict(zip(names, (model, latent, epochs, seed, pictures, pixel, prior, weight, kernel), strict=True))


def _build_past(tab: TrainTab, run: gr.State) -> None:
    """The scrubber over epochs, and the weights to take away."""
    with gr.Row(elem_classes="halves"):
        with gr.Column(min_width=300):
            gr.Markdown("### Epoch by epoch\nThe samples after each epoch, of this training or of the shipped presets.")
            whose = gr.Radio([_THIS, *tab.epochs], value=_THIS, label="Of")
            number = gr.Slider(1, MAX_EPOCHS, 1, step=1, label="Epoch")
            fetch = gr.Button("Get the weights of this training", size="sm")
            links = gr.HTML("", apply_default_css=False)
        with gr.Column(min_width=300):
            past = gr.HTML("<p>No epoch of this training is over yet.</p>", elem_id="epoch", apply_default_css=False)
    gr.on([whose.input, number.input], tab.epoch, [run, whose, number], [number, past], **LIVE)
    fetch.click(tab.download, [run], [links], **QUIET)


def choose(exhibit: Exhibit) -> tuple[object, ...]:
    """The settings of an exhibit and what to look at."""
    usual: dict[str, object] = {
        "model": "vae",
        "latent_dim": PRESETS["report-vae"].model.latent_dim,
        "epochs": EPOCHS,
        "seed": 0,
        "pictures": PICTURES,
        "pixel_variance": PRESETS["report-vae"].pixel_variance,
        "prior_variance": PRIOR,
        "mmd_weight": PRESETS["report-mmd"].mmd_weight,
        "kernel": "imq",
    }
    return (*(usual | exhibit.changes).values(), f"**{exhibit.title}.** {exhibit.look_at}")
