"""What the page's scripts may call on the server while somebody draws or slides: functions of JSON that never raise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import torch

from demo.markup import cards
from demo.markup.elements import as_source, source
from demo.markup.film import film as make_film
from demo.views import drawing, latent, nearby
from demo.views import results as views
from demo.views.checks import InputError, flag, mapping, whole
from demo.views.latent import STRIP_STEPS, LatentMap
from demo.views.links import USUAL
from shapevae.images.read import ImageError, from_hex
from shapevae.images.write import grid, to_hex
from shapevae.judge import Judgement, judge_shapes
from shapevae.model import Autoencoder

Answer = dict[str, Any]
Function = Callable[[object], Answer]
SETTINGS = ("kind", "size", "angle", "seed", "across", "down")  # as drawing.draw_setting takes them


def errors_as_json(function: Function) -> Function:
    """A wrong input is answered by {"error": sentence}."""

    @wraps(function)
    def answer(data: object = None) -> Answer:
        try:
            return function(data)
        except (InputError, ImageError) as error:
            return {"error": str(error)}

    return answer


def pad_functions(models: views.Models) -> list[Function]:
    """`rebuild` gives the reconstructions of the pad's picture as HTML, `judge` a word on the picture and on each of them.

    `draw` gives a shape and its reconstructions from its settings, by the names of SETTINGS.
    """

    @errors_as_json
    def rebuild(data: object) -> Answer:
        x = pad_picture(data)
        return {"html": cards.reconstruction(x, views.reconstruct(models, x))}

    @errors_as_json
    def draw(data: object) -> Answer:
        settings = mapping(data, "The settings")
        text = to_hex(drawing.draw_setting(*(settings.get(name) for name in SETTINGS)))
        return {"hex": text, **rebuild(text)}

    @errors_as_json
    def judge(data: object) -> Answer:
        return {"words": judge_words(models, pad_picture(data))}

    return [rebuild, draw, judge]


def pad_picture(data: object) -> torch.Tensor:
    """What is on the pad, (1, 1, H, W): its hex, or {"hex": its hex, "filled": whether outlines are filled}."""
    if not isinstance(data, dict):
        return from_hex(data)
    return from_hex(data.get("hex"), filled=flag(data.get("filled"), "Filling"))


def judge_words(models: views.Models, x: torch.Tensor) -> dict[str, str]:
    """The judge's word on each reconstruction and on the input, (1, 1, H, W), and a sentence on what the models believe."""
    rebuilt = views.reconstruct(models, x)
    judged = judge_shapes(torch.cat([*(result.image[None] for result in rebuilt.values()), x]))
    words = {name: views.verdict(judged, index) for index, name in enumerate([*rebuilt, "input"])}
    return {**words, "belief": views.belief(judged)}


def explorer_functions(models: views.Models, maps: Mapping[str, LatentMap]) -> list[Function]:
    """`decode` codes to pictures, `describe` them by the judge's words and the nearest true shape, draw `strips` along their
    dimensions, `encode` the pad's picture to codes, and draw the `mosaic` behind each map, of {"codes": codes, "axes": two
    ranked dimensions by model's name}.

    Codes are lists of ranked standard coordinates, by model's name.
    """

    @errors_as_json
    def decode(data: object) -> Answer:
        return {"pictures": {name: source(image) for name, image in decode_codes(models, maps, data).items()}}

    @errors_as_json
    def describe(data: object) -> Answer:
        codes = mapping(data, "The codes")
        judged = judge_shapes(torch.stack(list(decode_codes(models, maps, codes).values())))
        return {
            "words": {name: views.verdict(judged, index) for index, name in enumerate(models)},
            "nearest": {name: _nearest(models[name], maps[name], codes[name], judged, i) for i, name in enumerate(models)},
        }

    @errors_as_json
    def strips(data: object) -> Answer:
        codes = mapping(data, "The codes")
        rows = {name: latent.strips(models[name], maps[name], codes.get(name)) for name in models}
        return {"strips": {name: [source(grid(row, STRIP_STEPS, gap=0)) for row in each] for name, each in rows.items()}}

    @errors_as_json
    def encode(data: object) -> Answer:
        x = pad_picture(data)
        return {"codes": {name: latent.ranked_code(model, maps[name], x) for name, model in models.items()}}

    @errors_as_json
    def mosaic(data: object) -> Answer:
        given = mapping(data, "The map")
        codes, axes = mapping(given.get("codes"), "The codes"), mapping(given.get("axes"), "The axes")
        drawn = {name: nearby.mosaic(models[name], maps[name], codes.get(name), axes.get(name)) for name in models}
        return {"mosaics": {name: source(picture) for name, picture in drawn.items()}}

    return [decode, describe, strips, encode, mosaic]


def _nearest(model: Autoencoder, place: LatentMap, code: object, judged: Judgement, index: int) -> Answer:
    found = nearby.nearest_shape(model, place, latent.own_code(model, place, code), judged, index)
    return {"picture": source(found.image), "code": found.code, "std": found.std, "distance": found.distance}


def sample_function(models: views.Models, maps: Mapping[str, LatentMap]) -> Function:
    """`locate` gives the codes of both models of one sample, by count, seed, spread, passes and index."""

    @errors_as_json
    def locate(data: object) -> Answer:
        given = mapping(data, "The sample")
        settings = views.sample_settings(*(given.get(name) for name in ("count", "seed", "spread", "passes")))
        index = whole(given.get("index"), "The sample's place", 0, settings.count - 1)
        return {"codes": {name: nearby.sample_code(model, maps[name], settings, index) for name, model in models.items()}}

    return locate


def film_function(models: views.Models) -> Function:
    """`film` gives the film of a walk as an address, by its ends and its path."""

    @errors_as_json
    def film(data: object) -> Answer:
        walk = mapping(data, "The walk")
        return {"film": as_source(make_film(latent.walks(models, *(walk.get(name) for name in USUAL))), "image/gif")}

    return film


@torch.inference_mode()
def decode_codes(models: views.Models, maps: Mapping[str, LatentMap], data: object) -> dict[str, torch.Tensor]:
    """One picture, (1, H, W), by each model from its ranked standard coordinates. Raises InputError."""
    codes = mapping(data, "The codes")
    return {name: model.decode(latent.own_code(model, maps[name], codes.get(name)))[0] for name, model in models.items()}
