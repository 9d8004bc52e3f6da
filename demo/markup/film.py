"""Interpolations as strips and as animations."""

from __future__ import annotations

import io
from collections.abc import Mapping

import torch
from torch import Tensor

from demo.markup.cards import model_card
from demo.markup.elements import as_source, cards, picture, source
from demo.views.results import NAMES, strip
from shapevae.images.read import to_pil

_FRAME_MS, _REST_MS = 60, 600
_SHOWN = 9


def animation(images: Tensor, kind: str = "PNG") -> bytes:
    """Pictures (N, 1, H, W) forth and back, as an animated PNG or GIF."""
    frames = [to_pil(image) for image in torch.cat([images, images.flip(0)])]
    times = [_FRAME_MS] * len(frames)
    times[0] = times[len(images) - 1] = _REST_MS
    stream = io.BytesIO()
    frames[0].save(stream, kind, save_all=True, append_images=frames[1:], duration=times, loop=0)
    return stream.getvalue()


def films(walks: Mapping[str, Tensor], moving: bool = True) -> str:
    """Each model's walk, (N, 1, H, W), as a strip of pictures and, if moving, an animation, with files to take away."""
    return cards(_card(name, images, moving) for name, images in walks.items())


def _card(name: str, images: Tensor, moving: bool) -> str:
    still = images[torch.linspace(0, len(images) - 1, _SHOWN).round().long()]
    row = picture(strip(still), f"{_SHOWN} steps from A to B by the {NAMES[name]}", "strip")
    return model_card(name, f'<div class="film">{row}{_animated(name, images) if moving else ""}</div>')


def _animated(name: str, images: Tensor) -> str:
    """The animation, still for whoever wants less motion, and its files."""
    png, gif = as_source(animation(images)), as_source(animation(images, "GIF"), "image/gif")
    link = f'<a class="download" download="{name}-interpolation.'
    return (
        f'<picture><source media="(prefers-reduced-motion: reduce)" srcset="{source(images[0])}">'
        f'<img class="moving" alt="The interpolation by the {NAMES[name]}, as an animation" src="{png}"></picture>'
        f'<p>{link}png" href="{png}">Animated PNG</a> {link}gif" href="{gif}">GIF</a></p>'
    )
