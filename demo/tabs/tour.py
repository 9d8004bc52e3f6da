"""A guided tour: five steps in two minutes, each on its own tab."""

from __future__ import annotations

from functools import partial

import gradio as gr

from demo.markup.text import TEXT
from demo.views.checks import whole
from demo.widgets.events import PRIVATE, errors_as_sentences, status

STEPS = ("reconstruct", "sample", "explore", "information", "train")  # the tab of each

_FOCUS = "() => document.querySelector('#tour-next, #tour-start')?.focus({ preventScroll: true })"


def build(tabs: gr.Tabs) -> None:
    """Lay the tour out above the tabs and wire it."""
    at = gr.State(0)
    with gr.Row(elem_classes="tight", elem_id="top"):
        begin = gr.Button("▶ Take the two-minute tour", size="sm", elem_id="tour-start")
        share = gr.Button("Share this view", size="sm", elem_id="share")
    share.click(None, js="() => window.shapevae.share()", **PRIVATE)
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
    step = max(whole(at, "The step", -1, len(STEPS)) + by, 0)
    if step >= len(STEPS):
        return (*end(), gr.skip(), gr.skip())
    words = f"Step {step + 1} of {len(STEPS)}. {TEXT[f'tour.{STEPS[step]}']}"
    return step, gr.Group(visible=True), gr.Button(visible=False), words, gr.Tabs(selected=STEPS[step])


def end() -> tuple[object, ...]:
    return 0, gr.Group(visible=False), gr.Button(visible=True)
