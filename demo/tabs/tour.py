"""A guided tour: five steps in two minutes, each on its own tab."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import gradio as gr

from demo.checks import whole
from demo.tabs.common import QUIET, polite


@dataclass(frozen=True)
class Step:
    """A stop of the tour: the tab it is on, and what to do there."""

    tab: str
    text: str


STEPS = (
    Step(
        "reconstruct",
        "**Draw a triangle.** Both models squeeze it into a few numbers and draw it again. Now draw a star: what do they do?",
    ),
    Step(
        "sample",
        "**Press Next seed.** No picture goes in, only noise. Switch the judge's marks on: which model makes more shapes?",
    ),
    Step(
        "explore", "**Drag on a map.** Shapes of one kind live together. Look between two groups: there a picture is neither."
    ),
    Step(
        "information",
        "**Compare the bars.** The VAE decides itself how many bits to spend; the adjusted VAE's bits are set before training.",
    ),
    Step("train", "**Press Huge pixel variance.** Errors cost nothing, so the VAE sends nothing: watch its rate fall to zero."),
)


def build(tabs: gr.Tabs) -> None:
    """Lay the tour out above the tabs and wire it."""
    at = gr.State(0)
    begin = gr.Button("▶ Take the two-minute tour", size="sm", elem_id="tour-start")
    with gr.Group(visible=False, elem_id="tour") as card:
        text = gr.Markdown(elem_id="tour-text")
        with gr.Row(elem_classes="tight"):
            back, forth, leave = (gr.Button(word, size="sm", min_width=80) for word in ("Back", "Next", "End the tour"))
    outputs = [at, card, begin, text, tabs]
    begin.click(partial(go, -1, 1), None, outputs, **QUIET)
    back.click(partial(go, by=-1), [at], outputs, **QUIET)
    forth.click(partial(go, by=1), [at], outputs, **QUIET)
    leave.click(end, None, [at, card, begin], **QUIET)


@polite
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
