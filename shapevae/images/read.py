"""Any picture a person sends, and what the pad sends, as the models see it: (1, 1, H, W) in [0, 1]."""

from __future__ import annotations

import io
import math
from importlib.util import find_spec
from string import hexdigits

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import Tensor
from torch.nn import functional as F

from shapevae.images.contrast import MIN_CONTRAST, border, contrast, is_even, is_one_shape
from shapevae.images.outlines import fill_outline
from shapevae.images.paper import find_mark

SIZE = 64
MAX_PIXELS, MAX_JPEG_PIXELS = 25_000_000, 89_000_000  # a JPEG can be decoded at a fraction of its size

_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", *(["AVIF"] if find_spec("PIL.AvifImagePlugin") else []))
_WHITE = 255
_FINEST = 4  # outlines are filled at up to this many times the final resolution
_EDGE, _ROOM, _TYPICAL = 2, 0.9, 0.66  # pixels at the rim no shape of ours touches; parts of the frame
_UNCLEAR = (
    "No closed shape stands out clearly in this picture: draw it with a thick dark pen, close its outline, and photograph the "
    "sheet from near in even light."
)


class ImageError(ValueError):
    """A picture that can't be used; the message is one sentence for the person who sent it."""


def open_picture(data: bytes) -> Image.Image:
    """The picture in a file's bytes, header read and size checked, nothing decoded yet. Raises ImageError."""
    try:
        picture = Image.open(io.BytesIO(data), formats=_FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):  # Pillow's own limit, far above ours
        raise ImageError(_too_large()) from None
    except Exception:  # Pillow's readers raise many types on broken files
        raise ImageError("This file is not a picture we can read: send a PNG, JPEG, WebP, GIF, BMP or TIFF.") from None
    _check_pixels(picture)
    return picture


def to_tensor(picture: Image.Image) -> Tensor:
    """A picture of any size and mode as the models see it, (1, 1, SIZE, SIZE) in [0, 1]: a white shape on black.

    Transparency is flattened, the longer side brought to SIZE by area averaging, the rest padded, the ground's colour (judged
    by the border) made black and what differs most from it white, closed outlines filled; a shape cut tightly gets room around
    it. A white shape on black of the right size comes through unchanged. Where the ground is uneven, or more than one shape
    stands out, the picture is read as a photograph of a drawing. Raises ImageError.
    """
    _check_pixels(picture)
    try:
        flat = _flat(picture)
    except ImageError:
        raise
    except Exception:  # as above: the pixels are decoded only here
        raise ImageError("This picture is damaged: it could not be read to its end.") from None
    times = min(max(math.ceil(max(flat.size) / SIZE), 1), _FINEST)
    ink = contrast(from_byte_array(_fit(flat, SIZE * times)))
    shape = None if ink is None else fill_outline(torch.from_numpy(ink), times)
    plain = ink is not None and shape is not None and is_even(ink, times) and is_one_shape(ink, shape.numpy(), flat.size)
    if times == _FINEST and not plain:  # smaller pictures are no photographs
        mark = find_mark(flat.convert("RGB"), SIZE * times)
        if mark is not None:
            return F.avg_pool2d(torch.from_numpy(mark).float()[None, None], times)
        if ink is not None and not is_even(ink, times):
            raise ImageError(_UNCLEAR)
    if shape is None:
        raise ImageError("This picture looks blank: we need one shape that stands out from its ground.")
    return _with_room(F.avg_pool2d(shape[None, None], times))


def from_hex(text: object, *, filled: bool = True) -> Tensor:
    """The pad's picture, two hex digits a pixel in rows, as (1, 1, SIZE, SIZE); filled: outlines, too. Raises ImageError."""
    if not isinstance(text, str) or len(text) != 2 * SIZE * SIZE or not set(text) <= set(hexdigits):
        raise ImageError(f"The pad's picture must be {2 * SIZE * SIZE} hexadecimal digits.")
    image = torch.from_numpy(from_byte_array(np.frombuffer(bytes.fromhex(text), np.uint8).reshape(SIZE, SIZE)))
    if image.max() < MIN_CONTRAST:
        raise ImageError("The pad is empty: draw a shape.")
    return (fill_outline(image, 1) if filled else image)[None, None]


def _too_large() -> str:
    return (
        f"This picture is too large: at most {MAX_PIXELS // 10**6} million pixels are read, "
        f"as a JPEG that is not progressive {MAX_JPEG_PIXELS // 10**6} million."
    )


def _check_pixels(picture: Image.Image) -> None:
    """From the header, before anything is decoded. A progressive JPEG is held whole by its decoder, others never are."""
    if picture.width * picture.height <= MAX_JPEG_PIXELS and "progressive" not in picture.info:
        picture.draft(None, (2 * SIZE * _FINEST, 2 * SIZE * _FINEST))
    if picture.width * picture.height > MAX_PIXELS:
        raise ImageError(_too_large())
    if not picture.width * picture.height:
        raise ImageError("This picture has no pixels.")


def from_byte_array(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """0 .. 255 to values in [0, 1]; any shape."""
    return pixels.astype(np.float32) / np.float32(_WHITE)


def _flat(picture: Image.Image) -> Image.Image:
    """First frame, upright, without transparency, in mode L or RGB."""
    picture = ImageOps.exif_transpose(picture)
    if picture.mode.startswith(("I", "F")):
        return _stretched_to_bytes(np.asarray(_reduced(picture.convert("F")), dtype=np.float64))
    if not picture.has_transparency_data:
        return picture.convert("L" if picture.mode in ("1", "L") else "RGB")
    picture = _reduced(picture.convert("RGBA"))
    alpha = np.asarray(picture.getchannel("A"), np.float64)
    colours = picture.convert("RGB")
    light = float((np.asarray(colours.convert("L")) * alpha).sum() / max(alpha.sum(), 1))
    ground = Image.new("RGB", picture.size, "black" if light > _WHITE / 2 else "white")  # the shape stands out against it
    ground.paste(colours, mask=picture.getchannel("A"))
    return ground


def _reduced(picture: Image.Image) -> Image.Image:
    """A picture of a few kilobytes may be huge: averaged down before the arithmetic, which would take seconds."""
    factor = max(picture.size) // (4 * SIZE * _FINEST)
    return picture.reduce(factor) if factor > 1 else picture


def _stretched_to_bytes(values: NDArray[np.float64]) -> Image.Image:
    """Pixels of more than 8 bits or of no fixed range, scaled to their own range."""
    if not np.isfinite(values).all():
        raise ImageError("This picture has pixels that are not numbers.")
    low, high = values.min(), values.max()
    return Image.fromarray((_WHITE * (values - low) / max(high - low, 1e-12)).astype(np.uint8))


def _fit(flat: Image.Image, side: int) -> NDArray[np.uint8]:
    """The longer side brought to `side` by area averaging, the other centred and padded with the border's colour: (H, W, C)."""
    scale = side / max(flat.size)
    width, height = (min(max(round(length * scale), 1), side) for length in flat.size)
    small = np.asarray(flat.resize((width, height), Image.Resampling.BOX)).reshape(height, width, -1)
    left, top = (side - width) // 2, (side - height) // 2
    square = np.empty((side, side, small.shape[2]), np.uint8)
    square[:] = np.median(border(small), 0)
    square[top : top + height, left : left + width] = small
    return square


def _with_room(image: Tensor) -> Tensor:
    """A shape that reaches the rim, (1, 1, SIZE, SIZE), shrunk and centred as the models' shapes are; others as they are."""
    rows, columns = (torch.nonzero((image[0, 0] > 0.5).any(d))[:, 0] for d in (1, 0))
    if not len(rows):
        raise ImageError("This picture looks blank: its lines are too thin to be seen at 64 × 64 pixels.")
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    if min(top, left) >= _EDGE and max(bottom, right) <= SIZE - _EDGE:
        return image
    height, width = bottom - top, right - left
    scale = min(1.0, _ROOM * SIZE / max(height, width), _TYPICAL * SIZE / math.sqrt(height * width))
    shape = image[:, :, top:bottom, left:right]
    target = [max(round(length * scale), 1) for length in (height, width)]
    small = F.interpolate(shape, target, mode="bilinear", antialias=True).clamp(0, 1)
    above, before = (SIZE - target[0]) // 2, (SIZE - target[1]) // 2
    return F.pad(small, (before, SIZE - target[1] - before, above, SIZE - target[0] - above))
