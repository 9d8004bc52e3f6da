"""The latent plane: pictures in their places, the prior's shares, noise along and across a line, what drops onto it."""

import math

import pytest
import torch
from torch import Tensor

from demo.views import plane
from demo.views.checks import InputError
from demo.widgets.plane import plane_functions
from shapevae.images.read import from_hex
from shapevae.images.write import to_hex
from shapevae.model import Code
from shapevae.shapes import draw_shapes
from tests.support.app_server import untrained

SMALL = {"latent_dim": 2, "image_size": 32}
MODELS = untrained(**SMALL)


def test_each_cell_shows_what_the_decoder_draws_at_its_place() -> None:
    model, cells = MODELS["mmd"], 4
    found, at = plane.mosaic(model, cells), plane.places(cells)
    assert at[0].tolist() == [-2.25, 2.25] and at[-1].tolist() == [2.25, -2.25]  # from the top left
    drawn = model.decode(at * math.sqrt(5))
    assert torch.equal(found.image[:, :32, 96:128], drawn[3]) and torch.equal(found.image[:, 96:, :32], drawn[12])


def test_shares_are_the_priors_mass() -> None:
    kinds = torch.zeros(plane.CELLS**2, dtype=torch.long)
    kinds[plane.places(plane.CELLS)[:, 0] > 0] = plane.NO_SHAPE
    kinds[plane.places(plane.CELLS).norm(dim=1) < 1] = 2
    circles, rectangles, triangles, none = plane.prior_shares(kinds)
    assert triangles == pytest.approx(1 - math.exp(-0.5), abs=0.02)  # of a normal within one deviation
    assert none == pytest.approx(circles) == pytest.approx((1 - triangles) / 2) and rectangles == 0
    assert plane.prior_shares(kinds, radius=0.25)[2] > 0.99


def test_noise_is_told_along_the_line_of_circles_and_across_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def encode(images: Tensor) -> Code:
        size = images.sum((1, 2, 3)).sqrt()
        return Code(torch.stack([size, size], 1), torch.tensor([[0.3, 0.4]]).expand(len(size), 2))

    model = untrained(**SMALL)["vae"]
    monkeypatch.setattr(model, "encode", encode)
    assert plane.circle_noise(model) == pytest.approx((math.sqrt(0.125), math.sqrt(0.125)), rel=1e-3)  # a diagonal line
    monkeypatch.setattr(
        model, "encode", lambda images: Code(encode(images).mean * torch.tensor([1.0, 0.0]), encode(images).std)
    )
    assert plane.circle_noise(model) == pytest.approx((0.3, 0.4), rel=1e-3)


def test_a_drawing_drops_centred_where_the_encoder_puts_it() -> None:
    drawing = torch.nn.functional.interpolate(draw_shapes(1, 3, MODELS["vae"].shapes).images, scale_factor=2)
    text = to_hex(drawing.roll((7, -5), (2, 3)))
    decode, drop = plane_functions(MODELS)
    answer = drop({"hex": text})
    (u, v, *noise) = answer["places"]["mmd"]
    torch.testing.assert_close(torch.tensor([u, v]), plane.cloud(MODELS["mmd"], plane.as_family(from_hex(text), 32)).means[0])
    assert noise == pytest.approx([math.sqrt(0.01 / 5)] * 2)
    assert len(decode({"vae": [0, 0], "mmd": [1.5, -3]})["pictures"]["mmd"]) == 2 * 32**2
    assert {drop({"kind": kind, "seed": 1})["hex"] for kind in ("circle", "triangle")} != {answer["hex"]}


@pytest.mark.parametrize("data", [{"hex": "00" * 64**2}, {"kind": "star", "seed": 1}, {"kind": "circle"}])
def test_what_cannot_drop_gets_a_sentence(data: object) -> None:
    assert list(plane_functions(MODELS)[1](data)) == ["error"]


def test_the_sentence_says_what_the_figures_do() -> None:
    words = plane.sentence({"vae": (0.02, 0.1), "mmd": (0.04, 0.04)}, {"vae": [0.17, 0, 0, 0], "mmd": [0.11, 0, 0, 0]})
    assert "5.0 times as much noise across" in words and "as much noise across that line as" in words and "17 %" in words
    with pytest.raises(InputError):
        plane.own_code(MODELS["vae"], "here")
