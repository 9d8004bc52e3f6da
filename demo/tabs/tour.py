"""A guided tour: on each tab something to predict, then what turns out; at its end three lines."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import gradio as gr

from demo.markup.lesson import Step
from demo.views.checks import whole
from demo.widgets.events import PRIVATE, errors_as_sentences, status

_MOST_ANSWERS = 3
_POINT = "() => window.shapevae.point()"


def build(tabs: gr.Tabs, steps: Sequence[Step], summary: Sequence[str]) -> None:
    """Lay the tour out above the tabs and wire it."""
    at, right = gr.State(0), gr.State(frozenset())
    with gr.Row(elem_classes="tight", elem_id="top"):
        begin = gr.Button("▶ Take the two-minute tour", size="sm", elem_id="tour-start")
        share = gr.Button("Share this view", size="sm", elem_classes="share")
    with gr.Column(visible=False, elem_id="tour") as card:
        text = status("", elem_id="tour-text")
        with gr.Row(elem_classes="tight"):
            answers = [gr.Button(size="sm", min_width=80) for _ in range(_MOST_ANSWERS)]
        with gr.Row(elem_classes="tight"):
            back = gr.Button("Back", size="sm", min_width=80)
            forth = gr.Button("Next", size="sm", min_width=80, variant="primary", elem_id="tour-next")
            hand_over = gr.Button("Share this view", size="sm", min_width=80, visible=False, elem_classes="share")
            leave = gr.Button("End the tour", size="sm", min_width=80)
    for button in (share, hand_over):
        button.click(None, js="() => window.shapevae.share()", **PRIVATE)
    outputs = [at, right, card, begin, text, tabs, forth, hand_over, *answers]
    begun = begin.click(partial(go, steps, summary, -1, frozenset(), 1), None, outputs, **PRIVATE)
    backed = back.click(partial(go, steps, summary, by=-1), [at, right], outputs, **PRIVATE)
    moved = forth.click(partial(go, steps, summary, by=1), [at, right], outputs, **PRIVATE)
    for index, button in enumerate(answers):
        button.click(partial(answer, steps, index), [at, right], [right, text, *answers], **PRIVATE)
    left = leave.click(end, None, [at, right, card, begin], **PRIVATE)
    for event in (begun, backed, moved, left):
        event.then(None, js=_POINT, **PRIVATE)


@errors_as_sentences
def go(steps: Sequence[Step], summary: Sequence[str], at: object, right: frozenset[int], by: int) -> tuple[object, ...]:
    """The step after, or before, the present one, or after the last one the summary: what build's outputs show.

    right: the numbers of the steps that were predicted right.
    """
    number = min(max(whole(at, "The step", -1, len(steps)) + by, 0), len(steps))
    over = number == len(steps)
    words = _summary(steps, summary, right) if over else _words(steps, number)
    tab = gr.skip() if over else gr.Tabs(selected=steps[number].tab)
    answers = [] if over else [gr.Button(text, visible=True) for text in steps[number].answers]
    hidden = [gr.Button(visible=False)] * (_MOST_ANSWERS - len(answers))
    ends = gr.Button(visible=not over), gr.Button(visible=over)
    return (number, right, gr.Group(visible=True), gr.Button(visible=False), words, tab, *ends, *answers, *hidden)


@errors_as_sentences
def answer(steps: Sequence[Step], choice: int, at: object, right: frozenset[int]) -> tuple[object, ...]:
    """The steps predicted right, what turned out, and no more answers to choose from."""
    number = whole(at, "The step", 0, len(steps) - 1)
    step = steps[number]
    right = right | {number} if choice == step.right else right - {number}
    word = "" if step.right is None else "<b>Right.</b> " if choice == step.right else f"<b>{step.answers[step.right]}.</b> "
    return (right, f"{_words(steps, number)}<p>{word}{step.reveal}</p>", *[gr.Button(visible=False)] * _MOST_ANSWERS)


def end() -> tuple[object, ...]:
    return 0, frozenset(), gr.Group(visible=False), gr.Button(visible=True)


def _words(steps: Sequence[Step], number: int) -> str:
    """A step's question, marked with the tab and the thing that page.js points at."""
    step = steps[number]
    return f'<p data-tab="{step.tab}" data-thing="{step.thing}">Step {number + 1} of {len(steps)}. {step.question}</p>'


def _summary(steps: Sequence[Step], summary: Sequence[str], right: frozenset[int]) -> str:
    asked = sum(step.right is not None for step in steps)
    return f"<p>You predicted {len(right)} of {asked} right.</p><ol>{''.join(f'<li>{line}</li>' for line in summary)}</ol>"
