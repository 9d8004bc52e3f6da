"""Tab: walk through both latent spaces, and from one shape to another."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import gradio as gr
from gradio.components import Component
from gradio.events import Dependency

from demo.markup.elements import picture
from demo.markup.film import films
from demo.markup.text import TEXT
from demo.views import results as views
from demo.views.drawing import FIRST_SEED, draw, seed_setting
from demo.views.latent import LatentMap, ranked_code, walks
from demo.views.links import PATHS, USUAL, Link, drawn_end, named_picture, next_end
from demo.widgets import explained
from demo.widgets.events import PRIVATE, errors_as_sentences, file_text
from demo.widgets.explorer import latent_explorer
from demo.widgets.server_functions import explorer_functions, film_function
from shapevae.images.read import from_hex
from shapevae.shapes import KINDS


def build(models: views.Models, maps: Mapping[str, LatentMap], pad: gr.HTML) -> dict[str, Component]:
    """Lay the tab out and wire it; `pad` is that of the first tab. Returns what a shared link may set."""
    x = draw(seed_setting("random", FIRST_SEED))
    codes = {name: ranked_code(model, maps[name], x) for name, model in models.items()}
    gr.Markdown(TEXT["explore"])
    latent_explorer(codes, maps, explorer_functions(models, maps), "explorer")
    gr.Markdown(TEXT["explore.walk"])
    settings = _walk(models, pad)
    explained.build("explore")
    return settings


def _walk(models: views.Models, pad: gr.HTML) -> dict[str, Component]:
    """Both ends of the walk, its path and its films."""
    with gr.Row():
        (a, shown_a, clicks_a), (b, shown_b, clicks_b) = (_end(end, pad) for end in ("a", "b"))
    info = "spherical keeps the usual distance from the middle"
    path = gr.Radio(list(PATHS), value=USUAL["path"], label="Path", info=info)
    script, functions = file_text("gradio/film.js"), [film_function(models)]
    film = gr.HTML(
        walk(models, **USUAL), js_on_load=script, server_functions=functions, elem_id="film", apply_default_css=False
    )
    event = partial(show_walk, models), [a, b, path], [shown_a, shown_b, film]
    path.input(*event, **PRIVATE)
    for click in (*clicks_a, *clicks_b):
        click.then(*event, **PRIVATE)
    return {"a": a, "b": b, "path": path, "shown_a": shown_a, "shown_b": shown_b, "film": film}


def _end(end: str, pad: gr.HTML) -> tuple[gr.Textbox, gr.HTML, list[Dependency]]:
    """One end of the walk: the text that names its picture, the picture, and what changes the text."""
    group = file_text("gradio/end.js")
    with gr.Column(min_width=260), gr.Row(elem_classes="controls"):
        text = gr.Textbox(USUAL[end], label=f"Shape {end.upper()}", visible="hidden")
        shown = gr.HTML(end_picture(end, USUAL[end]), js_on_load=group, apply_default_css=False, scale=0, min_width=104)
        buttons = {kind: gr.Button(kind.title(), size="sm", min_width=70) for kind in KINDS}
        own = gr.Button("My drawing", size="sm", min_width=90)
    clicks = [button.click(partial(next_end, kind), [text], [text], **PRIVATE) for kind, button in buttons.items()]
    return text, shown, [*clicks, own.click(_drawn_end, [pad], [text], **PRIVATE)]


@errors_as_sentences
def show_walk(models: views.Models, a: object, b: object, path: object) -> tuple[str, str, str]:
    """Both ends and the films, as HTML."""
    return end_picture("a", a), end_picture("b", b), walk(models, a, b, path)


@errors_as_sentences
def walk(models: views.Models, a: object, b: object, path: object) -> str:
    """The interpolation from end a to end b by each model, as HTML."""
    return films(walks(models, a, b, path), {"a": a, "b": b, "path": path})


def end_picture(end: str, text: object) -> str:
    shown = picture(named_picture(text)[0], f"Shape {end.upper()}", "thumb")
    return f'<div class="end"><b>{end.upper()}</b>{shown}</div>'


def linked_walk(models: views.Models, link: Link) -> dict[str, object]:
    """What a shared link sets on this tab, by the names of `build`."""
    given = {name: link[name] for name in USUAL if name in link}
    if not given:
        return {}
    shown_a, shown_b, film = show_walk(models, **{**USUAL, **given})
    return {**given, "shown_a": shown_a, "shown_b": shown_b, "film": film}


@errors_as_sentences
def _drawn_end(picture: object) -> str:
    return drawn_end(from_hex(picture))
