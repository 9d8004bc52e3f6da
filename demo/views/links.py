"""Shared links: what an address may say about the page, read with forbearance."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from torch import Tensor

from demo.views import results as views
from demo.views.checks import KERNELS, REAL, WHOLE, InputError, choice, number, whole
from shapevae.config import MAX_SEED
from shapevae.images.read import SIZE, ImageError, from_hex
from shapevae.images.write import to_hex
from shapevae.shapes import KINDS

LONGEST = 2000  # characters of a drawing in an address
_LONGEST_END = 8000  # of any drawing
PATHS = ("straight", "spherical")
_GENERATED = re.compile(rf"({'|'.join(KINDS)})-(\d{{1,10}})")
# The settings of the tab Train by their names in an address, where the seed is that of the samples.
TRAINING = {name: {"seed": "training_seed"}.get(name, name) for name in ("model", "kernel", *WHOLE, *REAL)}
TABS = ("reconstruct", "sample", "explore", "information", "train", "about")


@dataclass(frozen=True)
class Link:
    """What a link sets; None where it says nothing usable.

    drawing: 64 × 64 pixels as hex. a, b: the ends of a walk, as `named_picture` reads them.
    training: settings of the tab Train, by their names in demo.training.session.recipe.
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
    passes: int | None = None
    drawing: str | None = None
    a: str | None = None
    b: str | None = None
    path: str | None = None
    training: dict[str, object] = field(default_factory=dict)


USUAL = Link(a="triangle-21", b="circle-22", path=PATHS[0])  # the walk that the page is opened with


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
        passes=_whole(query.get("passes"), 0, views.MOST_PASSES),
        drawing=_drawing(query.get("drawing")),
        a=_end(query.get("a")),
        b=_end(query.get("b")),
        path=_choice(query.get("path"), PATHS),
        training=_training(query),
        **shares,
    )


def _training(query: Mapping[str, str]) -> dict[str, object]:
    found: dict[str, object | None] = {
        "model": _choice(query.get("model"), tuple(views.NAMES)),
        "kernel": _choice(query.get("kernel"), KERNELS),
    }
    found |= {name: _whole(query.get(TRAINING[name]), *limits) for name, limits in WHOLE.items()}
    found |= {name: _number(query.get(TRAINING[name]), *limits) for name, limits in REAL.items()}
    return {name: value for name, value in found.items() if value is not None}


def named_picture(text: object) -> Tensor:
    """The picture, (1, 1, SIZE, SIZE), that a text names: "triangle-21", a kind and a seed, or a drawing. Raises InputError."""
    text = text if isinstance(text, str) else ""
    if named := _GENERATED.fullmatch(text):
        return views.draw(views.seed_setting(named[1], int(named[2])))
    drawing = _drawing(text, _LONGEST_END)
    if drawing is None:
        raise InputError("An end of a walk must be a kind with a seed, such as triangle-21, or a drawing.")
    return from_hex(drawing)


def next_end(kind: str, present: object) -> str:
    """The text of another shape of a kind, its seed the one after that of the present end."""
    named = _GENERATED.fullmatch(present if isinstance(present, str) else "")
    return f"{kind}-{(int(named[2]) + 1) % (MAX_SEED + 1) if named else views.FIRST_SEED}"


def drawn_end(picture: Tensor) -> str:
    """The text of a drawing, (1, 1, SIZE, SIZE)."""
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    deflated = packer.compress(bytes.fromhex(to_hex(picture))) + packer.flush()
    return base64.urlsafe_b64encode(deflated).decode().rstrip("=")


def _end(text: str | None) -> str | None:
    try:
        named_picture(text)
    except (InputError, ImageError):
        return None
    return text


def _drawing(text: str | None, longest: int = LONGEST) -> str | None:
    """The hex of 64 × 64 pixels, deflated, in base64url; link.js writes it."""
    text = (text or "")[:longest]
    try:
        deflated = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
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
