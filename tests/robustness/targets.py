"""Everything that a visitor or a program can call, the inputs it is tried with, and what counts as an answer."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import gradio as gr
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from demo.api import Endpoints
from demo.markup.judged import SampleCount
from demo.markup.lesson import Step
from demo.presets import PresetInfo
from demo.tabs import address, explore, reconstruct, sample, scale, tour
from demo.tabs.train import TrainTab
from demo.training import run as runs
from demo.training.session import recipe
from demo.views.checks import next_seed
from demo.views.latent import latent_map
from demo.views.links import named_picture, next_end
from demo.views.scale import RECIPES
from demo.widgets import live
from demo.widgets.events import errors_as_sentences
from demo.widgets.plane import plane_functions
from demo.widgets.server_functions import explorer_functions, film_function, pad_functions, sample_function
from tests.robustness.cases import anything, both_codes, by_turns, codes, kinds, models, mostly, often, pads, seeds, shares
from tests.robustness.pictures import pictures, sound
from tests.support.app_server import untrained

WEIGHTS = Path(__file__).parents[2] / "weights"
walk_ends = by_turns(st.builds("{}-{}".format, kinds, seeds), pads, anything)
_ANGLES = mostly(st.floats(-360, 360))
_RECIPE = st.fixed_dictionaries(
    {"family": mostly(st.sampled_from(["plane", "report"]), 9)},
    optional={
        **{"latent_dim": mostly(st.just(2)), "epochs": mostly(st.integers(1, 50)), "pictures": mostly(st.integers(500, 900))},
        **{
            "pixel_variance": mostly(st.floats(0.001, 10)),
            "mmd_weight": mostly(st.floats(-1e6, 1e6)),
            "kl": mostly(st.booleans()),
        },
        **{"prior_variance": mostly(st.floats(2, 10)), "noise": mostly(st.floats(0.01, 1)), "kernel": mostly(st.just("rbf"))},
    },
)
_ASKED = by_turns(_RECIPE.map(json.dumps), _RECIPE.map(json.dumps), anything)

_STEP = Step("sample", "#samples", "Which?", ("This", "That"), 1, "That.")
_SETTINGS = {"kind": kinds, "size": shares, "angle": _ANGLES, "seed": seeds, "across": shares, "down": shares}
settings = by_turns(st.fixed_dictionaries(_SETTINGS), st.fixed_dictionaries({}, optional=_SETTINGS), anything)


@dataclass(frozen=True)
class Target:
    """function: asked with `inputs`; right: whether what it returned is an answer. Else it must have raised a sentence."""

    function: Callable[..., Any]
    inputs: tuple[st.SearchStrategy, ...]
    right: Callable[[Any], bool]


def is_sentence(text: object) -> bool:
    return isinstance(text, str) and 10 < len(text) < 300 and text.endswith(".") and "Traceback" not in text


@dataclass
class Count:
    """How often a target was asked, and how often it answered; the rest it declined with a sentence."""

    asked: int = 0
    answered: int = 0


def ask(target: Target, inputs: tuple[object, ...]) -> bool:
    """Whether it answered. Fails where the target neither answers nor says in a sentence what is wrong."""
    try:
        answer = target.function(*inputs)
    except gr.Error as error:
        assert is_sentence(error.message), error.message
        assert not error.print_exception
        return False
    assert target.right(answer), answer
    return not (isinstance(answer, dict) and "error" in answer)


def ask_often(target: Target, cases: int, **settings: Any) -> Count:
    """Ask a target with `cases` generated inputs."""
    count = Count()

    def each(inputs: tuple[object, ...]) -> None:
        count.asked += 1
        count.answered += ask(target, inputs)

    often(cases, **settings)(given(st.tuples(*target.inputs))(each))()
    return count


@cache
def endpoints() -> dict[str, Target]:
    """The app's named endpoints, without /information, which takes no input."""
    ends = Endpoints(untrained(), {})
    return {
        "generate_shape": Target(ends.generate_shape, (kinds, shares, _ANGLES, seeds), _is_picture),
        "reconstruct": Target(ends.reconstruct, (pictures,), _is_pair),
        "judge": Target(ends.judge, (pictures,), _is_finite),
        "sample": Target(ends.sample, (mostly(st.integers(4, 9)), seeds), _is_pair),
        "interpolate": Target(ends.interpolate, (*[by_turns(sound, sound, pictures)] * 2, mostly(st.integers(2, 9))), _is_pair),
        "decode": Target(ends.decode, (models, codes), _is_picture),
    }


@cache
def server_functions() -> dict[str, Target]:
    """What the page's scripts call, past the queue: these never raise at all."""
    models = untrained()
    maps = {name: latent_map(model) for name, model in models.items()}
    functions = [
        *pad_functions(models),
        *explorer_functions(models, maps),
        sample_function(models, maps),
        film_function(models),
    ]
    pairs = st.fixed_dictionaries(dict.fromkeys(models, st.lists(mostly(st.integers(0, 3)), min_size=2, max_size=2)))
    paths = mostly(st.sampled_from(["straight", "spherical"]))
    sample = {"count": mostly(st.integers(4, 9)), "seed": seeds, "spread": mostly(st.floats(0.25, 2))}
    inputs = {
        **{"decode": both_codes, "draw": settings},
        **dict.fromkeys(("describe", "strips"), by_turns(*[anything] * 4, both_codes)),  # the slow ones
        "mosaic": st.fixed_dictionaries({"codes": both_codes, "axes": pairs}),
        "film": by_turns(*[anything] * 4, st.fixed_dictionaries({"a": walk_ends, "b": walk_ends, "path": paths})),
        "locate": st.fixed_dictionaries({**sample, "passes": mostly(st.integers(0, 3)), "index": mostly(st.integers(0, 3))}),
    }
    drawn = by_turns(pads, st.fixed_dictionaries({"hex": pads, "filled": mostly(st.booleans())}))
    places = st.fixed_dictionaries(dict.fromkeys(models, st.lists(mostly(st.floats(-3, 3)), min_size=2, max_size=2)))
    dropped = by_turns(st.fixed_dictionaries({"hex": pads}), st.fixed_dictionaries({"kind": kinds, "seed": seeds}))
    on_planes = dict(zip(plane_functions(untrained(latent_dim=2, image_size=32)), (places, dropped), strict=True))
    on_planes[live.film] = mostly(st.just("both"))
    asked = [*((f.__name__, f, inputs.get(f.__name__, drawn)) for f in functions)]
    asked += [(f"plane {f.__name__}", f, by_turns(anything, wanted)) for f, wanted in on_planes.items()]
    return {name: Target(_never_raising(f), (wanted,), _is_live) for name, f, wanted in asked}


@cache
def handlers() -> dict[str, Target]:
    """The page's own events: private, so not listed anywhere, but anybody may call them."""
    models, tab, past = untrained(), TrainTab(PresetInfo()), TrainTab(PresetInfo(WEIGHTS))
    show, paths = partial(sample.show_samples, models), mostly(st.sampled_from(["straight", "spherical"]))
    return {
        "next_shape": Target(partial(reconstruct.next_shape, "circle"), (seeds,), _ends_in_hex),
        "seed_shape": Target(reconstruct.seed_shape, (kinds, seeds), _ends_in_hex),
        "snap_shape": Target(reconstruct.snap_shape, (pads,), _is_hex),
        "read_upload": Target(reconstruct.read_upload, (pictures,), _is_hex),
        "show_samples": Target(
            lambda *inputs: show(*inputs, SampleCount()),
            (mostly(st.integers(4, 9)), seeds, mostly(st.floats(0.25, 2)), mostly(st.integers(0, 3)), mostly(st.booleans())),
            lambda answer: answer == (gr.skip(), gr.skip()) or "<img" in answer[0],
        ),
        "next_seed": Target(errors_as_sentences(next_seed), (seeds,), lambda answer: isinstance(answer, int)),
        "show_walk": Target(partial(explore.show_walk, models), (walk_ends, walk_ends, paths), _are_pictures),
        "next_end": Target(partial(next_end, "circle"), (walk_ends,), lambda answer: answer.startswith("circle-")),
        "drawn_end": Target(explore._drawn_end, (pads,), lambda answer: len(named_picture(answer)) == 1),
        "open_link": Target(partial(address.open_link, models), (anything,), lambda answer: len(answer) == 21),
        "tour": Target(
            lambda at: tour.go([_STEP] * 2, [""], at, frozenset(), 1),
            (mostly(st.integers(-1, 2)),),
            lambda answer: len(answer) == 11,
        ),
        "explain": Target(
            scale.explain,
            (
                *(mostly(st.sampled_from(options)) for options in (["sum", "mean"], [1, 4096], [0.5, 1e-9], ["KL", "MMD"])),
                mostly(st.floats(1e-12, 1e12)),
            ),
            lambda answer: "**" in answer and "nan" not in answer and "inf" not in answer,
        ),
        "chosen": Target(scale.chosen, (mostly(st.sampled_from(list(RECIPES))),), lambda answer: len(answer) == 6),
        "begin": Target(partial(tab.begin, None), (_ASKED,), lambda run: all(side.training.step == 0 for side in run.sides)),
        "move": Target(partial(tab.move, runs.start(recipe({"family": "plane"}))), (_ASKED,), lambda answer: answer is None),
        "epoch": Target(
            past.epoch, (mostly(st.just("report-vae")), mostly(st.integers(1, 50))), lambda answer: "<img" in answer[1]
        ),
    }


def _never_raising(function: Callable[[object], dict[str, Any]]) -> Callable[[object], dict[str, Any]]:
    """An Error of Gradio's is none of the answers that a server function may give."""

    def asked(data: object) -> dict[str, Any]:
        try:
            return function(data)
        except gr.Error as error:
            raise AssertionError("a server function raised") from error

    return asked


def _is_picture(answer: object) -> bool:
    return isinstance(answer, Image.Image) and answer.size == (64, 64)


def _are_pictures(answer: tuple[str, ...]) -> bool:
    return all("<img" in html for html in answer)


def _is_pair(answer: tuple[Any, ...]) -> bool:
    *pair, figures = answer
    return all(isinstance(picture, Image.Image) for picture in pair) and len(pair) == 2 and _is_finite(figures)


def _is_finite(value: object) -> bool:
    """No NaN and no infinity at any depth: they are not JSON."""
    if isinstance(value, dict | list | tuple):
        return all(map(_is_finite, value.values() if isinstance(value, dict) else value))
    return not isinstance(value, float) or math.isfinite(value)


def _is_live(answer: dict[str, Any]) -> bool:
    return is_sentence(answer["error"]) if "error" in answer else bool(answer) and _is_finite(answer)


def _is_hex(answer: object) -> bool:
    return isinstance(answer, str) and len(bytes.fromhex(answer)) == 64**2


def _ends_in_hex(answer: tuple[object, ...]) -> bool:
    return _is_hex(answer[-1])
