"""Shared links: what an address may say about the page, read with forbearance."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from demo import training, views
from demo.checks import InputError, choice, number, whole
from shapevae.config import MAX_SEED
from shapevae.images import SIZE

LONGEST = 2000  # characters of a drawing
# The settings of the tab Train by their names in an address, where the seed is that of the samples.
TRAINING = {name: {"seed": "training_seed"}.get(name, name) for name in ("model", "kernel", *training.WHOLE, *training.REAL)}
TABS = ("reconstruct", "sample", "explore", "information", "train", "about")


@dataclass(frozen=True)
class Link:
    """What a link sets; None where it says nothing usable.

    drawing: 64 × 64 pixels as hex. training: settings of the tab Train, by their names in demo.training.recipe.
    """

    tab: str | None = None
    kind: str | None = None
    shape: int | None = None
    size: float | None = None
    angle: float | None = None
    across: float | None = None
    down: float | None = None
    seed: int | None = None
    count: int | None = None
    spread: float | None = None
    drawing: str | None = None
    training: dict[str, object] = field(default_factory=dict)


def parse(query: object) -> dict[str, str]:
    """The query of an address, "?name=value&…", as a dictionary; empty where it can't be one."""
    if not isinstance(query, str) or len(query) > 10_000:
        return {}
    try:
        return dict(parse_qsl(query.removeprefix("?"), max_num_fields=50))
    except ValueError:
        return {}


def read(query: Mapping[str, str]) -> Link:
    """A link's settings from the address's query; one that is not right is left out."""
    shares = {name: _number(query.get(name), 0, 1) for name in ("size", "across", "down")}
    return Link(
        tab=_choice(query.get("tab"), TABS),
        kind=_choice(query.get("kind"), views.KIND_CHOICES),
        shape=_whole(query.get("shape"), 0, MAX_SEED),
        angle=_number(query.get("angle"), 0, 360),
        seed=_whole(query.get("seed"), 0, MAX_SEED),
        count=_whole(query.get("count"), views.LEAST_SAMPLES, views.MOST_SAMPLES),
        spread=_number(query.get("spread"), views.LEAST_SPREAD, views.MOST_SPREAD),
        drawing=_drawing(query.get("drawing")),
        training=_training(query),
        **shares,
    )


def _training(query: Mapping[str, str]) -> dict[str, object]:
    found: dict[str, object | None] = {
        "model": _choice(query.get("model"), tuple(views.NAMES)),
        "kernel": _choice(query.get("kernel"), training.KERNELS),
    }
    found |= {name: _whole(query.get(TRAINING[name]), *limits) for name, limits in training.WHOLE.items()}
    found |= {name: _number(query.get(TRAINING[name]), *limits) for name, limits in training.REAL.items()}
    return {name: value for name, value in found.items() if value is not None}


def _drawing(text: str | None) -> str | None:
    """The hex of 64 × 64 pixels, deflated, in base64url; link.js writes it."""
    try:
        deflated = base64.b64decode((text or "")[:LONGEST] + "==", altchars=b"-_", validate=True)
        pixels = zlib.decompressobj(-zlib.MAX_WBITS).decompress(deflated, SIZE**2 + 1)  # and no more, whatever it holds
    except (ValueError, zlib.error):
        return None
    return pixels.hex() if len(pixels) == SIZE**2 else None


def _choice(text: str | None, options: tuple[str, ...]) -> str | None:
    try:
        return choice(text, "", options)
    except InputError:
        return None


def _number(text: str | None, low: float, high: float) -> float | None:
    try:
        return number(float(text or ""), "", low, high)
    except ValueError:
        return None


def _whole(text: str | None, low: int, high: int) -> int | None:
    try:
        return whole(int(text or ""), "", low, high)
    except ValueError:
        return None
