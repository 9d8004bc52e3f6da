"""Interpolations as strips that move, and as a film to take away."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from html import escape

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from demo.markup.cards import model_card
from demo.markup.elements import cards, picture, source
from demo.views.results import NAMES, strip
from shapevae.images.write import grid, to_pil

_FRAME_MS, _REST_MS = 60, 600
_SHOWN = 9
_SIDE, _GAP, _HEAD = 512, 8, 48  # pixels of a model's part of the film, between both, and for their names


def film(walks: Mapping[str, Tensor]) -> bytes:
    """The walks of all models, (N, 1, H, W) each, side by side under their names, forth and back, as an animated GIF."""
    frames = [_frame({name: images[i] for name, images in walks.items()}) for i in range(len(next(iter(walks.values()))))]
    times = [_REST_MS, *[_FRAME_MS] * (len(frames) - 2), _REST_MS]
    stream = io.BytesIO()
    frames[0].save(
        stream, "GIF", save_all=True, append_images=frames[1:] + frames[-2:0:-1], duration=times + times[-2:0:-1], loop=0
    )
    return stream.getvalue()


def _frame(images: Mapping[str, Tensor]) -> Image.Image:
    frame = Image.new("L", (len(images) * (_SIDE + _GAP) - _GAP, _HEAD + _SIDE), 255)
    pen, font = ImageDraw.Draw(frame), ImageFont.load_default(28)
    for i, (name, image) in enumerate(images.items()):
        frame.paste(to_pil(image).resize((_SIDE, _SIDE), Image.Resampling.BICUBIC), (i * (_SIDE + _GAP), _HEAD))
        pen.text((i * (_SIDE + _GAP), 6), NAMES[name], fill=0, font=font)
    return frame.quantize(16)


def films(walks: Mapping[str, Tensor], settings: Mapping[str, object]) -> str:
    """Each model's walk, (N, 1, H, W), as a strip and in motion; settings: of the walk, for film.js, which fetches the film."""
    which = escape(json.dumps(settings))
    taken = '<p><a class="download" download="vae-mmd-walk.gif" href="#film">Download the film of both (GIF)</a></p>'
    return f'<div data-walk="{which}">{cards(_card(name, images) for name, images in walks.items())}{taken}</div>'


def _card(name: str, images: Tensor) -> str:
    """Whoever wants less motion sees the first picture in place of the moving one."""
    still = images[torch.linspace(0, len(images) - 1, _SHOWN).round().long()]
    row = picture(strip(still), f"{_SHOWN} steps from A to B by the {NAMES[name]}", "strip")
    frames = f"background-image:url({source(grid(images, len(images), gap=0))});--frames:{len(images)}"
    moving = f'<div class="moving" role="img" aria-label="The walk by the {NAMES[name]}, in motion" style="{frames}"></div>'
    return model_card(name, f'<div class="film">{moving}{row}</div>')
