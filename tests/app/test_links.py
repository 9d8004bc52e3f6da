"""Shared links: drawings and what is set on the tabs, written by the page and read by the app."""

import base64
import re
import zlib
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest
import torch
from PIL import Image

from demo.markup import cards
from demo.markup import elements as html
from demo.tabs.address import open_link
from demo.views import drawing, links
from demo.views import results as views
from demo.views.checks import InputError
from shapevae.config import MAX_SEED
from shapevae.images.read import SIZE, ImageError
from shapevae.images.write import grid, to_byte_array, to_hex
from shapevae.shapes import draw_shapes
from tests.support.app_server import running, untrained

MODELS = untrained()


def deflated(pixels: bytes) -> str:
    """As link.js writes them."""
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return base64.urlsafe_b64encode(packer.compress(pixels) + packer.flush()).decode().rstrip("=")


def test_a_drawing_is_read_to_the_pixel_and_stands_for_the_shape() -> None:
    pixels = to_byte_array(draw_shapes(1, 0).images[0, 0]).tobytes()
    text = deflated(pixels)
    assert len(text) < links.LONGEST / 2
    assert links.read(f"drawing={text}")["drawing"] == pixels.hex()
    _, pad, *settings = open_link(MODELS, f"?kind=circle&shape=3&drawing={text}")
    assert pad == pixels.hex()
    assert not [value for value in settings if not isinstance(value, dict)]


@pytest.mark.parametrize("length", range(4))
def test_a_drawing_is_read_whatever_its_length(length: int) -> None:
    pictures = [to_byte_array(image[0]).tobytes() for image in draw_shapes(40, 0).images]
    texts = {text: pixels for pixels in pictures if len(text := deflated(pixels)) % 4 == length}
    assert bool(texts) == (length != 1)  # which base64 never has
    for text, pixels in texts.items():
        assert links.read(f"drawing={text}")["drawing"] == pixels.hex()


def test_an_end_of_a_walk_is_a_shape_by_its_seed_or_a_drawing() -> None:
    assert torch.equal(links.named_picture("circle-22"), drawing.draw(drawing.seed_setting("circle", 22)))
    drawn = draw_shapes(1, 3).images
    text = links.drawn_end(drawn)
    assert to_hex(links.named_picture(text)) == to_hex(drawn)
    assert links.read(f"a={text}&b=circle-22&path=spherical") == {"a": text, "b": "circle-22", "path": "spherical"}
    assert links.next_end("triangle", "circle-22") == "triangle-23"
    assert links.next_end("triangle", f"circle-{MAX_SEED}") == "triangle-0"
    assert links.named_picture(links.next_end("circle", text)).any()


@pytest.mark.parametrize(
    "text", [None, 3, "", "oval-3", "circle-", f"circle-{MAX_SEED + 1}", "circle--1", deflated(bytes(SIZE**2))]
)
def test_what_names_no_end_is_left_out_of_a_link_and_refused_with_a_sentence(text: object) -> None:
    with pytest.raises((InputError, ImageError), match=r"\.$"):
        links.named_picture(text)
    assert links.read(f"a={quote(str(text))}&path=bent") == {}


def test_a_link_to_samples_brings_their_grids() -> None:
    [grids] = [value for value in open_link(MODELS, "?count=4&spread=0.5&passes=2") if isinstance(value, str)]
    settings = views.sample_settings(4, drawing.FIRST_SEED, 0.5, 2)
    expected = views.sample(MODELS, settings)
    assert html.source(grid(expected["vae"])) in grids
    assert "seed 7, spread 0.5, passes 2" in grids and "vae-mmd-4-samples-seed-7-spread-0.5-passes-2.png" in grids
    assert "of 4 are shapes" in grids and "2021" not in grids
    [plain] = [value for value in open_link(MODELS, "?count=4&spread=0.5&passes=2&marks=false") if isinstance(value, str)]
    assert plain == cards.sample_grids(expected, settings)


def test_a_link_to_a_walk_brings_its_ends() -> None:
    found = [value for value in open_link(MODELS, "?b=circle-5&path=spherical") if isinstance(value, str)]
    assert found[:2] == ["circle-5", "spherical"] and len(found) == 5
    assert (
        html.source(links.named_picture("circle-5")[0]) in found[3]
        and 'data-walk="{&quot;a&quot;: &quot;triangle-21&quot;, &quot;b&quot;: &quot;circle-5&quot;' in found[4]
    )


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "====", "%%%", "é", deflated(bytes(SIZE**2 - 1)), deflated(bytes(SIZE**2 + 1)), deflated(bytes(10**7))),
        deflated(bytes(SIZE**2))[:-4],
    ],
)
def test_what_is_no_drawing_is_left_out(text: str) -> None:
    assert links.read(f"drawing={quote(text)}") == {}


def test_a_links_preview_is_of_this_page() -> None:
    with running(MODELS) as url:
        with urlopen(url) as answer:
            page = answer.read().decode()
        previews = dict(re.findall(r'<meta (?:property|name)="(?:og|twitter):(\w+)" content="([^"]*)">', page))
        with urlopen(previews["image"]) as answer, Image.open(answer) as picture:
            assert picture.format == "PNG" and picture.size == (1200, 630)
        proxied = Request(url, headers={"X-Forwarded-Proto": "https", "X-Forwarded-Host": 'a.example"<b>'})
        with urlopen(proxied) as answer:
            assert 'content="https://a.example&quot;&lt;b&gt;/preview.png"' in answer.read().decode()
    assert previews["image"].startswith(url)
    assert previews["title"] == "Two ways to keep a latent space Gaussian" and "rebuild" in previews["description"]
    assert "{url}" not in page and "Click to try out the app" not in page and "</html>" in page
