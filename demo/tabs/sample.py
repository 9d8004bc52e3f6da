"""Tab: random pictures by both models from one seed; the judge's marks; a quiz."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import gradio as gr

from demo.markup import cards as panels
from demo.markup import quiz
from demo.markup.judged import Tally, mark_samples
from demo.views import results as views
from demo.views.checks import flag, whole
from demo.views.links import Link
from demo.widgets import explained as levels
from demo.widgets.events import LIVE, QUIET, polite, spoken
from shapevae.config import MAX_SEED

USUAL = views.Draws(25, views.FIRST_SEED)


def build(models: views.Models) -> dict[str, gr.components.Component]:
    """Lay the tab out and wire it; returns what a shared link may set."""
    gr.Markdown(
        "**No input at all:** random numbers from the prior go straight into each decoder. A seed fixes them for both models. "
        "How many of the pictures would you call a shape? A pass has each model encode its own samples and decode them again."
    )
    with gr.Row(elem_classes="controls"):
        count = gr.Slider(views.LEAST_SAMPLES, views.MOST_SAMPLES, USUAL.count, step=1, label="Count", min_width=160)
        spread = gr.Slider(views.LEAST_SPREAD, views.MOST_SPREAD, 1, step=0.05, label="Spread of the prior", min_width=160)
        passes = gr.Slider(0, views.MOST_PASSES, 0, step=1, label="Passes through the model", min_width=160)
        seed = gr.Number(views.FIRST_SEED, precision=0, label="Seed", min_width=100)
        marks = gr.Checkbox(False, label="The judge's marks", min_width=140)
        following = gr.Button("Next seed", variant="primary", scale=0, min_width=140)
    tally = gr.State(Tally())
    grids = gr.HTML(
        _plain(models, USUAL),
        js_on_load=(Path(__file__).parents[1] / "widgets" / "sample.js").read_text(encoding="utf-8"),
        elem_id="samples",
        apply_default_css=False,
    )

    gr.Markdown(
        "### Real or generated?\nOne picture is drawn by the rule that made the training pictures, or by a model. Can you tell?"
    )
    with gr.Row(elem_classes="controls", elem_id="quiz"):
        question = gr.State(views.FIRST_SEED)
        score = gr.State((0, 0))
        card = gr.HTML(quiz.show(models, views.FIRST_SEED), apply_default_css=False, scale=0, min_width=150)
        with gr.Column(min_width=200):
            word = spoken("A circle, a rectangle or a triangle, from the rule or from a model?")
            with gr.Row():
                answers = {quiz.REAL: gr.Button("Real", size="sm"), quiz.GENERATED: gr.Button("Generated", size="sm")}

    inputs, show = [count, seed, spread, passes, marks, tally], partial(show_samples, models)
    gr.on([count.input, spread.input, passes.input, seed.change, marks.input], show, inputs, [grids, tally], **LIVE)
    following.click(next_seed, [seed], [seed], **QUIET)
    for answer, button in answers.items():
        reply = partial(answer_quiz, models, answer)
        button.click(reply, [question, score], [card, word, question, score], **QUIET)
    levels.build("sample")
    return {"count": count, "spread": spread, "passes": passes, "seed": seed, "grids": grids}


@polite
def show_samples(
    models: views.Models, count: object, seed: object, spread: object, passes: object, marked: object, tally: Tally
) -> tuple[str, Tally]:
    """Both grids as HTML; with marks, also the count that runs on. They stay while there is no seed: somebody is typing it."""
    if seed is None:
        return gr.skip(), gr.skip()
    draws = views.check_draws(count, seed, spread, passes)
    grids = views.sample(models, draws)
    if not flag(marked, "The judge's marks"):
        return panels.sample_grids(grids, draws), tally
    marks = mark_samples(grids)
    tally.add(draws, marks)
    return panels.sample_grids(grids, draws, marks, tally.words()), tally


def linked_samples(models: views.Models, link: Link) -> dict[str, object]:
    """What a shared link sets on this tab, by the names of `build`."""
    named = {name: getattr(link, name) for name in ("count", "seed", "spread", "passes")}
    given = {name: value for name, value in named.items() if value is not None}
    return {**given, "grids": _plain(models, replace(USUAL, **given))} if given else {}


def _plain(models: views.Models, draws: views.Draws) -> str:
    """The grids without marks."""
    return panels.sample_grids(views.sample(models, draws), draws)


@polite
def next_seed(seed: object) -> int:
    return (whole(seed, "The seed", 0, MAX_SEED) + 1) % (MAX_SEED + 1)


@polite
def answer_quiz(models: views.Models, answer: str, seed: int, score: tuple[int, int]) -> tuple[object, ...]:
    """The next picture, what the last one was, the next seed and the score."""
    score = (score[0] + (answer == quiz.truth(seed).word), score[1] + 1)
    return quiz.show(models, seed + 1), quiz.reply(models, seed, answer, score), seed + 1, score
