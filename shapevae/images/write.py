"""Tensors in [0, 1] as pictures and files: bytes, hexadecimal text, PNG; grids and differences."""

from __future__ import annotations

import io
import math

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

_WHITE = 255


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
