"""Estimates with their 95 % intervals: means, shares, and the balance of kinds."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor

Z_95, Z_95_OF_3 = 1.959964, 2.393980  # normal quantiles of a 95 % interval, and of three that hold together


@dataclass(frozen=True)
class Estimate:
    """A figure and its 95 % interval; the ends are None where there is too little to tell."""

    value: float
    low: float | None = None
    high: float | None = None

    @classmethod
    def around(cls, value: float, half: float) -> Estimate:
        """With an interval of `half` to either side."""
        return cls(value, value - half, value + half)

    @property
    def half(self) -> float:
        """Half of the interval's width, 0 where there is none."""
        return 0.0 if self.low is None or self.high is None else (self.high - self.low) / 2

    def times(self, factor: float) -> Estimate:
        """In another unit; factor must be positive."""
        low, high = (None if end is None else end * factor for end in (self.low, self.high))
        return Estimate(self.value * factor, low, high)


def mean_estimate(terms: Tensor) -> Estimate:
    """Mean of (N,) independent terms, with the normal interval mean ± 1.96 · standard deviation / √N."""
    terms = terms.double()
    value = terms.mean().item()
    if len(terms) < 2:
        return Estimate(value)
    return Estimate.around(value, Z_95 * terms.std().item() / math.sqrt(len(terms)))


def share_estimate(successes: int, trials: int, z: float = Z_95) -> Estimate:
    """A share and its score interval (Wilson 1927), which holds at 0 and 1 too; z is the normal quantile.

    Raises ValueError without trials, and for more successes than trials.
    """
    if not trials > 0 or not 0 <= successes <= trials:
        raise ValueError(f"of at least 1 trial from none to all may succeed, got {successes} of {trials}")
    share = successes / trials
    middle = (share + z**2 / (2 * trials)) / (1 + z**2 / trials)
    half = z / (1 + z**2 / trials) * math.sqrt(share * (1 - share) / trials + (z / (2 * trials)) ** 2)
    return Estimate(share, min(share, max(0.0, middle - half)), max(share, min(1.0, middle + half)))


def balance_estimate(counts: list[int]) -> Estimate | None:
    """Total variation between the shares of three kinds and 1/3 each: 0 is even, 2/3 one kind only. None without pictures.

    The interval is conservative, three Wilson intervals that hold together (Bonferroni), so that it can reach 0.
    """
    total = sum(counts)
    if not total:
        return None
    # Three gaps that sum to 0: half the sum of their sizes, which is the total variation, is the largest of them.
    shares = [share_estimate(count, total, Z_95_OF_3) for count in counts]
    ends = [(share.low or 0.0, share.high or 0.0) for share in shares]
    return Estimate(
        max(abs(share.value - 1 / 3) for share in shares),
        max(max(0.0, low - 1 / 3, 1 / 3 - high) for low, high in ends),
        max(max(high - 1 / 3, 1 / 3 - low) for low, high in ends),
    )
