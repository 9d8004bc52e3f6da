"""Interpolations as strips and as animations."""

from __future__ import annotations

import io
from collections.abc import Mapping

import torch
from torch import Tensor

from demo.markup.cards import model_card
from demo.markup.elements import as_source, cards, picture, source
from demo.views.results import NAMES, strip
from shapevae.images.write import to_pil

_FRAME_MS, _REST_MS = 60, 600
_SHOWN = 9


def animation(images: Tensor) -> bytes:
    """Pictures (N, 1, H, W) forth and back, as an animated GIF of 16 greys."""
    frames = [to_pil(image).quantize(16) for image in torch.cat([images, images.flip(0)])]
    times = [_FRAME_MS] * len(frames)
    times[0] = times[len(images) - 1] = _REST_MS
    stream = io.BytesIO()
    frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:], duration=times, loop=0)
    return stream.getvalue()


def films(walks: Mapping[str, Tensor]) -> str:
    """Each model's walk, (N, 1, H, W), as a strip of pictures and as an animation to take away."""
    return cards(_card(name, images) for name, images in walks.items())


def _card(name: str, images: Tensor) -> str:
    """Whoever wants less motion sees the first picture in place of the animation; film.js gives the link its file."""
    still = images[torch.linspace(0, len(images) - 1, _SHOWN).round().long()]
    row = picture(strip(still), f"{_SHOWN} steps from A to B by the {NAMES[name]}", "strip")
    moving = as_source(animation(images), "image/gif")
    content = (
        f'<div class="film">{row}<picture><source media="(prefers-reduced-motion: reduce)" srcset="{source(images[0])}">'
        f'<img class="moving" alt="The interpolation by the {NAMES[name]}, as an animation" src="{moving}"></picture>'
        f'<p><a class="download" download="{name}-interpolation.gif" href="#film">GIF</a></p></div>'
    )
    return model_card(name, content)
