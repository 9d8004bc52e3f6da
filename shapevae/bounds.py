"""Upper bounds of the ideal coder's rate at any squared error: what three coders that can be worked out achieve."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from shapevae.config import TEST_SEED, ShapeConfig
from shapevae.estimates import Z_95
from shapevae.ideal import Drawn, IdealCoder, channel, drawn_shapes, ideal_coder, mean_dimensions, noise_precision, stratified
from shapevae.information import BITS
from shapevae.shapes import draw_shapes

_STEPS = 2.0  # between the nominal errors of channels
_SLOPES = (2.0, 3.0, 4.5, 7.0, 11.0, 17.0)  # of codebooks, over the variance: from almost no bits to as many as one can hold
_WORDS, _FRESH, _ROUNDS = 700, 1000, 5


class Point(NamedTuple):
    """What a coder achieves: its squared error an image and its rate in nats."""

    distortion: float
    rate: float


class Bounds(NamedTuple):
    """Bounds of one source. points: what its coders achieve; eigenvalues: of its pictures' covariance, descending, (k,)."""

    points: tuple[Point, ...]
    eigenvalues: Tensor

    def rate(self, distortion: float) -> float:
        """The least rate in nats at D that is achieved by a coder, or by taking turns between two: R(D) is not above it."""
        lower = [point for point in self.points if point.distortion <= distortion]
        upper = [point for point in self.points if point.distortion >= distortion]
        rates = (_between(a, b, distortion) for a in lower for b in upper)
        return min(rates, default=0.0 if lower else math.inf)


def _between(a: Point, b: Point, distortion: float) -> float:
    part = (distortion - a.distortion) / ((b.distortion - a.distortion) or 1)
    return a.rate + part * (b.rate - a.rate)


@lru_cache(maxsize=2)
def shape_bounds(config: ShapeConfig) -> Bounds:
    """Bounds for the drawn shapes, from a few thousandths of their variance upwards. Raises ValueError as ideal_coder does."""
    source = drawn_shapes(config)
    x = draw_shapes(_WORDS + _FRESH, TEST_SEED, config).images.flatten(1)
    eigenvalues = covariance_eigenvalues(x)
    variance = float(eigenvalues.sum())
    nominal = [variance * _STEPS**-power for power in range(13)]
    points = [channel_point(source, distortion) for distortion in nominal]
    points += [codebook_point(x[:_WORDS], x[_WORDS:], slope / variance) for slope in _SLOPES]
    return Bounds((*points, Point(variance, 0.0)), eigenvalues)


class Curve(NamedTuple):
    """The ideal coder over squared errors: where its formula holds, and where only an upper bound is known."""

    exact: list[Point]
    bound: list[Point]


def ideal_curve(config: ShapeConfig, low: float, high: float, count: int = 40) -> Curve:
    """`count` points from the error `low` to `high`, evenly in the logarithm. Raises ValueError as ideal_coder does."""
    coder, bounds = ideal_coder(config), shape_bounds(config)
    errors = [low * (high / low) ** (i / (count - 1)) for i in range(count)]
    exact = [Point(error, coder.rate(error).value) for error in [*errors, coder.limit] if error <= coder.limit]
    bound = [Point(error, bounds.rate(error)) for error in [coder.limit, *errors] if error >= coder.limit]
    return Curve(sorted(exact), sorted(bound))


def channel_point(source: Sequence[Drawn], distortion: float) -> Point:
    """The ideal coder's channel of a nominal D (see ideal.channel): its real error, and the kind's rate with that of û.

    Received u are uniform, so that the rate is the mean of ln q(û|u), q the density summed over all ways to the same picture.
    """
    error, received = channel(source, distortion)
    variance = distortion / mean_dimensions(source)
    terms = [_log_densities(drawn, variance, u) for drawn, u in zip(source, received, strict=True)]
    return Point(error.value, math.log(len(source)) + stratified(terms).value)


def _log_densities(drawn: Drawn, variance: float, received: Tensor) -> Tensor:
    """ln q(û|u) in nats, (N,): over all copies of û, and one reflection, or turn, in each dimension."""
    wraps, precision = drawn.part.wraps, noise_precision(drawn, variance)
    copies = drawn.part.copies(received)
    there = torch.stack([copies, torch.where(wraps, copies - 1, -copies), torch.where(wraps, copies + 1, 2 - copies)])
    ways = torch.tensor(list(itertools.product(range(3), repeat=len(wraps))))
    places = torch.stack([there[ways[:, j], ..., j] for j in range(len(wraps))], -1).flatten(0, 1)  # (ways · copies, N, m)
    gap = (places - drawn.u).transpose(0, 1)
    exponents = -0.5 * ((gap @ precision) * gap).sum(2)
    volume = 0.5 * torch.logdet(precision) - len(wraps) / 2 * math.log(2 * math.pi) - math.log(len(copies))
    return exponents.logsumexp(1) + volume


def codebook_point(x: Tensor, fresh: Tensor, slope: float) -> Point:
    """A codebook fitted to pictures x (N, n), then tried on fresh ones: q(j|x) ∝ w_j exp(-slope · ‖x - y_j‖²) chooses word j.

    Blahut–Arimoto, with each word moved to the mean of what chose it. E KL(q(·|x) ‖ w) bounds the rate, whatever the words.
    """
    words, log_share = x, x.new_zeros(len(x))
    for _ in range(_ROUNDS):
        chosen = (log_share - slope * torch.cdist(x, words).square()).softmax(1)
        total = chosen.sum(0)
        used = total > 1e-3
        words, log_share = (chosen.T @ x / total[:, None])[used], (total[used] / total[used].sum()).log()
    distances = torch.cdist(fresh, words).square()
    log_chosen = (log_share - slope * distances).log_softmax(1)
    error, rate = ((log_chosen.exp() * cost).sum(1).mean().item() for cost in (distances, log_chosen - log_share))
    return Point(error, rate)


def covariance_eigenvalues(x: Tensor) -> Tensor:
    """Eigenvalues of the covariance of pictures (N, n), descending: (min(N, n),)."""
    centred = (x - x.mean(0)).double()
    square = centred @ centred.T if len(x) < x.shape[1] else centred.T @ centred
    return torch.linalg.eigvalsh(square).flip(0).clamp(min=0) / (len(x) - 1)


def gaussian_rate(eigenvalues: Tensor, distortion: float) -> float | None:
    """R(D) in nats of the Gaussian whose covariance has these eigenvalues (Cover & Thomas 2006, section 10.3.3).

    Found by reverse water-filling; R(D) of no source of that covariance is larger. None where that takes more than a tenth of
    the eigenvalues, since small ones are not known from a sample.
    """
    rest = eigenvalues.sum() - eigenvalues.cumsum(0)
    levels = (distortion - rest) / torch.arange(1, len(eigenvalues) + 1)
    taken = int((levels < eigenvalues).sum())
    if not taken:
        return 0.0
    return None if taken > 1 + len(eigenvalues) / 10 else 0.5 * float((eigenvalues[:taken] / levels[taken - 1]).log().sum())


def render_ideal(config: ShapeConfig, distortions: Sequence[float]) -> str:
    """The ideal rate at squared errors an image and its bounds, as plain text. Raises ValueError for what is not covered."""
    coder, bounds = ideal_coder(config), shape_bounds(config)
    variance = float(bounds.eigenvalues.sum())
    if wrong := [distortion for distortion in distortions if not 0 < distortion < variance]:
        raise ValueError(f"a squared error must be above 0 and below {variance:.0f}, where no bit is needed; got {wrong[0]:g}")
    kind = "rotated" if config.rotated else "upright"
    title = f"{kind} shapes of {config.image_size} pixels a side; the formula holds up to a squared error of {coder.limit:.1f}"
    head = ("squared error", "ideal, bits", "standard error", "at most", "a linear coder")
    rows = [head, *(_ideal_row(coder, bounds, distortion) for distortion in distortions)]
    return "\n".join([title, *("  ".join(f"{cell:>14}" for cell in row) for row in rows)])


def _ideal_row(coder: IdealCoder, bounds: Bounds, distortion: float) -> list[str]:
    """In bits: the formula and its standard error, where it holds; the least rate of a known coder; the Gaussian's."""
    rate = coder.rate(distortion).times(BITS) if distortion <= coder.limit else None
    known = ["-", "-"] if rate is None else [f"{rate.value:.2f}", f"{rate.half / Z_95:.3f}"]
    others = (bounds.rate(distortion), gaussian_rate(bounds.eigenvalues, distortion))
    return [f"{distortion:g}", *known, *("-" if nats in (None, math.inf) else f"{nats * BITS:.2f}" for nats in others)]
