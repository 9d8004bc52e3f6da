"""Pixels: what the models see of any picture, and back; filling outlines, in mazes too."""

import io
import tracemalloc
import warnings

import numpy as np
import pytest
import torch
from PIL import Image, ImageColor, ImageDraw, features

from shapevae.config import ShapeConfig
from shapevae.images import read as images
from shapevae.images import write
from shapevae.images.read import ImageError
from shapevae.images.regions import label
from shapevae.judge import judge_shapes
from shapevae.shapes import CIRCLE, RECTANGLE, TRIANGLE, draw_shapes
from tests.support.outlines import encoded, outline

HALF_STEP = 0.5 / 255 + 1e-6


def kind_of(picture: Image.Image) -> int:
    judged = judge_shapes(images.to_tensor(picture))
    assert judged.distinguishable.all()
    return int(judged.kind)


def test_true_shapes_come_through_unchanged() -> None:
    for image in draw_shapes(60, 3, ShapeConfig(rotated=True)).images:
        assert (images.to_tensor(write.to_pil(image)) - image).abs().max() <= HALF_STEP
        assert (images.from_hex(write.to_hex(image)) - image).abs().max() <= HALF_STEP


def test_png_is_lossless() -> None:
    image = draw_shapes(1, 0).images[0]
    again = Image.open(io.BytesIO(write.to_png(image)))
    assert (again.mode, again.size) == ("L", (64, 64))
    assert np.array_equal(np.asarray(again), write.to_byte_array(image[0]))


@pytest.mark.parametrize("kind", range(3))
@pytest.mark.parametrize(("side", "width"), [(64, 1), (100, 3), (280, 6), (1000, 10), (1600, 60)])
@pytest.mark.parametrize("gap", [0.0, 0.03])
def test_outlines_are_filled(kind: int, side: int, width: int, gap: float) -> None:
    assert kind_of(outline(kind, side, width, gap)) == kind


def test_light_on_dark_and_dark_on_light_are_the_same() -> None:
    dark, light = outline(TRIANGLE), outline(TRIANGLE, ink=255, paper=0)
    assert (images.to_tensor(dark) - images.to_tensor(light)).abs().mean() < 1e-3


@pytest.mark.parametrize(("ink", "paper"), [((0, 0, 0, 255), (0, 0, 0, 0)), ((255, 255, 255, 255), (255, 255, 255, 0))])
def test_transparency_is_flattened(ink: object, paper: object) -> None:
    assert kind_of(outline(RECTANGLE, ink=ink, paper=paper, mode="RGBA")) == RECTANGLE


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "I", "I;16", "F"])
def test_every_mode_is_read(mode: str) -> None:
    picture = outline(CIRCLE, ink=255, paper=0)
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(picture).astype(np.uint16) * 257)
    elif mode == "HSV":
        picture = picture.convert("RGB").convert(mode)
    else:
        picture = picture.convert(mode)
    assert kind_of(picture) == CIRCLE


PAIRS = ["#ff0000 #008000", "#e74c3c #3498db", "#1f77b4 #d62728", "#2ca02c #9467bd", "#808080 #b05a5a", "#ffff99 #ffffff"]


@pytest.mark.parametrize("colours", PAIRS)
@pytest.mark.parametrize("turned", [False, True])
def test_colours_of_equal_brightness_are_told_apart(colours: str, turned: bool) -> None:
    ink, paper = (ImageColor.getrgb(colour) for colour in sorted(colours.split(), reverse=turned))
    for kind in range(3):
        assert kind_of(outline(kind, ink=ink, paper=paper, mode="RGB")) == kind


def test_faint_drawings_are_stretched() -> None:
    assert kind_of(outline(TRIANGLE, ink=150, paper=200)) == TRIANGLE


def test_wide_pictures_keep_their_aspect() -> None:
    wide = Image.new("L", (600, 200), 255)
    wide.paste(outline(CIRCLE, 200, 4), (200, 0))
    assert kind_of(wide) == CIRCLE


def test_tight_crops_get_room() -> None:
    tight = Image.new("L", (80, 80))
    ImageDraw.Draw(tight).ellipse([0, 0, 79, 79], fill=255)
    assert images.to_tensor(tight)[0, 0, :4].max() == 0
    assert kind_of(tight) == CIRCLE


@pytest.mark.parametrize("size", [(1, 1), (1, 20_000), (20_000, 1), (2, 3), (5000, 5000)])
@pytest.mark.parametrize("value", [0, 128, 255])
def test_blank_pictures_are_refused_with_a_sentence(size: tuple[int, int], value: int) -> None:
    with pytest.raises(ImageError, match=r"blank.*\.$"):
        images.to_tensor(Image.new("L", size, value))


def test_lines_of_20000_pixels_do_not_break() -> None:
    picture = Image.new("L", (1, 20_000))
    picture.paste(255, (0, 4000, 1, 9000))
    try:
        assert images.to_tensor(picture).shape == (1, 1, 64, 64)
    except ImageError as error:
        assert str(error).endswith(".")


def test_decompression_bombs_are_refused_before_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = encoded(Image.new("1", (13_000, 13_000)))
    assert len(bomb) < 30_000
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda *_: pytest.fail("decoded"))
    with pytest.raises(ImageError, match="too large"):
        images.open_picture(bomb)
    with warnings.catch_warnings(), pytest.raises(ImageError, match="too large"):
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        images.open_picture(encoded(Image.new("1", (6000, 5000))))


def jpeg(width: int, height: int, **options: object) -> bytes:
    return encoded(outline(TRIANGLE, 400, 8).resize((width, height)), "JPEG", **options)


def test_photographs_of_48_million_pixels_are_read_at_a_fraction_of_their_size() -> None:
    picture = images.open_picture(jpeg(8000, 6000))
    assert picture.width * picture.height < 1e6
    assert kind_of(picture) == TRIANGLE
    with pytest.raises(ImageError, match="too large"):  # its decoder would hold all of it
        images.open_picture(jpeg(8000, 6000, progressive=True))


def test_jpeg_bombs_are_refused_before_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    small = jpeg(8, 8)
    at = small.index(b"\xff\xc0") + 5
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda *_: pytest.fail("decoded"))
    for height, width in ((9_000, 10_000), (11_000, 12_000), (65_000, 65_000), (600, 65_000)):
        data = small[:at] + height.to_bytes(2, "big") + width.to_bytes(2, "big") + small[at + 4 :]
        with warnings.catch_warnings(), pytest.raises(ImageError, match="too large"):
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            images.open_picture(data)


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow reads no AVIF")
def test_avif_is_read() -> None:
    stream = io.BytesIO()
    outline(RECTANGLE).save(stream, "AVIF")
    assert kind_of(images.open_picture(stream.getvalue())) == RECTANGLE


@pytest.mark.parametrize("mode", ["RGBA", "P", "I;16", "F"])
def test_huge_pictures_are_made_small_before_the_arithmetic(mode: str) -> None:
    """25 million see-through pixels come in a file of 3 kB, and would be 200 MB as an array of numbers, several times over."""
    picture = Image.new("L", (5000, 5000))
    picture.paste(255, (1500, 1500, 3500, 3500))
    picture = Image.fromarray(np.asarray(picture).astype(np.uint16)) if mode == "I;16" else picture.convert(mode)
    data = io.BytesIO()
    options = {"P": {"transparency": 7}, "F": {"compression": "tiff_deflate"}}.get(mode, {})
    picture.save(data, "TIFF" if mode == "F" else "PNG", **options)
    picture.close()
    tracemalloc.start()
    judged = judge_shapes(images.to_tensor(images.open_picture(data.getvalue())))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert judged.exact.all() and int(judged.kind) == RECTANGLE
    assert peak < 50e6


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\x89PNG\r\n\x1a\n" + bytes(50)]
)
def test_other_files_are_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(ImageError, match="not a picture"):
        images.open_picture(data)


def test_damaged_pictures_are_refused_with_a_sentence() -> None:
    whole = encoded(outline(CIRCLE))
    for cut in (60, len(whole) // 3, len(whole) // 2):
        with pytest.raises(ImageError, match=r"\.$"):
            images.to_tensor(images.open_picture(whole[:cut]))


def test_animations_give_their_first_frame() -> None:
    stream = io.BytesIO()
    outline(CIRCLE).save(stream, "GIF", save_all=True, append_images=[outline(TRIANGLE)])
    assert kind_of(images.open_picture(stream.getvalue())) == CIRCLE


def test_photographs_are_turned_upright() -> None:
    picture = outline(TRIANGLE).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 3
    stream = io.BytesIO()
    picture.rotate(180).save(stream, "JPEG", exif=exif, quality=95)
    upright = images.to_tensor(images.open_picture(stream.getvalue()))
    assert (upright - images.to_tensor(picture)).abs().mean() < 0.01


@pytest.mark.parametrize(
    "text", [None, True, 3, 1.5, "", "zz" * 4096, "00" * 4095, "00" * 4097, " " * 8192, "٠" * 8192, ["00"] * 4096, {"a": 1}]
)
def test_the_pads_bytes_are_checked(text: object) -> None:
    with pytest.raises(ImageError, match="hexadecimal"):
        images.from_hex(text)


def test_an_empty_pad_gets_a_friendly_word() -> None:
    with pytest.raises(ImageError, match="draw a shape"):
        images.from_hex("00" * 4096)


def test_grids_hold_every_picture_in_rows() -> None:
    pictures = torch.rand(7, 1, 8, 8)
    sheet = write.grid(pictures, gap=2)
    assert sheet.shape == (1, 3 * 10 + 2, 3 * 10 + 2)
    for i, image in enumerate(pictures):
        top, left = 2 + 10 * (i // 3), 2 + 10 * (i % 3)
        assert torch.equal(sheet[:, top : top + 8, left : left + 8], image)
    assert write.grid(torch.rand(4, 3, 8, 8), columns=4, gap=0).shape == (3, 8, 32)


def test_differences_are_red_where_added_and_cyan_where_missing() -> None:
    black, white = torch.zeros(1, 1, 1), torch.ones(1, 1, 1)
    assert write.difference(black, white).flatten().tolist() == [1, 0, 0]
    assert write.difference(white, black).flatten().tolist() == [0, 1, 1]
    assert not write.difference(white, white).any()


def reached(walls: np.ndarray) -> np.ndarray:
    return label(~walls) == 1


def reached_step_by_step(walls: np.ndarray) -> np.ndarray:
    """The definition: neighbours of wet ground get wet, until nothing changes."""
    wet = np.zeros_like(walls)
    wet[0, 0] = True
    while True:
        padded = np.pad(wet, 1)
        near = padded[:-2, 1:-1] | padded[2:, 1:-1] | padded[1:-1, :-2] | padded[1:-1, 2:] | wet
        if ((near & ~walls) == wet).all():
            return wet
        wet = near & ~walls


def maze(side: int) -> np.ndarray:
    """Walls between diagonal corridors of stairs, joined at alternate ends: one way through all of them, as long as can be."""
    row, column = np.mgrid[:side, :side]
    walls = (column - row) % 3 == 2
    for offset in range(-side + 3, side - 2):
        if offset % 3 == 2:
            ends = (1, 1 + offset) if offset > 0 else (1 - offset, 1), (side - 2 - max(offset, 0), side - 2 + min(offset, 0))
            walls[ends[0] if (offset // 3) % 2 else ends[1]] = False
    walls[[0, -1], :] = walls[:, [0, -1]] = True
    walls[side - 2, :3] = walls[side - 3, 1:3] = False
    return np.pad(walls, 1)


@pytest.mark.parametrize("seed", range(20))
def test_water_reaches_what_the_definition_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(20):
        walls = np.pad(rng.random(rng.integers(1, 30, 2)) < rng.random(), 1)
        assert np.array_equal(reached(walls), reached_step_by_step(walls))


def test_a_maze_is_filled_to_its_end() -> None:
    """Step by step, 1,000 × 1,000 pixels would take hours: a file of a few kilobytes could keep the app busy."""
    assert np.array_equal(reached(maze(31)), reached_step_by_step(maze(31)))
    walls = maze(1000)
    assert reached(walls).sum() > 0.99 * (~walls).sum()
