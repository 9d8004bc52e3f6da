"""Shared links: what an address may set on the page. A part that can't be read is left out, without a word."""

from __future__ import annotations

import base64
import contextlib
import re
import zlib
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from torch import Tensor

from demo.views.checks import InputError, choice, next_seed, number, whole
from demo.views.drawing import FIRST_SEED, KIND_CHOICES, draw, seed_setting
from demo.views.results import LEAST_SAMPLES, LEAST_SPREAD, MOST_PASSES, MOST_SAMPLES, MOST_SPREAD
from shapevae.config import MAX_SEED
from shapevae.images.read import SIZE, from_hex
from shapevae.images.write import to_hex
from shapevae.shapes import KINDS

Link = dict[str, Any]  # values by the names of READERS

LONGEST = 2000  # characters of a drawing in an address
_LONGEST_END = 8000  # of any drawing
TABS = ("see", "reconstruct", "sample", "explore", "information", "train", "about")
PATHS = ("straight", "spherical")
USUAL = {"a": "triangle-21", "b": "circle-22", "path": PATHS[0]}  # the walk that the page is opened with
_GENERATED = re.compile(rf"({'|'.join(KINDS)})-(\d{{1,10}})")


def read(query: object) -> Link:
    """What the query of an address, "?name=value&…", sets."""
    if not isinstance(query, str) or len(query) > 10_000:
        return {}
    link: Link = {}
    with contextlib.suppress(ValueError):  # more fields than anybody needs
        for name, text in parse_qsl(query.removeprefix("?"), max_num_fields=50):
            with contextlib.suppress(ValueError):
                if name in READERS:
                    link[name] = READERS[name](text)
    return link


def tab_of(link: Link) -> str | None:
    """The tab a link names; links of a drawing or a shape from before there were other tabs first name none."""
    return link.get("tab") or ("reconstruct" if {"drawing", "shape"} & link.keys() else None)


def named_picture(text: object) -> Tensor:
    """The picture, (1, 1, SIZE, SIZE), that a text names: "triangle-21", a kind and a seed, or a drawing. Raises InputError."""
    text = text if isinstance(text, str) else ""
    if named := _GENERATED.fullmatch(text):
        return draw(seed_setting(named[1], int(named[2])))
    try:
        pixels = read_drawing(text, _LONGEST_END)
    except ValueError:
        raise InputError("An end of a walk must be a kind with a seed, such as triangle-21, or a drawing.") from None
    return from_hex(pixels)


def next_end(kind: str, present: object) -> str:
    """The text of another shape of a kind, its seed the one after that of the present end."""
    named = _GENERATED.fullmatch(present if isinstance(present, str) else "")
    return f"{kind}-{next_seed(int(named[2])) if named else FIRST_SEED}"


def drawn_end(picture: Tensor) -> str:
    """The text of a drawing, (1, 1, SIZE, SIZE)."""
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    deflated = packer.compress(bytes.fromhex(to_hex(picture))) + packer.flush()
    return base64.urlsafe_b64encode(deflated).decode().rstrip("=")


def read_drawing(text: str, longest: int = LONGEST) -> str:
    """The hex of SIZE × SIZE pixels from base64url of their deflated bytes, as link.js writes it. Raises ValueError."""
    text = text[:longest]
    deflated = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    try:
        pixels = zlib.decompressobj(-zlib.MAX_WBITS).decompress(deflated, SIZE**2 + 1)  # and no more, whatever it holds
    except zlib.error:
        raise ValueError("not deflated") from None
    if len(pixels) != SIZE**2:
        raise ValueError("not a drawing")
    return pixels.hex()


def _one_of(options: tuple[str, ...]) -> Callable[[str], str]:
    return lambda text: choice(text, "It", options)


def _real(low: float, high: float) -> Callable[[str], float]:
    return lambda text: number(float(text), "It", low, high)


def _whole(low: int, high: int) -> Callable[[str], int]:
    return lambda text: whole(int(text), "It", low, high)


def _end(text: str) -> str:
    named_picture(text)
    return text


READERS: dict[str, Callable[[str], object]] = {
    "tab": _one_of(TABS),
    "kind": _one_of(KIND_CHOICES),
    "shape": _whole(0, MAX_SEED),
    **dict.fromkeys(("size", "across", "down"), _real(0, 1)),
    "angle": _real(0, 360),
    "drawing": read_drawing,
    "seed": _whole(0, MAX_SEED),
    "count": _whole(LEAST_SAMPLES, MOST_SAMPLES),
    "spread": _real(LEAST_SPREAD, MOST_SPREAD),
    "passes": _whole(0, MOST_PASSES),
    "marks": lambda text: _one_of(("true", "false"))(text) == "true",
    "a": _end,
    "b": _end,
    "path": _one_of(PATHS),
}
