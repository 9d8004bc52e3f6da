"""A guided tour: five steps in two minutes, each on its own tab."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import gradio as gr

from demo.views.checks import whole
from demo.widgets.events import PRIVATE, errors_as_sentences, status


@dataclass(frozen=True)
class Step:
    """A stop of the tour: the tab it is on, and what to do there."""

    tab: str
    text: str


STEPS = (
    Step(
        "reconstruct",
        "<b>Draw a triangle.</b> Both models squeeze it into a few numbers and redraw it. Now draw a star: what do they do?",
    ),
    Step(
        "sample",
        "<b>Press Next seed.</b> No picture goes in, only noise. Switch the judge's marks on: which model makes more shapes?",
    ),
    Step(
        "explore",
        "<b>Drag on a map.</b> Shapes of one kind live together. Look between two groups: there a picture is neither.",
    ),
    Step(
        "information",
        "<b>Compare the bars.</b> The VAE itself decides how many bits to spend; the adjusted VAE's are set before training.",
    ),
    Step(
        "train", "<b>Press Huge pixel variance.</b> Errors cost nothing, so the VAE sends nothing: watch its rate fall to zero."
    ),
)


_FOCUS = "() => document.querySelector('#tour-next, #tour-start')?.focus({ preventScroll: true })"


def build(tabs: gr.Tabs) -> None:
    """Lay the tour out above the tabs and wire it."""
    at = gr.State(0)
    begin = gr.Button("▶ Take the two-minute tour", size="sm", elem_id="tour-start")
    with gr.Column(visible=False, elem_id="tour") as card:
        text = status("", elem_id="tour-text")
        with gr.Row(elem_classes="tight"):
            back = gr.Button("Back", size="sm", min_width=80)
            forth = gr.Button("Next", size="sm", min_width=80, variant="primary", elem_id="tour-next")
            leave = gr.Button("End the tour", size="sm", min_width=80)
    outputs = [at, card, begin, text, tabs]
    begun = begin.click(partial(go, -1, 1), None, outputs, **PRIVATE)
    back.click(partial(go, by=-1), [at], outputs, **PRIVATE)
    moved = forth.click(partial(go, by=1), [at], outputs, **PRIVATE)
    left = leave.click(end, None, [at, card, begin], **PRIVATE)
    for event in (begun, moved, left):  # the button that was pressed may be gone
        event.then(None, js=_FOCUS, **PRIVATE)


@errors_as_sentences
def go(at: object, by: int) -> tuple[object, ...]:
    """The step after, or before, the present one; after the last one the tour is over."""
    step = whole(at, "The step", -1, len(STEPS)) + by
    if step >= len(STEPS):
        return (*end(), gr.skip(), gr.skip())
    step = max(step, 0)
    words = f"Step {step + 1} of {len(STEPS)}. {STEPS[step].text}"
    return step, gr.Group(visible=True), gr.Button(visible=False), words, gr.Tabs(selected=STEPS[step].tab)


def end() -> tuple[object, ...]:
    return 0, gr.Group(visible=False), gr.Button(visible=True)
