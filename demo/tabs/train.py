"""Tab: both models train side by side in the page, and what goes wrong without what keeps them Gaussian."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import gradio as gr

from demo.markup import training as markup
from demo.markup.text import TEXT
from demo.presets import PresetInfo
from demo.training.frames import WHOLE_EVERY, look
from demo.training.run import Run, start
from demo.training.session import change, halt, one_step, recipe, resume, stream
from demo.views.checks import choice, parsed, whole
from demo.widgets import explained
from demo.widgets.events import NEWEST_ONLY, PRIVATE, errors_as_sentences
from demo.widgets.live import live_training

REPORTED = ("report-vae", 10)  # the report's own figure of random pictures after so many epochs

_STREAM: dict[str, Any] = {**PRIVATE, "concurrency_id": "train", "concurrency_limit": 24}


class TrainTab:
    """The handlers of the tab."""

    def __init__(self, info: PresetInfo) -> None:
        self.epochs = info.epochs()

    @errors_as_sentences
    def begin(self, run: Run | None, settings: object) -> Run:
        """The paused run, if these are still the settings it began with; else a new one. settings: JSON, as for `recipe`."""
        plan = recipe(parsed(settings, "The settings"))
        if not run or run.over or run.plan != plan:
            if run:
                halt(run)
            run = start(plan)
        resume(run)
        return run

    def follow(self, run: Run | None) -> Iterator[str]:
        """The run as it goes on, until it ends or its page is closed; bare, since Gradio must see that it is a generator."""
        run = _begun(run)
        if not run.frames:
            yield frame(run)
        for word in stream(run):
            if not run.over:
                yield frame(run, word, whole=run.frames % WHOLE_EVERY == 0)
        if run.over or run.paused:
            yield frame(run, run.paused)

    @errors_as_sentences
    def step(self, run: Run | None) -> str:
        run = _begun(run)
        one_step(run)
        run.paused = "One step."
        return frame(run, run.paused)

    def pause(self, run: Run | None) -> None:
        """`follow` shows that it is paused, where and when it is."""
        if run:
            halt(run, paused="Paused.")

    @errors_as_sentences
    def move(self, run: Run | None, settings: object) -> None:
        """Have the run go on with what a knob was turned to."""
        if run and not run.over:
            change(run, parsed(settings, "The settings"))

    def reset(self, run: Run | None) -> None:
        if run:
            halt(run)

    @errors_as_sentences
    def epoch(self, whose: object, number: object) -> tuple[Any, str]:
        """The slider and the pictures of `past`."""
        last, at, pictures = self.past(whose, number)
        return gr.Slider(1, last, at), pictures

    def past(self, whose: object, number: object) -> tuple[int, int, str]:
        """A shipped preset's last epoch, one to look at, and the sample grids of both, as HTML."""
        pictures = self.epochs[choice(whose, "Whose epochs", list(self.epochs))]
        last = max(pictures)
        at = min(whole(number, "The epoch", 1, 10_000), last)
        nearest = max((epoch for epoch in pictures if epoch <= at), default=min(pictures))
        shown = {epoch: pictures[epoch].read_bytes() for epoch in (nearest, last)}
        note = "as in the report's figure" if (whose, nearest) == REPORTED else ""
        return max(last, 2), at, markup.epoch_pictures(str(whose), shown, note)

    @errors_as_sentences
    def download(self, run: Run | None) -> str:
        return markup.download(run) if run else "<p>Train them first.</p>"


def frame(run: Run, word: str = "", *, whole: bool = True) -> str:
    """A frame of a run as JSON."""
    return json.dumps({**look(run, whole=whole), "word": run.over or word}, separators=(",", ":"))


def _begun(run: Run | None) -> Run:
    """The run; none is there where a program asks out of turn, or where many visitors came after this one."""
    if run is None:
        raise gr.Error("Start a training first.", print_exception=False)
    return run


def build(info: PresetInfo) -> None:
    """Lay the tab out and wire it."""
    tab = TrainTab(info)
    gr.Markdown(TEXT["train"])
    live = live_training("training")
    run = gr.State(None, delete_callback=tab.pause)
    asked, ask = gr.Textbox(visible=False), "(run) => [run, window.shapevae.training.question()]"
    begun = live.go(tab.begin, [run, asked], [run], js=ask, **PRIVATE)
    begun.success(tab.follow, [run], [live], **_STREAM)
    begun.failure(None, js="() => window.shapevae.training.refused()", **PRIVATE)
    live.step(tab.begin, [run, asked], [run], js=ask, **PRIVATE).success(tab.step, [run], [live], **PRIVATE)
    live.pause(tab.pause, [run], None, **PRIVATE)
    live.knob(tab.move, [run, asked], None, js=ask, **NEWEST_ONLY)
    live.reset(tab.reset, [run], None, **PRIVATE).then(lambda: None, None, [run], **PRIVATE)
    with gr.Row(elem_classes="tight"):
        fetch = gr.Button("Get the weights of this training", size="sm")
    links = gr.HTML("", apply_default_css=False)
    fetch.click(tab.download, [run], [links], **PRIVATE)
    if tab.epochs:
        _build_past(tab)
    explained.build("train")


def _build_past(tab: TrainTab) -> None:
    """The scrubber over the epochs of the shipped presets."""
    whose, epoch = REPORTED if REPORTED[0] in tab.epochs else (next(iter(tab.epochs)), 1)
    last, at, pictures = tab.past(whose, epoch)
    with gr.Row(elem_classes="halves"):
        with gr.Column(scale=2, min_width=280):
            gr.Markdown(TEXT["train.epochs"])
            owner = gr.Radio(list(tab.epochs), value=whose, label="Of")
            number = gr.Slider(1, last, at, step=1, label="Epoch")
        with gr.Column(scale=3, min_width=300):
            past = gr.HTML(pictures, elem_id="epoch", apply_default_css=False)
    gr.on([owner.input, number.input], tab.epoch, [owner, number], [number, past], **NEWEST_ONLY)
