"""Card: what the weight in a loss stands for, for any recipe; part of the tab Information."""

from __future__ import annotations

import gradio as gr

from demo.views import scale as views
from demo.widgets.events import NEWEST_ONLY, errors_as_sentences

_FIRST = next(iter(views.RECIPES))


def build() -> None:
    """Lay the card out and wire it."""
    usual = views.RECIPES[_FIRST]
    with gr.Accordion("What does the weight in your loss mean? Sum or mean?", open=False, elem_id="scale") as fold:
        known = gr.Dropdown(list(views.RECIPES), value=_FIRST, label="A public recipe")
        with gr.Row(elem_classes="controls"):
            reduction = gr.Radio(list(views.REDUCTIONS), value=usual.reduction, label="Squared errors", min_width=140)
            values = gr.Number(usual.values, precision=0, label="Values an image", min_width=120)
            factor = gr.Number(usual.factor, label="Times", info="0.5 if halved", min_width=100)
            penalty = gr.Radio(list(views.PENALTIES), value=usual.penalty, label="Penalty", min_width=140)
            weight = gr.Number(usual.weight, label="Its weight", min_width=120)
        said = gr.Markdown(elem_id="scale-says")
    typed = [component.input for component in (reduction, values, factor, penalty, weight)]
    settings = [reduction, values, factor, penalty, weight]
    fold.expand(explain, settings, [said], **NEWEST_ONLY)
    known.input(chosen, [known], [*settings, said], **NEWEST_ONLY)
    gr.on(typed, explain, settings, [said], **NEWEST_ONLY)


@errors_as_sentences
def explain(*settings: object) -> str:
    """What a typed recipe stands for."""
    return views.meaning(views.recipe(*settings))


@errors_as_sentences
def chosen(name: str) -> tuple[object, ...]:
    """The settings of a public recipe, and what it stands for."""
    loss = views.RECIPES[views.choice(name, "The recipe", tuple(views.RECIPES))]
    return loss.reduction, loss.values, loss.factor, loss.penalty, loss.weight, views.meaning(loss)
