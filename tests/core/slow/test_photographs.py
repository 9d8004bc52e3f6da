"""Photographs of drawings on paper: read as their kind, rebuilt as their kind, or refused with a sentence that helps."""

from __future__ import annotations

import io
from functools import cache

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter, ImageOps
from torch import Tensor

from shapevae.images.read import ImageError, open_picture, to_tensor
from shapevae.judge import judge_shapes
from shapevae.weights import load_model
from tests.support.drawings import drawings
from tests.support.photographs import DESKS, INKS, LIGHTS, PAPERS, Photograph, photographs

COUNT = 210
FAMILIES = {"light": LIGHTS, "paper": PAPERS, "desk": DESKS, "ink": INKS}


@cache
def made() -> tuple[Photograph, ...]:
    return tuple(photographs(COUNT))


@cache
def seen() -> Tensor:
    """What is read of each photograph, (COUNT, 1, 64, 64); black where it is refused."""
    return torch.cat([_read(photograph.data) for photograph in made()])


@cache
def named() -> Tensor:
    return right(seen())


def right(pictures: Tensor) -> Tensor:
    """Which of the photographs' pictures, (COUNT, 1, 64, 64), are judged as what was drawn."""
    judged = judge_shapes(pictures)
    return (judged.kind == torch.tensor([photograph.kind for photograph in made()])) & judged.distinguishable


def _read(data: bytes) -> Tensor:
    try:
        return to_tensor(open_picture(data))
    except ImageError as error:
        assert str(error).endswith(".") and "pen" in str(error)
        return torch.zeros(1, 1, 64, 64)


def test_photographs_are_read_as_their_kind() -> None:
    assert named().float().mean() >= 0.95


@pytest.mark.parametrize("family", FAMILIES)
def test_no_light_paper_desk_or_ink_is_left_out(family: str) -> None:
    values = np.array([getattr(photograph, family) for photograph in made()])
    for value in FAMILIES[family]:
        assert named()[values == value].float().mean() >= 0.85, value


@pytest.mark.parametrize("name", ["vae", "mmd"])
def test_photographs_are_rebuilt_as_their_kind(name: str) -> None:
    assert right(load_model(f"weights/{name}").reconstruct(seen()).detach()).float().mean() >= 0.95


def test_the_same_photograph_is_read_turned_small_and_large() -> None:
    taken = photographs(12, seed=1, ink="pen")
    pictures = [Image.open(io.BytesIO(photograph.data)) for photograph in taken]
    others = [
        [picture.rotate(90, expand=True), picture.resize((400, 300)), picture.resize((1920, 1440))] for picture in pictures
    ]
    judged = judge_shapes(torch.cat([to_tensor(other) for same in others for other in same]))
    assert judged.kind.tolist() == [photograph.kind for photograph in taken for _ in range(3)]
    assert judged.distinguishable.all()


@pytest.mark.parametrize("scale", [4, 9])
def test_clean_drawings_are_read_as_they_were(scale: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """How photographs are read must not touch what was drawn on a screen."""
    monkeypatch.setattr("shapevae.images.read.find_mark", lambda *_: pytest.fail("taken for a photograph"))
    drawn = drawings(60)
    pixels = [np.frombuffer(bytes.fromhex(drawing.hex), np.uint8).reshape(64, 64) for drawing in drawn]
    large = [Image.fromarray(small).resize((64 * scale, 64 * scale), Image.Resampling.BICUBIC) for small in pixels]
    read = torch.cat([to_tensor(picture) for picture in large] + [to_tensor(ImageOps.invert(picture)) for picture in large])
    assert judge_shapes(read).kind.tolist() == 2 * [drawing.kind for drawing in drawn]


@pytest.mark.parametrize("light", ["slope", "spot", "noise", "desk"])
def test_empty_sheets_are_refused_with_what_would_help(light: str) -> None:
    down, across = np.mgrid[:480, :640] / 480
    shade = {
        "slope": 1 - 0.4 * across,
        "spot": np.exp(-((across - 0.5) ** 2 + (down - 0.4) ** 2)),
        "noise": np.ones((480, 640)),
        "desk": np.where((abs(down - 0.5) < 0.36) & (abs(across - 0.67) < 0.45), 1.0, 0.3) * (1 - 0.4 * across),
    }
    grain = np.random.default_rng(0).normal(0, 8, (480, 640))
    sheet = Image.fromarray((215 * shade[light] + grain).clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(1))
    with pytest.raises(ImageError, match=r"(closed shape|blank).*\.$"):
        to_tensor(sheet)
