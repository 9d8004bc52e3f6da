"""The one owner of pixel range: uploads, pad bytes and PNG to and from tensors in [0, 1]; grids."""

from __future__ import annotations

import io
import math

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import Tensor
from torch.nn import functional as F

from shapevae.images.outlines import fill_outline

SIZE = 64
MAX_PIXELS = 25_000_000
MIN_CONTRAST = 0.1

_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
_WHITE = 255
_FINEST = 4  # outlines are filled at up to this many times the final resolution
_EDGE, _ROOM, _TYPICAL = 2, 0.9, 0.66  # pixels at the rim no shape of ours touches; parts of the frame

Image.MAX_IMAGE_PIXELS = MAX_PIXELS


class ImageError(ValueError):
    """A picture that can't be used; the message is one sentence for the person who sent it."""


def open_picture(data: bytes) -> Image.Image:
    """The picture in a file's bytes, header read and size checked, nothing decoded yet. Raises ImageError."""
    try:
        picture = Image.open(io.BytesIO(data), formats=_FORMATS)
    except Image.DecompressionBombError:
        raise ImageError(_too_large()) from None
    except Exception:  # Pillow's readers raise many types on broken files
        raise ImageError("This file is not a picture we can read: send a PNG, JPEG, WebP, GIF, BMP or TIFF.") from None
    _check_pixels(picture)
    return picture


def to_tensor(picture: Image.Image, size: int = SIZE) -> Tensor:
    """A picture of any size and mode as the models see it, (1, 1, size, size) in [0, 1]: a white shape on black.

    Transparency is flattened, the longer side brought to `size` by area averaging, the rest padded, dark on light turned over
    (judged by the border), faint contrast stretched, closed outlines filled; a shape cut tightly gets room around it. A
    white shape on black of the right size comes through unchanged. Raises ImageError.
    """
    _check_pixels(picture)
    try:
        grey = _grey(picture, size * _FINEST)
    except ImageError:
        raise
    except Exception:  # as above: the pixels are decoded only here
        raise ImageError("This picture is damaged: it could not be read to its end.") from None
    times = min(max(math.ceil(max(grey.size) / size), 1), _FINEST)
    image = torch.from_numpy(_from_byte_array(_fit(grey, size * times)))
    image = fill_outline(_white_on_black(image), times)
    return _with_room(F.avg_pool2d(image[None, None], times), size)


def from_hex(text: object, size: int = SIZE, filled: bool = True) -> Tensor:
    """The pad's picture, two hex digits a pixel in rows, as (1, 1, size, size); filled: outlines, too. Raises ImageError."""
    if not isinstance(text, str) or len(text) != 2 * size * size or not text.isascii():
        raise ImageError(f"The pad's picture must be {2 * size * size} hexadecimal digits.")
    try:
        data = bytes.fromhex(text)
    except ValueError:
        data = b""
    if len(data) != size * size:  # fromhex skips spaces
        raise ImageError(f"The pad's picture must be {2 * size * size} hexadecimal digits.")
    image = torch.from_numpy(_from_byte_array(np.frombuffer(data, np.uint8).reshape(size, size)))
    if image.max() < MIN_CONTRAST:
        raise ImageError("The pad is empty: draw a shape.")
    return (fill_outline(image, 1) if filled else image)[None, None]


def to_hex(image: Tensor) -> str:
    """One image, (1, H, W) or (1, 1, H, W) in [0, 1], as the pad takes it: two hex digits a pixel, in rows."""
    return to_byte_array(image.reshape(image.shape[-2:])).tobytes().hex()


def to_byte_array(image: Tensor) -> NDArray[np.uint8]:
    """Values in [0, 1] to 0 .. 255, rounded; any shape."""
    return (image.detach().cpu().clamp(0, 1) * _WHITE).round().to(torch.uint8).numpy()


def to_pil(image: Tensor) -> Image.Image:
    """One image, (1, H, W) grey or (3, H, W) in colour in [0, 1], as a Pillow picture of mode L or RGB."""
    pixels = to_byte_array(image)
    return Image.fromarray(pixels[0] if len(pixels) == 1 else np.ascontiguousarray(pixels.transpose(1, 2, 0)))


def to_png(image: Tensor) -> bytes:
    """One image, (1, H, W) or (3, H, W) in [0, 1], as the bytes of a PNG file."""
    stream = io.BytesIO()
    to_pil(image).save(stream, "PNG")
    return stream.getvalue()


def grid_columns(count: int) -> int:
    """The fewest columns that make a grid of `count` pictures at least as wide as high."""
    return max(math.ceil(math.sqrt(count)), 1)


def grid(images: Tensor, columns: int | None = None, gap: int = 2, shade: float = 0.5) -> Tensor:
    """Images (N, C, H, W) as one picture (C, H', W'), in rows, `gap` pixels of `shade` between and around them."""
    count, channels, height, width = images.shape
    columns = columns or grid_columns(count)
    rows = math.ceil(count / columns)
    cells = images.new_full((rows * columns, channels, height + gap, width + gap), shade)
    cells[:count, :, gap:, gap:] = images
    sheet = cells.view(rows, columns, channels, height + gap, width + gap).permute(2, 0, 3, 1, 4)
    sheet = sheet.reshape(channels, rows * (height + gap), columns * (width + gap))
    return F.pad(sheet, (0, gap, 0, gap), value=shade)


def difference(x: Tensor, x_hat: Tensor) -> Tensor:
    """What x_hat paints too much in red and what it leaves out in cyan: (1, H, W) twice -> (3, H, W)."""
    change = x_hat - x
    return torch.cat([change.clamp(min=0), (-change).clamp(min=0), (-change).clamp(min=0)])


def _too_large() -> str:
    return f"This picture is too large: at most {MAX_PIXELS // 10**6} million pixels are read."


def _check_pixels(picture: Image.Image) -> None:
    if picture.width * picture.height > MAX_PIXELS:
        raise ImageError(_too_large())
    if not picture.width * picture.height:
        raise ImageError("This picture has no pixels.")


def _from_byte_array(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    return pixels.astype(np.float32) / np.float32(_WHITE)


def _grey(picture: Image.Image, enough: int) -> Image.Image:
    """First frame, upright, without transparency, in mode L."""
    picture.draft("L", (2 * enough, 2 * enough))  # a JPEG may be decoded at a fraction of its size
    picture = ImageOps.exif_transpose(picture)
    if picture.mode.startswith(("I", "F")):
        return _stretched_to_bytes(np.asarray(_reduced(picture.convert("F"), enough), dtype=np.float64))
    if not picture.has_transparency_data:
        return picture.convert("RGB").convert("L") if picture.mode == "CMYK" else picture.convert("L")
    picture = _reduced(picture.convert("RGBA"), enough)
    alpha = np.asarray(picture.getchannel("A"), np.float64)
    grey = picture.convert("RGB").convert("L")
    light = float((np.asarray(grey) * alpha).sum() / max(alpha.sum(), 1))
    ground = Image.new("L", picture.size, 0 if light > _WHITE / 2 else _WHITE)  # whatever the shape stands out against
    ground.paste(grey, mask=picture.getchannel("A"))
    return ground


def _reduced(picture: Image.Image, enough: int) -> Image.Image:
    """A picture of a few kilobytes may be huge: averaged down before the arithmetic, which would take seconds."""
    factor = max(picture.size) // (4 * enough)
    return picture.reduce(factor) if factor > 1 else picture


def _stretched_to_bytes(values: NDArray[np.float64]) -> Image.Image:
    """Pixels of more than 8 bits or of no fixed range, scaled to their own range."""
    if not np.isfinite(values).all():
        raise ImageError("This picture has pixels that are not numbers.")
    low, high = values.min(), values.max()
    return Image.fromarray((_WHITE * (values - low) / max(high - low, 1e-12)).astype(np.uint8))


def _fit(grey: Image.Image, side: int) -> NDArray[np.uint8]:
    """The longer side brought to `side` by area averaging, the other centred and padded with the border's colour."""
    scale = side / max(grey.size)
    width, height = (min(max(round(length * scale), 1), side) for length in grey.size)
    small = np.asarray(grey.resize((width, height), Image.Resampling.BOX))
    left, top = (side - width) // 2, (side - height) // 2
    square = np.full((side, side), np.uint8(_border(small)))
    square[top : top + height, left : left + width] = small
    return square


def _border(pixels: NDArray[np.uint8]) -> float:
    """The median along the four sides."""
    return float(np.median(np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])))


def _white_on_black(image: Tensor) -> Tensor:
    """(H, W) with the ground, as the border shows it, at 0 and the shape at up to 1. Raises ImageError where blank."""
    ground = torch.cat([image[0], image[-1], image[:, 0], image[:, -1]]).median()
    low, high = image.min(), image.max()
    shape = low if ground - low > high - ground else high
    if (shape - ground).abs() < MIN_CONTRAST:
        raise ImageError("This picture looks blank: we need one shape that stands out from its ground.")
    if (shape - ground).abs() > 0.9:
        return 1 - image if ground > shape else image
    return ((image - ground) / (shape - ground)).clamp(0, 1)


def _with_room(image: Tensor, size: int) -> Tensor:
    """A shape that reaches the rim, (1, 1, size, size), shrunk and centred as the models' shapes are; others as they are."""
    rows, columns = (torch.nonzero((image[0, 0] > 0.5).any(d))[:, 0] for d in (1, 0))
    if not len(rows):
        raise ImageError("This picture looks blank: its lines are too thin to be seen at 64 × 64 pixels.")
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    if min(top, left) >= _EDGE and max(bottom, right) <= size - _EDGE:
        return image
    height, width = bottom - top, right - left
    scale = min(1.0, _ROOM * size / max(height, width), _TYPICAL * size / math.sqrt(height * width))
    shape = image[:, :, top:bottom, left:right]
    target = [max(round(length * scale), 1) for length in (height, width)]
    small = F.interpolate(shape, target, mode="bilinear", antialias=True).clamp(0, 1)
    above, before = (size - target[0]) // 2, (size - target[1]) // 2
    return F.pad(small, (before, size - target[1] - before, above, size - target[0] - above))
