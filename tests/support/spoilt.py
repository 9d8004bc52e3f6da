"""Pictures that are not shapes: what the judge must turn down, each a function of strength and seed."""

import dataclasses
import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from shapevae.config import ShapeConfig
from shapevae.shapes import CIRCLE, KINDS, RECTANGLE, Factors, draw_factors, place, render

ROTATED = ShapeConfig(rotated=True)
SIZE = ROTATED.image_size
PIXEL = 2 / SIZE


def factors(count: int, seed: int) -> Factors:
    """True factors of any kind and angle, to spoil."""
    return draw_factors(count, seed, ROTATED)


def blends(true: Factors, weight: float = 0.5, other: int | None = None) -> Tensor:
    """A picture of one kind and `weight` of the next kind, or `other`, in the same place, size and angle."""
    second = (true.kinds + 1) % len(KINDS) if other is None else torch.full_like(true.kinds, other)
    return torch.lerp(render(_round(true), SIZE), render(_round(dataclasses.replace(true, kinds=second)), SIZE), weight)


def _round(true: Factors) -> Factors:
    """Circles with one radius, the mean one."""
    radius = (true.half_width * true.half_height).sqrt()
    circle = true.kinds == CIRCLE
    half_width, half_height = (torch.where(circle, radius, half) for half in (true.half_width, true.half_height))
    return dataclasses.replace(true, half_width=half_width, half_height=half_height)


def ovals(true: Factors, aspect: Tensor | float) -> Tensor:
    """Ellipses `aspect` times as wide as high, sized, placed and turned as the true factors say."""
    size = (true.half_width * true.half_height).sqrt() / 0.7 - 0.35
    wide = torch.full_like(size, 1.0) * aspect
    half = torch.full_like(size, 0.5)
    box = place(torch.full_like(true.kinds, RECTANGLE), size.clamp(0, 1), wide, true.angle, half, half, ROTATED)
    u, v = own_frame(box)
    a, b = box.half_width[:, None, None], box.half_height[:, None, None]
    level = torch.hypot(u / a, v / b)
    slope = torch.hypot(u / a**2, v / b**2).clamp(min=1e-6)
    return (0.5 - (level - 1) * level / slope / PIXEL).clamp(0, 1)[:, None]  # first-order distance to the outline


def erased(true: Factors, share: float = 0.5) -> Tensor:
    """Shapes with a part cut off that leaves no true shape: of circles and triangles a slice of the top, at half the height for
    share 0.5; of rectangles, whose halves are rectangles, a wedge that leaves a trapezoid with sides of 1 to 3.
    """
    u, v = own_frame(true)
    w, h = true.half_width[:, None, None], true.half_height[:, None, None]
    wedge = u / w - 0.5 * v / h > 1 - 2 * share
    top = v / h < 2 * share - 1
    return render(true, SIZE) * ~torch.where(true.kinds[:, None, None] == RECTANGLE, wedge, top)[:, None]


def doubled(true: Factors, shift: float = 1.0) -> Tensor:
    """Two copies, half the size and apart by `shift` half extents both across and down, so that their union is no shape."""
    small = dataclasses.replace(
        true, half_width=0.5 * true.half_width, half_height=0.5 * true.half_height, x=0 * true.x, y=0 * true.y
    )
    cos, sin = true.angle.cos(), true.angle.sin()
    u, v = 0.5 * shift * small.half_width, 0.5 * shift * small.half_height
    x, y = cos * u + sin * v, cos * v - sin * u
    return torch.maximum(*(render(dataclasses.replace(small, x=sign * x, y=sign * y), SIZE) for sign in (1, -1)))


def blurred(true: Factors, sigma: float = 3.0) -> Tensor:
    return blur(render(true, SIZE), sigma)


def blur(images: Tensor, sigma: float) -> Tensor:
    """Gaussian blur of (N, 1, H, W), sigma in pixels."""
    reach = math.ceil(3 * sigma)
    weights = torch.exp(-torch.arange(-reach, reach + 1).square() / (2 * sigma**2))
    weights = weights / weights.sum()
    rows = F.conv2d(images, weights.view(1, 1, 1, -1), padding=(0, reach))
    return F.conv2d(rows, weights.view(1, 1, -1, 1), padding=(reach, 0))


def noisy(true: Factors, std: float = 0.2, seed: int = 0) -> Tensor:
    """Gaussian noise on every pixel, kept within [0, 1]."""
    images = render(true, SIZE)
    noise = torch.randn(images.shape, generator=torch.Generator().manual_seed(seed))
    return (images + std * noise).clamp(0, 1)


def faint(true: Factors, brightness: float = 0.5) -> Tensor:
    return brightness * render(true, SIZE)


def empty(true: Factors) -> Tensor:
    """Black, white, grey and pure noise, in turn."""
    count = len(true)
    flat = torch.tensor([0.0, 1.0, 0.5]).repeat(count)[:count, None, None, None].expand(-1, 1, SIZE, SIZE).clone()
    flat[::4] = torch.rand(flat[::4].shape, generator=torch.Generator().manual_seed(0))
    return flat


def morphs(true: Factors, seed: int = 0) -> Tensor:
    """Stand-in for what a model makes: soft in-between shapes of two true ones, sharpened again."""
    other = factors(len(true), seed + 1)
    weight = torch.rand(len(true), 1, 1, 1, generator=torch.Generator().manual_seed(seed))
    return torch.sigmoid(16 * (torch.lerp(blurred(true), blurred(other), weight) - 0.5))


def own_frame(true: Factors) -> tuple[Tensor, Tensor]:
    """Pixel centres in each shape's own frame, (N, H, W) across and down."""
    centres = (torch.arange(SIZE) + 0.5) * PIXEL - 1
    x, y = centres[None, None, :] - true.x[:, None, None], centres[None, :, None] - true.y[:, None, None]
    cos, sin = true.angle.cos()[:, None, None], true.angle.sin()[:, None, None]
    return cos * x - sin * y, sin * x + cos * y


SPOILT: dict[str, Callable[[Factors], Tensor]] = {
    "blends of two kinds": blends,
    "ovals, 1.3 to 2 times as wide": lambda true: ovals(true, torch.linspace(1.3, 2.0, len(true))),
    "half erased": erased,
    "doubled": doubled,
    "blurred by 3 pixels": blurred,
    "noise of 0.2": noisy,
    "half as bright": faint,
    "blank, white, grey, noise alone": empty,
}
