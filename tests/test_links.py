"""Shared links: drawings and the settings of a training, written by the page and read by the app."""

from __future__ import annotations

import base64
import zlib

import pytest

from demo import links, training
from demo.tabs.address import open_link
from demo.training import recipe
from shapevae.images import SIZE, to_byte_array
from shapevae.shapes import draw_shapes
from tests.test_training_tab import USUAL


def deflated(pixels: bytes) -> str:
    """As link.js writes them."""
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return base64.urlsafe_b64encode(packer.compress(pixels) + packer.flush()).decode().rstrip("=")


def test_a_drawing_is_read_to_the_pixel_and_stands_for_the_shape() -> None:
    pixels = to_byte_array(draw_shapes(1, 0).images[0, 0]).tobytes()
    text = deflated(pixels)
    assert len(text) < links.LONGEST / 2
    assert links.read({"drawing": text}).drawing == pixels.hex()
    _, pad, *settings = open_link(f"?kind=circle&shape=3&drawing={text}")
    assert pad == pixels.hex()
    assert not [value for value in settings if not isinstance(value, dict)]


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "====", "%%%", "é", deflated(bytes(SIZE**2 - 1)), deflated(bytes(SIZE**2 + 1)), deflated(bytes(10**7))),
        deflated(bytes(SIZE**2))[:-4],
    ],
)
def test_what_is_no_drawing_is_left_out(text: str) -> None:
    assert links.read({"drawing": text}).drawing is None


def test_the_settings_of_a_training_are_read() -> None:
    query = {links.TRAINING[name]: str(value) for name, value in USUAL.items()}
    found = links.read(query).training
    assert found == USUAL and recipe(**found) == recipe(**USUAL)
    assert open_link("?training_seed=7&latent_dim=0&model=gan&mmd_weight=nan").count(7) == 1
    assert links.read({"seed": "3"}).training == {}


def test_a_link_may_name_what_a_training_takes_and_no_more() -> None:
    for name, (low, high) in {**training.WHOLE, **training.REAL}.items():
        for value in (low, high):
            assert links.read({links.TRAINING[name]: str(value)}).training == {name: value}
            recipe(**{**USUAL, "latent_dim": 3, name: value})
        for value in (low - 1, high + 1):
            assert links.read({links.TRAINING[name]: str(value)}).training == {}
