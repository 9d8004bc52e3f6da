"""Differences between runs with their 95 % intervals, and what they say about a claim."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from shapevae.estimates import Z_95, Estimate, share_estimate

SUPPORTED, CONTRADICTED, NO_DIFFERENCE = "supported", "contradicted", "no difference that matters"
MIXED, NOT_SETTLED = "supported in part", "not settled"

_T_95 = (12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281)  # Student's t, 1 to 10 degrees


@dataclass(frozen=True)
class Sample:
    """A figure measured on one or several runs that differ in their seed only.

    With one run the spread over seeds is borrowed from `reference`, the same figure over the seeds of a similar run;
    `error` is then the run's own standard error over its test pictures.
    """

    values: tuple[float, ...]
    reference: tuple[float, ...] = ()
    error: float = 0.0

    @property
    def mean(self) -> float:
        return statistics.fmean(self.values)

    @property
    def seeds(self) -> tuple[float, ...]:
        """The figure over seeds, whose spread is known where there are at least two."""
        return self.values if len(self.values) > 1 else self.reference

    def estimate(self) -> Estimate:
        """The mean over seeds and its interval by Student's t."""
        return _interval(self.mean, self)


@dataclass(frozen=True)
class Measure:
    """A figure that claims are about; `unit` is "share", "log" (differences are of logarithms) or "pixels".

    sign: 1 where more is better, -1 where less is. margin: the least difference that matters, in the unit.
    """

    figure: str
    title: str
    sign: int
    margin: float
    unit: str


@dataclass(frozen=True)
class Finding:
    """One comparison that a claim predicts: `better` are the runs said to do better than `other`; None where one is missing."""

    what: str
    measure: Measure
    better: Sample | None
    other: Sample | None

    @property
    def gain(self) -> Estimate | None:
        """The difference in the claimed direction: positive where the claim holds."""
        if self.better is None or self.other is None:
            return None
        pair = (self.better, self.other) if self.measure.sign > 0 else (self.other, self.better)
        return difference(*pair)

    @property
    def verdict(self) -> str:
        return NOT_SETTLED if self.gain is None else verdict(self.gain, self.measure.margin)


def verdict(gain: Estimate, margin: float) -> str:
    """What a difference in the claimed direction says.

    supported: the whole interval is above 0 and the difference reaches the margin. contradicted: the same below 0.
    no difference that matters: the whole interval lies within the margin. Otherwise, or without an interval, not settled.
    """
    if gain.low is None or gain.high is None:
        return NOT_SETTLED
    if -margin < gain.low and gain.high < margin:
        return NO_DIFFERENCE
    if gain.low > 0 and gain.value >= margin:
        return SUPPORTED
    return CONTRADICTED if gain.high < 0 and gain.value <= -margin else NOT_SETTLED


def combine(verdicts: Iterable[str]) -> str:
    """The verdict on several comparisons. Those that are not settled say nothing; the others weigh alike."""
    found = set(verdicts) - {NOT_SETTLED}
    if len(found) == 1:
        return found.pop()
    if found & {SUPPORTED, MIXED}:
        return MIXED
    return CONTRADICTED if found else NOT_SETTLED


def difference(a: Sample, b: Sample) -> Estimate:
    """Mean of a less mean of b, with an interval by Student's t on the fewer degrees of freedom (conservative)."""
    return _interval(a.mean - b.mean, a, b)


def share_difference(a: int, of_a: int, b: int, of_b: int) -> Estimate:
    """Share a / of_a less share b / of_b of two independent counts, with Newcombe's interval (1998, method 10)."""
    first, second = share_estimate(a, of_a), share_estimate(b, of_b)
    value = first.value - second.value
    below = math.hypot(first.value - (first.low or 0), (second.high or 0) - second.value)
    above = math.hypot((first.high or 0) - first.value, second.value - (second.low or 0))
    return Estimate(value, value - below, value + above)


def student_t(degrees: int) -> float:
    """The 97.5 % quantile of Student's t; above 10 degrees by the first terms of its expansion about the normal one."""
    if degrees < 1:
        raise ValueError(f"degrees must be at least 1, got {degrees}")
    if degrees <= len(_T_95):
        return _T_95[degrees - 1]
    z = Z_95
    terms = ((z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96, (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384)
    return z + sum(term / degrees**power for power, term in enumerate(terms, 1))


def _interval(value: float, *samples: Sample) -> Estimate:
    """Student's t for the seeds' part of the variance, the normal quantile for the test pictures', added in quadrature.

    Without an interval where the spread over seeds of one of the samples is unknown.
    """
    degrees = min(len(sample.seeds) for sample in samples) - 1
    if degrees < 1:
        return Estimate(value)
    seeds = math.fsum(statistics.variance(sample.seeds) / len(sample.values) for sample in samples)
    pictures = math.fsum(sample.error**2 / len(sample.values) for sample in samples)
    return Estimate.around(value, math.sqrt(student_t(degrees) ** 2 * seeds + Z_95**2 * pictures))
