"""Both models over their rate: what they lose, how good their samples are, and a comparison at equal rate."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

from shapevae.estimates import Estimate
from shapevae.figures import beyond_ideal
from shapevae.report.claims import ERROR, NOISY_ERROR, SAMPLES, Evidence
from shapevae.report.compare import Finding, Measure, Sample
from shapevae.report.measure import Result
from shapevae.report.plan import ADJUSTED, CHANNEL, VAE, reading_name

MEASURES = (NOISY_ERROR, SAMPLES)
_SPENT = ("rate_bits", "marginal_kl_bits", NOISY_ERROR.figure, ERROR.figure)


@dataclass(frozen=True)
class Point:
    """A run on a rate curve. setting: what sets its rate; rate: E KL(q(z|x) ‖ p(z)) in bits an image."""

    setting: str
    rate: float
    samples: dict[str, Sample]
    information: float | None
    designed: float | None


def curve(evidence: Evidence, model: str) -> list[Point]:
    """The runs of one model whose rate is known, by rate: over c, or over v at the preset's channel noise."""
    scale = evidence.scale
    if model == VAE:
        names = {f"{VAE} c {f:g}": f"c = {f * scale.vae.pixel_variance:.3g}" for f in {*scale.pixel_factors, 1.0}}
    else:
        tried, noise = {*scale.variances, scale.v, *scale.rate_variances}, scale.adjusted.model.noise_variance
        names = {reading_name(CHANNEL, v): f"v = {v:g}, σ² = {noise:g}" for v in tried}
    points = [point for name, setting in names.items() if (point := _point(evidence, name, setting))]
    return sorted(points, key=lambda point: point.rate)


def mean_excess(evidence: Evidence, model: str) -> dict[str, float]:
    """Rate, marginal KL, ideal rate, excess and own error in bits: means over the seeds of a model where all are known."""
    known = [figures for run in evidence.of_seeds(model) if None not in (figures := _excess(run)).values()]
    return {name: sum(figures[name] for figures in known) / len(known) for name in (known or [{}])[0]}


def _excess(result: Result) -> dict[str, Any]:
    """The same of one run, from the figures that it left."""
    rate, marginal, noisy, error = (result.estimate(name) for name in _SPENT)
    if not (rate and marginal and noisy and error):
        return {"rate_bits": None}
    beyond = beyond_ideal(rate, noisy, error, result.config.shapes)
    values = {name: value.value if isinstance(value, Estimate) else value for name, value in beyond.items()}
    return {"rate_bits": rate.value, "marginal_kl_bits": marginal.value, **values}


def _point(evidence: Evidence, name: str, setting: str) -> Point | None:
    result = evidence.results.get(name)
    rate = result and result.estimate("rate_bits")
    samples = {m.figure: sample for m in MEASURES if (sample := evidence.single(name, m))}
    if not result or not rate or len(samples) < len(MEASURES):
        return None
    figures = result.figures
    return Point(setting, rate.value, samples, figures.get("mutual_information_bits"), figures.get("designed_rate_bits"))


def at_rate(points: list[Point], rate: float, measure: Measure) -> Sample:
    """A measure between the two runs on either side of `rate`, by linear interpolation (of logarithms for "log").

    Raises ValueError outside the curve.
    """
    for left, right in itertools.pairwise(points):
        if left.rate <= rate <= right.rate:
            part = (rate - left.rate) / max(right.rate - left.rate, 1e-9)
            a, b = left.samples[measure.figure], right.samples[measure.figure]
            value = (1 - part) * a.mean + part * b.mean
            reference = a.reference or b.reference or max(a.values, b.values, key=len)
            return Sample((value,), reference, max(a.error, b.error))
    raise ValueError(f"no run on either side of {rate:g} bits")


def shared_rates(first: list[Point], second: list[Point], count: int = 4) -> list[float]:
    """Whole bits, evenly over the range that both curves cover; empty where they share none."""
    if len(first) < 2 or len(second) < 2:
        return []
    low, high = math.ceil(max(first[0].rate, second[0].rate)), math.floor(min(first[-1].rate, second[-1].rate))
    return sorted({float(round(low + (high - low) * i / (count - 1))) for i in range(count)}) if low <= high else []


def at_equal_rate(evidence: Evidence) -> dict[float, list[Finding]]:
    """At each shared rate, the adjusted model against the VAE: the error of drawn codes and the random images."""
    vae, adjusted = curve(evidence, VAE), curve(evidence, ADJUSTED)
    return {
        rate: [Finding("adjusted VAE against VAE", m, at_rate(adjusted, rate, m), at_rate(vae, rate, m)) for m in MEASURES]
        for rate in shared_rates(vae, adjusted)
    }
