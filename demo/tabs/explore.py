"""Tab: walk through both latent spaces, and from one shape to another."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import gradio as gr
from gradio.events import Dependency

from demo.markup.elements import picture
from demo.markup.film import films
from demo.views import results as views
from demo.views.checks import choice
from demo.views.latent import interpolate, latent_map, ranked_code
from demo.views.links import PATHS, USUAL, Link, drawn_end, named_picture, next_end
from demo.widgets import explained as levels
from demo.widgets.events import QUIET, polite
from demo.widgets.explorer import latent_explorer
from demo.widgets.server_functions import explorer_functions, film_function
from shapevae.images.read import from_hex
from shapevae.shapes import KINDS

_STEPS = 24
_GROUP = """
const row = element.closest(".controls");
row.setAttribute("role", "group");
row.setAttribute("aria-label", "{name}");
"""


def build(models: views.Models, drawing: gr.HTML) -> dict[str, gr.components.Component]:
    """Lay the tab out and wire it; `drawing` is the pad of the first tab. Returns what a shared link may set."""
    maps = {name: latent_map(model) for name, model in models.items()}
    x = views.draw(views.seed_setting("random", views.FIRST_SEED))
    codes = {name: ranked_code(model, maps[name], x) for name, model in models.items()}
    gr.Markdown(
        "**Every picture is a point.** Drag on a map or move a slider: both decoders draw the point you are at. "
        "Sliders count in standard deviations of the prior; the dimension that carries most information comes first."
    )
    latent_explorer(codes, maps, explorer_functions(models, maps), "explorer")

    gr.Markdown(
        "### From one shape to another\nA walk from A to B in latent space. Where do shapes melt, and where do they jump?"
    )
    ends: dict[str, gr.components.Component] = {}
    shown: dict[str, gr.components.Component] = {}
    clicks: list[Dependency] = []
    with gr.Row():
        for end in ("a", "b"):
            ends[end], shown[f"shown_{end}"], buttons = _end(end, drawing)
            clicks += buttons
    path = gr.Radio(list(PATHS), value=PATHS[0], label="Path", info="spherical keeps the usual distance from the middle")
    film = _film(models)
    event = partial(show_walk, models), [*ends.values(), path], [*shown.values(), film]
    path.input(*event, **QUIET)
    for click in clicks:
        click.then(*event, **QUIET)
    levels.build("explore")
    return {**ends, "path": path, **shown}


def _end(end: str, drawing: gr.HTML) -> tuple[gr.Textbox, gr.HTML, list[Dependency]]:
    """One end of the walk: the text that names its picture, the picture, and what changes the text."""
    start = getattr(USUAL, end)
    with gr.Column(min_width=260), gr.Row(elem_classes="controls"):
        text = gr.Textbox(start, label=_name(end), visible="hidden")
        shown = gr.HTML(
            end_picture(end, start),
            js_on_load=_GROUP.format(name=_name(end)),  # whose buttons are named alike
            apply_default_css=False,
            scale=0,
            min_width=104,
        )
        clicks = [
            gr.Button(kind.title(), size="sm", min_width=70).click(partial(next_end, kind), [text], [text], **QUIET)
            for kind in KINDS
        ]
        clicks.append(gr.Button("My drawing", size="sm", min_width=90).click(_drawn_end, [drawing], [text], **QUIET))
    return text, shown, clicks


def _film(models: views.Models) -> gr.HTML:
    """Stills of the usual walk; the animations come when the tab is shown."""
    return gr.HTML(
        walk(models, USUAL.a, USUAL.b, USUAL.path, moving=False),
        js_on_load=(Path(__file__).parents[1] / "widgets" / "film.js").read_text(encoding="utf-8"),
        server_functions=[film_function(partial(walk, models))],
        elem_id="film",
        apply_default_css=False,
    )


@polite
def show_walk(models: views.Models, a: object, b: object, path: object) -> tuple[str, str, str]:
    """Both ends and the films, as HTML."""
    return end_picture("a", a), end_picture("b", b), walk(models, a, b, path)


@polite
def walk(models: views.Models, a: object, b: object, path: object, moving: bool = True) -> str:
    """The interpolation from end a to end b by each model, as HTML; if moving, with animations."""
    path = choice(path, "The path", PATHS)
    ends = named_picture(a), named_picture(b)
    walks = {name: interpolate(model, *ends, _STEPS, path == "spherical") for name, model in models.items()}
    return films(walks, moving)


def end_picture(end: str, text: object) -> str:
    return f'<div class="end"><b>{end.upper()}</b>{picture(named_picture(text)[0], _name(end), "thumb")}</div>'


def _name(end: str) -> str:
    return f"Shape {end.upper()}"


def linked_ends(link: Link) -> dict[str, object]:
    """What a shared link sets on this tab, by the names of `build`; film.js asks for the film itself."""
    given = {"a": link.a, "b": link.b}
    pictures = {f"shown_{end}": end_picture(end, text) for end, text in given.items() if text is not None}
    return {**given, "path": link.path, **pictures}


@polite
def _drawn_end(drawing: object) -> str:
    return drawn_end(from_hex(drawing))
