"""Shapes drawn from random factors: circle, rectangle, triangle, one a picture."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from shapevae.config import ShapeConfig

KINDS = ("circle", "rectangle", "triangle")
CIRCLE, RECTANGLE, TRIANGLE = range(3)
MAX_COUNT = 10**6

# One image takes two blocks of the counter-based Philox generator (8 uniforms), so that image i starts at block 2 i
# whatever was drawn before it.
_BLOCKS_PER_IMAGE, _UNIFORMS_PER_IMAGE = 2, 8
_CHUNK = {"cpu": 128}  # on a CPU a chunk that fits the cache is several times faster than one pass over all


@dataclass(frozen=True)
class Factors:
    """The true factors of N shapes; lengths in frame units: the frame is [-1, 1] × [-1, 1], x to the right, y down.

    kinds: (N,) int64, an index into KINDS.
    x, y: (N,) centre of the shape's own box.
    half_width, half_height: (N,) half extents of that box before rotation; both are the radius for a circle.
    angle: (N,) radians, counter-clockwise as seen; 0 for a circle.
    """

    kinds: Tensor
    x: Tensor
    y: Tensor
    half_width: Tensor
    half_height: Tensor
    angle: Tensor

    def __len__(self) -> int:
        return len(self.kinds)

    def __getitem__(self, index: Tensor | slice) -> Factors:
        return Factors(*(getattr(self, field.name)[index] for field in dataclasses.fields(self)))

    def to(self, device: torch.device | str) -> Factors:
        return Factors(*(getattr(self, field.name).to(device) for field in dataclasses.fields(self)))


@dataclass(frozen=True)
class Shapes:
    """N pictures and the factors they were drawn from. images: (N, 1, H, W) float32 in [0, 1]."""

    images: Tensor
    factors: Factors

    @property
    def kinds(self) -> Tensor:
        """(N,) int64: 0 circle, 1 rectangle, 2 triangle."""
        return self.factors.kinds

    def __len__(self) -> int:
        return len(self.factors)


def draw_shapes(
    count: int, seed: int, config: ShapeConfig | None = None, *, start: int = 0, device: torch.device | str = "cpu"
) -> Shapes:
    """Draw images start .. start + count - 1 of the endless sequence that `seed` names.

    (seed, i) fixes image i: it depends neither on `count` nor on `start` nor, up to rounding, on the device.
    Raises ValueError for a negative count, seed or start, and for more than MAX_COUNT pictures, 16 GB, at once: stream_shapes
    draws any number.
    """
    config = config or ShapeConfig()
    factors = draw_factors(count, seed, config, start=start).to(device)
    return Shapes(render(factors, config.image_size), factors)


def stream_shapes(count: int, seed: int, config: ShapeConfig | None = None, chunk: int = 1000) -> Iterator[Shapes]:
    """The same pictures as draw_shapes(count, seed, config), `chunk` at a time: constant memory for any count."""
    _check_whole("count", count, 2**64)
    for start in range(0, count, chunk):
        yield draw_shapes(min(chunk, count - start), seed, config, start=start)


def draw_factors(count: int, seed: int, config: ShapeConfig, *, start: int = 0) -> Factors:
    """The factors alone, on the CPU; kind uniform, aspect log-uniform, size, angle and free places uniform in the room left."""
    for name, value, most in (("count", count, MAX_COUNT), ("seed", seed, 2**64), ("start", start, 2**64)):
        _check_whole(name, value, most)
    bits = np.random.Philox(key=seed)
    bits.advance(_BLOCKS_PER_IMAGE * start)
    uniforms = np.random.Generator(bits).random((count, _UNIFORMS_PER_IMAGE))
    return factors_of(torch.from_numpy(uniforms[:, :6]), config)


def factors_of(uniforms: Tensor, config: ShapeConfig) -> Factors:
    """The factors that independent uniforms on [0, 1], (N, 6), stand for: kind, size, aspect, angle, across and down."""
    u_kind, u_size, u_aspect, u_angle, u_x, u_y = uniforms.unbind(1)
    if config.centred:
        u_x = u_y = torch.full_like(u_x, 0.5)
    kinds = (len(KINDS) * u_kind).long()
    low, high = config.min_aspect, config.max_aspect
    aspect = torch.where(kinds == CIRCLE, 1.0, low * (high / low) ** u_aspect)
    angle = torch.where(kinds == CIRCLE, 0.0, 2 * torch.pi * u_angle * config.rotated)
    return place(kinds, u_size, aspect, angle, u_x, u_y, config)


def _check_whole(name: str, value: object, most: int) -> None:
    if not isinstance(value, int | np.integer) or isinstance(value, bool):
        raise ValueError(f"{name} must be a whole number, got a {type(value).__name__}")
    if value < 0:
        raise ValueError(f"{name} must not be negative, got {value}")
    if value > most:
        raise ValueError(f"{name} must be at most {most}")


def place(
    kinds: Tensor, size: Tensor, aspect: Tensor, angle: Tensor, across: Tensor, down: Tensor, config: ShapeConfig
) -> Factors:
    """Shapes wholly inside the frame, from factors in [0, 1] (size, across, down), width / height and radians, (N,) each.

    size 0 is the smallest shape, 1 the largest that fits; across 0 is at the left edge, 1 at the right; down likewise.
    """
    unit_width, unit_height = aspect.sqrt(), aspect.rsqrt()
    left, right, top, bottom = _extent(kinds, unit_width, unit_height, angle)
    room = 1 - config.margin
    largest = (2 * room / torch.maximum(right - left, bottom - top)).clamp(max=config.max_size)
    scale = config.min_size + size * (largest - config.min_size)
    x = torch.lerp(-room - scale * left, room - scale * right, across)
    y = torch.lerp(-room - scale * top, room - scale * bottom, down)
    floats = (x, y, scale * unit_width, scale * unit_height, angle)
    return Factors(kinds, *(value.float() for value in floats))


def _extent(kinds: Tensor, half_width: Tensor, half_height: Tensor, angle: Tensor) -> tuple[Tensor, ...]:
    """Left, right, top and bottom of each rotated shape about its box's centre, (N,) each."""
    cos, sin = angle.cos(), angle.sin()
    circle, triangle = kinds == CIRCLE, kinds == TRIANGLE
    corners_u = torch.stack([-half_width, half_width, torch.where(triangle, 0, half_width), -half_width * ~triangle])
    corners_v = torch.stack([half_height, half_height, -half_height, -half_height])
    x, y = cos * corners_u + sin * corners_v, cos * corners_v - sin * corners_u
    box = (x.amin(0), x.amax(0), y.amin(0), y.amax(0))
    ball = (-half_width, half_width, -half_height, half_height)
    return tuple(torch.where(circle, b, a) for a, b in zip(box, ball, strict=True))


def render(factors: Factors, image_size: int) -> Tensor:
    """White anti-aliased shapes on black, (N, 1, image_size, image_size) float32 in [0, 1], on the factors' device."""
    device = factors.kinds.device
    shape = (len(factors), 1, image_size, image_size)
    # numpy asks Linux for pages of 2 MB: to get as much memory in small ones takes as long as to draw into it.
    images = torch.from_numpy(np.empty(shape, np.float32)) if device.type == "cpu" else torch.empty(shape, device=device)
    for kind in range(len(KINDS)):
        for index in (factors.kinds == kind).nonzero()[:, 0].split(_CHUNK.get(device.type, 8192)):
            images[index, 0] = coverage(kind, factors[index], image_size)
    return images


def coverage(kind: int, factors: Factors, image_size: int) -> Tensor:
    """How much of each pixel a shape of one kind covers, (N, image_size, image_size): the distance ramp of one pixel."""
    pixel, (u, v) = 2 / image_size, _local_coordinates(factors, image_size)
    w, h = factors.half_width[:, None, None], factors.half_height[:, None, None]
    if kind == CIRCLE:
        return _ramp((u.square_() + v.square_()).sqrt_().sub_(w), pixel)
    if kind == RECTANGLE:
        across, down = u.abs_().sub_(w), v.abs_().sub_(h)
        if across.shape == down.shape:
            return _ramp(across.clamp_(min=down), pixel)
        return torch.minimum(_ramp(across, pixel), _ramp(down, pixel))  # upright: rows and columns, then all pixels
    length = torch.hypot(2 * h, w)
    side = u.abs_().mul_(2 * h / length) - (v + h).mul_(w / length)
    return _ramp(side.clamp_(min=v.sub_(h)), pixel)


def _ramp(distance: Tensor, pixel: float) -> Tensor:
    """Signed distances to an outline at pixel centres, negative inside, to the shares of pixels inside, in place."""
    return distance.mul_(-1 / pixel).add_(0.5).clamp_(0, 1)


def _local_coordinates(factors: Factors, image_size: int) -> tuple[Tensor, Tensor]:
    """Pixel centres in each shape's own frame; upright shapes keep rows (N, 1, W) and columns (N, H, 1) apart."""
    centres = (torch.arange(image_size, device=factors.x.device) + 0.5) * (2 / image_size) - 1
    x = centres[None, None, :] - factors.x[:, None, None]
    y = centres[None, :, None] - factors.y[:, None, None]
    if not factors.angle.any():
        return x, y
    cos, sin = factors.angle.cos()[:, None, None], factors.angle.sin()[:, None, None]
    return cos * x - sin * y, sin * x + cos * y
