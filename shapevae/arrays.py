"""Images that a caller gives, checked."""

from __future__ import annotations

from collections.abc import Container

import numpy as np
import torch
from torch import Tensor

_ROUNDING = 1e-3  # how far outside [0, 1] a value may be


def checked_images(x: Tensor | np.ndarray, sides: Container[int], which: str, *, values: bool = True) -> Tensor:
    """Images (N, 1, H, H) of any floating-point type, H one of `sides`, as a tensor.

    which: how the message names those sides. values: whether they are looked at, too, which waits for a GPU. Raises ValueError
    for anything else and for numbers outside [0, 1].
    """
    if isinstance(x, np.ndarray) and x.dtype.kind == "f":
        x = torch.from_numpy(x.astype(np.float32))
    if not isinstance(x, Tensor) or not x.is_floating_point() or not _is_batch(x, sides):
        got = f"{x.dtype} {tuple(x.shape)}" if isinstance(x, Tensor | np.ndarray) else type(x).__name__
        raise ValueError(
            f"images must be (N, 1, H, H), {which}, of floating-point numbers in [0, 1], got {got}: "
            "shapevae.images.read.to_tensor makes that of any picture"
        )
    if values and not ((x >= -_ROUNDING) & (x <= 1 + _ROUNDING)).all():  # nor where one is NaN
        raise ValueError("images must hold numbers in [0, 1] only: divide those of 0 to 255 by 255")
    return x


def _is_batch(x: Tensor, sides: Container[int]) -> bool:
    return x.ndim == 4 and x.shape[1] == 1 and x.shape[2] == x.shape[3] and x.shape[3] in sides
