"""Tab: walk through both latent spaces, and from one shape to another."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import gradio as gr

from demo import views
from demo.checks import choice, whole
from demo.explorer import latent_explorer
from demo.film import films
from demo.html import picture
from demo.latent import interpolate, latent_map, ranked_code
from demo.live import explorer_functions, film_function
from demo.tabs import levels
from demo.tabs.common import QUIET, polite
from shapevae.config import MAX_SEED
from shapevae.images import from_hex, to_hex
from shapevae.shapes import KINDS

_STEPS = 24
_PATHS = ("straight", "spherical")
_ENDS = {"A": ("triangle", 21), "B": ("circle", 22)}


def build(models: views.Models, drawing: gr.HTML) -> None:
    """Lay the tab out and wire it; `drawing` is the pad of the first tab."""
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
    starts = {end: to_hex(views.draw(views.seed_setting(*what))) for end, what in _ENDS.items()}
    ends, wires = {}, []
    with gr.Row():
        for end, start in starts.items():
            with gr.Column(min_width=260), gr.Row(elem_classes="controls"):
                state = ends[end] = gr.State(start)
                shown = gr.HTML(_end_picture(end, start), apply_default_css=False, scale=0, min_width=104)
                for kind in KINDS:
                    wires.append((gr.Button(kind.title(), size="sm", min_width=70), partial(_new_end, end, kind), state, shown))
                mine = gr.Button("My drawing", size="sm", min_width=90)
                wires.append((mine, partial(_drawn_end, end), state, shown))
    path = gr.Radio(list(_PATHS), value=_PATHS[0], label="Path", info="spherical keeps the usual distance from the middle")
    first = partial(walk, models, starts["A"], starts["B"], _PATHS[0])
    film = _film(first)

    show = partial(walk, models)
    for button, function, state, shown in wires:
        source = drawing if function.func is _drawn_end else state
        button.click(function, [source], [state, shown], **QUIET).then(show, [*ends.values(), path], [film], **QUIET)
    path.input(show, [*ends.values(), path], [film], **QUIET)
    levels.build("explore")


def _film(first: partial[str]) -> gr.HTML:
    """Stills of the walk that `first` gives; its animations come when the tab is shown."""
    return gr.HTML(
        first(moving=False),
        js_on_load=(Path(__file__).parent.parent / "film.js").read_text(encoding="utf-8"),
        server_functions=[film_function(first)],
        elem_id="film",
        apply_default_css=False,
    )


@polite
def walk(models: views.Models, a: object, b: object, path: object, moving: bool = True) -> str:
    """The interpolation from picture a to picture b, hex each, by each model, as HTML; if moving, with animations."""
    path = choice(path, "The path", _PATHS)
    ends = from_hex(a), from_hex(b)
    walks = {name: interpolate(model, *ends, _STEPS, path == "spherical") for name, model in models.items()}
    return films(walks, moving)


def _end_picture(end: str, hex_picture: str) -> str:
    return f'<div class="end"><b>{end}</b>{picture(from_hex(hex_picture)[0], f"Shape {end}", "thumb")}</div>'


@polite
def _new_end(end: str, kind: str, now: object) -> tuple[str, str]:
    """Another shape of a kind; which one follows from the present one, so that a click always brings a new one."""
    seed = whole(sum(bytes.fromhex(to_hex(from_hex(now)))), "The seed", 0, MAX_SEED)
    fresh = to_hex(views.draw(views.seed_setting(kind, seed)))
    return fresh, _end_picture(end, fresh)


@polite
def _drawn_end(end: str, drawing: object) -> tuple[str, str]:
    fresh = to_hex(from_hex(drawing))
    return fresh, _end_picture(end, fresh)
