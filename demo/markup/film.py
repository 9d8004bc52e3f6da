"""Interpolations as strips and as animations."""

from __future__ import annotations

import io
from collections.abc import Mapping

import torch
from torch import Tensor

from demo.markup.cards import card_head
from demo.markup.elements import as_source, picture, source
from demo.views.results import NAMES
from shapevae.images.write import grid, to_pil

_FRAME_MS, _REST_MS = 60, 600
_SHOWN = 9


def strip(images: Tensor) -> Tensor:
    """Pictures (N, 1, H, W) in one row."""
    return grid(images, columns=len(images), gap=2)


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
    cards = "".join(_card(name, images, _animated(name, images) if moving else "") for name, images in walks.items())
    return f'<div class="cards two">{cards}</div>'


def _card(name: str, images: Tensor, animated: str) -> str:
    still = images[torch.linspace(0, len(images) - 1, _SHOWN).round().long()]
    row = picture(strip(still), f"{_SHOWN} steps from A to B by the {NAMES[name]}", "strip")
    return f'<section class="card {name}">{card_head(name)}<div class="film">{row}{animated}</div></section>'


def _animated(name: str, images: Tensor) -> str:
    moving = as_source(animation(images))
    links = " ".join(
        f'<a class="download" download="{name}-interpolation.{ending}" href="{address}">{word}</a>'
        for ending, word, address in (
            ("png", "Animated PNG", moving),
            ("gif", "GIF", as_source(animation(images, "GIF"), "image/gif")),
        )
    )
    return (
        f'<picture><source media="(prefers-reduced-motion: reduce)" srcset="{source(images[0])}">'
        f'<img class="moving" alt="The interpolation by the {NAMES[name]}, as an animation" src="{moving}"></picture>'
        f"<p>{links}</p>"
    )
