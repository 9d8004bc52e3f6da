"""The ideal coder: the rate-distortion function R(D) of the drawn shapes, from the rule that draws them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from shapevae.config import ShapeConfig
from shapevae.estimates import Z_95, Estimate
from shapevae.shapes import CIRCLE, KINDS, RECTANGLE, coverage, factors_of

TOLERANCE = 0.1  # the formula counts as valid while its channel's squared error is this close to the nominal one

_SEED = 2021
_DRAWS = 300  # of each part
_CHUNK = 100  # pictures whose derivatives are held at once
_INSIDE = 12.0  # precision of a uniform variable: noise is never wider than the cube itself
_SIZES = (16, 128)


@dataclass(frozen=True)
class Part:
    """One of the manifolds that a source is made of, all equally likely: u, uniform on the unit cube, gives a picture.

    draw: u (N, m) -> (N, n), row by row. wraps: (m,) bool, which columns of u are periodic. copies: u -> (s, N, m), the u that
    give the same picture.
    """

    draw: Callable[[Tensor], Tensor]
    wraps: Tensor
    copies: Callable[[Tensor], Tensor] = lambda u: u[None]


@dataclass(frozen=True)
class Drawn:
    """Draws of one part: u (N, m), their pictures x (N, n), and JᵀJ (N, m, m) with J = ∂x/∂u."""

    part: Part
    u: Tensor
    x: Tensor
    gram: Tensor


@dataclass(frozen=True)
class Excess:
    """What a model spends beyond the ideal coder, in nats an image.

    ideal: the ideal rate at the squared error of its drawn codes. excess: the model's rate less that. own_error: of the excess,
    what the error of its mean codes costs, m/2 · ln of the whole error over what is left without; None where nothing is.
    """

    ideal: Estimate
    excess: Estimate
    own_error: float | None


@dataclass(frozen=True)
class IdealCoder:
    """The rate-distortion function of a source at high resolution: R(D) = entropy - m/2 · ln(2πe D/m), in nats.

    dimensions: m, the mean over the parts. entropy: of the pictures on their manifolds, with that of the choice of a part.
    limit: the largest D for which the formula counts as valid, see `valid_to`.
    """

    dimensions: float
    entropy: Estimate
    limit: float

    def rate(self, distortion: float) -> Estimate:
        """R(D) in nats, D the mean squared error an image. Raises ValueError outside 0 < D ≤ limit."""
        if not 0 < distortion <= self.limit:
            raise ValueError(f"the ideal rate is known for squared errors above 0, up to {self.limit:.3g}; got {distortion:g}")
        noise = self.dimensions / 2 * math.log(2 * math.pi * math.e * distortion / self.dimensions)
        return Estimate.around(self.entropy.value - noise, self.entropy.half)

    def compare(self, rate: Estimate, error: Estimate, mean_error: Estimate) -> Excess | None:
        """A model's rate in nats beside the ideal one; None where the error of its drawn codes is outside the formula's range.

        error, mean_error: squared errors an image of the drawn codes and of the mean codes. The three count as independent.
        """
        if not 0 < error.value <= self.limit:
            return None
        formula = self.rate(error.value)
        by_error = self.dimensions / 2 * error.half / error.value
        ideal = Estimate.around(formula.value, math.hypot(formula.half, by_error))
        excess = Estimate.around(rate.value - ideal.value, math.hypot(ideal.half, rate.half))
        noise = 1 - mean_error.value / error.value  # the share of the error that the noise of the code causes
        return Excess(ideal, excess, -self.dimensions / 2 * math.log(noise) if noise > 0 else None)


@lru_cache(maxsize=8)
def ideal_coder(config: ShapeConfig) -> IdealCoder:
    """The ideal coder of the drawn shapes. Raises ValueError for pictures that it does not cover."""
    return at_high_resolution(drawn_shapes(config))


@lru_cache(maxsize=2)
def drawn_shapes(config: ShapeConfig) -> tuple[Drawn, ...]:
    """Draws of the three kinds, with derivatives. Raises ValueError for picture sizes and aspects that are not covered."""
    low, high = _SIZES
    if not low <= config.image_size <= high:
        raise ValueError(f"the ideal coder covers pictures of {low} to {high} pixels a side, got {config.image_size}")
    if not (
        math.isclose(config.min_aspect * config.max_aspect, 1) and config.min_aspect < 1 and config.min_size < config.max_size
    ):
        raise ValueError(
            "the ideal coder covers shapes whose sizes differ, with aspects from 1/a to a: change min_aspect or min_size"
        )
    generator = torch.Generator().manual_seed(_SEED)
    return tuple(draw_part(shape_part(kind, config), _DRAWS, generator) for kind in range(len(KINDS)))


def shape_part(kind: int, config: ShapeConfig) -> Part:
    """A kind of shape over size, aspect, angle, across and down, as far as they matter for it."""
    moves = not config.centred
    matter = torch.tensor([True, kind != CIRCLE, kind != CIRCLE and config.rotated, moves, moves])

    def draw(u: Tensor) -> Tensor:
        uniforms = u.new_full((len(u), 6), (kind + 0.5) / len(KINDS))
        uniforms[:, 1:][:, matter] = u
        return coverage(kind, factors_of(uniforms, config), config.image_size).flatten(1)

    wraps = torch.tensor([False, False, True, False, False])[matter]
    return Part(draw, wraps, _turned_rectangle) if kind == RECTANGLE and config.rotated else Part(draw, wraps)


def _turned_rectangle(u: Tensor) -> Tensor:
    """A half turn changes no rectangle, nor a quarter turn with the inverse aspect: (N, m) -> (4, N, m)."""
    size, aspect, angle, *place = u.unbind(1)
    turned = [(abs(odd - aspect), (angle + quarters / 4) % 1) for quarters, odd in enumerate((0, 1, 0, 1))]
    return torch.stack([torch.stack([size, other, turn, *place], 1) for other, turn in turned])


def draw_part(part: Part, count: int, generator: torch.Generator) -> Drawn:
    """`count` draws of a part with their derivatives, in forward mode, a column of u at a time."""
    with torch.inference_mode(False):
        u = torch.rand(count, len(part.wraps), generator=generator, dtype=torch.double)
        pictures, grams = [], []
        for rows in u.split(_CHUNK):
            units = [unit.expand_as(rows).contiguous() for unit in torch.eye(len(part.wraps), dtype=u.dtype)]
            pairs = [torch.func.jvp(part.draw, (rows,), (unit,))[:2] for unit in units]
            jacobian = torch.stack([tangent for _, tangent in pairs], 1)
            pictures.append(pairs[0][0])
            grams.append((jacobian @ jacobian.mT).double())
    return Drawn(part, u, torch.cat(pictures), torch.cat(grams))


def at_high_resolution(source: Sequence[Drawn]) -> IdealCoder:
    """R(D) as D → 0. The entropy is ln of the number of parts + the mean of ½ ln det JᵀJ - ln s, s the number of copies.

    Of one manifold: Linder & Zamir 1999. Every dimension of every part gets the same share of the error.
    """
    terms = [0.5 * torch.logdet(drawn.gram) - math.log(len(drawn.part.copies(drawn.u))) for drawn in source]
    entropy = stratified(terms)
    entropy = Estimate.around(math.log(len(source)) + entropy.value, entropy.half)
    return IdealCoder(mean_dimensions(source), entropy, valid_to(source))


def valid_to(source: Sequence[Drawn]) -> float:
    """The largest D at which the formula's own channel has that error within TOLERANCE, by bisection."""
    low, high = 1e-4, sum(drawn.x.var(0).sum().item() for drawn in source)
    for _ in range(12):
        middle = math.sqrt(low * high)
        fits = abs(channel(source, middle)[0].value / middle - 1) <= TOLERANCE
        low, high = (middle, high) if fits else (low, middle)
    return low


def channel(source: Sequence[Drawn], distortion: float) -> tuple[Estimate, list[Tensor]]:
    """The channel that the formula stands for, tried out: noise of covariance D/m · (JᵀJ)⁻¹ on u, and the picture drawn anew.

    The noise stays within the cube: its precision has 12 I more, and what leaves is reflected, or goes round, so that the
    received u is uniform as well. Returns the squared error an image, with that of the linearised picture as a control variate,
    and the received u, (N, m) for each part.
    """
    generator = torch.Generator().manual_seed(_SEED)
    errors, received = [], []
    for drawn in source:
        precision = noise_precision(drawn, distortion / mean_dimensions(source))
        noise = torch.randn(*drawn.u.shape, 1, generator=generator, dtype=drawn.u.dtype)
        step = torch.linalg.solve_triangular(torch.linalg.cholesky(precision).mT, noise, upper=True)
        moved = drawn.u + step[..., 0]
        received.append(torch.where(drawn.part.wraps, moved % 1, ((moved + 1) % 2 - 1).abs()))
        pairs = zip(received[-1].split(_CHUNK), drawn.x.split(_CHUNK), strict=True)
        error = torch.cat([(drawn.part.draw(u) - x).square().sum(1) for u, x in pairs]).double()
        linear = (step.mT @ drawn.gram @ step)[:, 0, 0] - torch.linalg.solve(precision, drawn.gram).diagonal(0, 1, 2).sum(1)
        errors.append(error - linear * (error @ linear) / linear.square().sum())
    return stratified(errors), received


def noise_precision(drawn: Drawn, variance: float) -> Tensor:
    """Of the channel's noise on u, (N, m, m), at a squared error of `variance` a dimension."""
    return drawn.gram / variance + _INSIDE * torch.eye(drawn.u.shape[1], dtype=drawn.gram.dtype)


def stratified(terms: Sequence[Tensor]) -> Estimate:
    """The mean over equally likely parts, from independent terms of each, (N,)."""
    parts = [part.double() for part in terms]
    value = sum(part.mean().item() for part in parts) / len(parts)
    return Estimate.around(value, Z_95 * math.sqrt(sum(part.var().item() / len(part) for part in parts)) / len(parts))


def mean_dimensions(source: Sequence[Drawn]) -> float:
    """Degrees of freedom of a picture, the mean over the parts."""
    return _mean_freedom([drawn.part for drawn in source])


def degrees_of_freedom(config: ShapeConfig) -> float:
    """Of a drawn shape, the mean over the kinds."""
    return _mean_freedom([shape_part(kind, config) for kind in range(len(KINDS))])


def _mean_freedom(parts: Sequence[Part]) -> float:
    return sum(len(part.wraps) for part in parts) / len(parts)
