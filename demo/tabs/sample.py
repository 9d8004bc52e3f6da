"""Tab: random pictures by both models from one seed; the judge's marks; a quiz."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import gradio as gr

from demo.markup import cards, quiz
from demo.markup.judged import SampleCount, mark_samples
from demo.markup.text import TEXT
from demo.views import results as views
from demo.views.checks import flag, next_seed
from demo.views.drawing import FIRST_SEED
from demo.views.latent import LatentMap
from demo.views.links import Link
from demo.views.results import LEAST_SAMPLES, LEAST_SPREAD, MOST_PASSES, MOST_SAMPLES, MOST_SPREAD
from demo.widgets import explained
from demo.widgets.events import NEWEST_ONLY, PRIVATE, errors_as_sentences, file_text, status
from demo.widgets.server_functions import sample_function

USUAL: dict[str, Any] = {"count": 25, "seed": FIRST_SEED, "spread": 1, "passes": 0, "marks": True}


def build(models: views.Models, maps: Mapping[str, LatentMap]) -> dict[str, gr.components.Component]:
    """Lay the tab out and wire it; returns what a shared link may set."""
    gr.Markdown(TEXT["sample"])
    with gr.Row(elem_classes="controls"):
        count = gr.Slider(
            LEAST_SAMPLES, MOST_SAMPLES, USUAL["count"], step=1, label="Count", min_width=160, elem_id="draw-count"
        )
        spread = gr.Slider(LEAST_SPREAD, MOST_SPREAD, 1, step=0.05, label="Spread", min_width=160, elem_id="draw-spread")
        passes = gr.Slider(0, MOST_PASSES, 0, step=1, label="Passes", min_width=160, elem_id="draw-passes")
        seed = gr.Number(FIRST_SEED, precision=0, label="Seed", min_width=100, elem_id="draw-seed")
        marks = gr.Checkbox(True, label="The judge's marks", min_width=140)
        following = gr.Button("Next seed", variant="primary", scale=0, min_width=140)
    shown = show_samples(models, **USUAL, counted=SampleCount())
    counted = gr.State(shown[1])
    script, functions = file_text("gradio/samples.js"), [sample_function(models, maps)]
    grids = gr.HTML(shown[0], js_on_load=script, server_functions=functions, elem_id="samples", apply_default_css=False)
    _quiz(models)
    explained.build("sample")

    inputs, show = [count, seed, spread, passes, marks, counted], partial(show_samples, models)
    gr.on([count.input, spread.input, passes.input, seed.change, marks.input], show, inputs, [grids, counted], **NEWEST_ONLY)
    following.click(errors_as_sentences(next_seed), [seed], [seed], **PRIVATE)
    settings = {"count": count, "seed": seed, "spread": spread, "passes": passes, "marks": marks}
    return {**settings, "grids": grids, "counted": counted}


def _quiz(models: views.Models) -> None:
    gr.Markdown(TEXT["sample.quiz"])
    question, score = gr.State(FIRST_SEED), gr.State((0, 0))
    with gr.Row(elem_classes="controls", elem_id="quiz"):
        card = gr.HTML(quiz.show(models, FIRST_SEED), apply_default_css=False, scale=0, min_width=150)
        with gr.Column(min_width=200):
            word = status("A circle, a rectangle or a triangle, from the rule or from a model?")
            with gr.Row():
                answers = {answer: gr.Button(answer.title(), size="sm") for answer in (quiz.REAL, quiz.GENERATED)}
    for answer, button in answers.items():
        button.click(partial(answer_quiz, models, answer), [question, score], [card, word, question, score], **PRIVATE)


@errors_as_sentences
def show_samples(
    models: views.Models, count: object, seed: object, spread: object, passes: object, marks: object, counted: SampleCount
) -> tuple[str, SampleCount]:
    """Both grids as HTML; with marks, also the count that runs on. They stay while there is no seed: somebody is typing it."""
    if seed is None:
        return gr.skip(), gr.skip()
    settings = views.sample_settings(count, seed, spread, passes)
    grids = views.sample(models, settings)
    if not flag(marks, "The judge's marks"):
        return cards.sample_grids(grids, settings), counted
    marked = mark_samples(grids)
    counted.add(settings, marked)
    return cards.sample_grids(grids, settings, marked, counted.words()), counted


def linked_samples(models: views.Models, link: Link) -> dict[str, object]:
    """What a shared link sets on this tab, by the names of `build`."""
    given = {name: link[name] for name in USUAL if name in link}
    if not given:
        return {}
    grids, counted = show_samples(models, **{**USUAL, **given}, counted=SampleCount())
    return {**given, "grids": grids, "counted": counted}


@errors_as_sentences
def answer_quiz(models: views.Models, answer: str, seed: int, score: tuple[int, int]) -> tuple[object, ...]:
    """The next picture, what the last one was, the next seed and the score."""
    score = (score[0] + (answer == quiz.truth(seed)), score[1] + 1)
    return quiz.show(models, seed + 1), quiz.reply(models, seed, answer, score), seed + 1, score
