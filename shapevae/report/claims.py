"""The report's claims (a) to (d) as comparisons of runs, also under other readings of what the report leaves open."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from shapevae.estimates import Z_95
from shapevae.report.compare import Finding, Measure, Sample, combine
from shapevae.report.measure import Result
from shapevae.report.plan import ADJUSTED, CHANNEL, MODELS, NOISE, TITLES, UNIT, VAE, Scale, reading_name, seed_name

RECONSTRUCTIONS = Measure("reconstruction_quality", "test images distinguishable", 1, 0.02, "share")
SAMPLES = Measure("sample_quality", "random images distinguishable", 1, 0.02, "share")
ERROR = Measure("squared_error_per_image", "squared error an image", -1, math.log(1.05), "log")
NOISY_ERROR = Measure("noisy_squared_error", "squared error an image, code drawn", -1, math.log(1.05), "log")
EDGES = (
    Measure("edge_width_reconstructions", "edge width, test images", -1, 0.1, "pixels"),
    Measure("edge_width_samples", "edge width, random images", -1, 0.1, "pixels"),
)
MANY_DIMS = 20  # the report's "20 and more"

Pick = Callable[[Measure], Sample | None]


@dataclass(frozen=True)
class Part:
    """A statement of a claim and the comparisons that test it."""

    says: str
    findings: list[Finding]

    @property
    def verdict(self) -> str:
        return combine(finding.verdict for finding in self.findings)


@dataclass(frozen=True)
class Claim:
    """A claim of the report, in our words, and its parts."""

    letter: str
    says: str
    parts: list[Part]

    @property
    def verdict(self) -> str:
        return combine(part.verdict for part in self.parts)


@dataclass(frozen=True)
class Reading:
    """One way to read the report: its designed rate in bits at the report's v, the parts of (b) and (c), and claim (d)."""

    says: str
    designed_rate: float | None
    parts: list[Part]
    smaller_is_worse: Part | None


@dataclass(frozen=True)
class Evidence:
    """All results by run name, and what was planned."""

    results: Mapping[str, Result]
    scale: Scale
    seeds: int

    def over_seeds(self, model: str, measure: Measure) -> Sample | None:
        """A figure over the seeds that finished; None without any."""
        runs = [self.results.get(seed_name(model, seed)) for seed in range(self.seeds)]
        values = [found.value for run in runs if run and (found := run.estimate(measure.figure))]
        return Sample(tuple(_scaled(value, measure) for value in values)) if values else None

    def single(self, name: str, measure: Measure) -> Sample | None:
        """A figure of one run, its spread over seeds borrowed from the same model's preset; the preset's own is over seeds."""
        run, model = self.results.get(name), name.split()[0]
        found = run and run.estimate(measure.figure)
        if not run or not found:
            return None
        reference = self.over_seeds(model, measure)
        if run.config == self.scale.preset(model).replace(seed=0):
            return reference
        error = 0.0
        if found.low is not None and found.high is not None:
            error = (_scaled(found.high, measure) - _scaled(found.low, measure)) / (2 * Z_95)
        return Sample((_scaled(found.value, measure),), reference.values if reference else (), error)

    def preset(self, model: str) -> Pick:
        return lambda measure: self.over_seeds(model, measure)

    def run(self, name: str) -> Pick:
        return lambda measure: self.single(name, measure)


def claims(evidence: Evidence) -> list[Claim]:
    """The report's claims (a) to (d), each with what was measured."""
    sharper, *both = compare_models(evidence.preset(VAE), evidence.preset(ADJUSTED))
    return [
        claim_a(evidence),
        Claim("b", "the adjusted model's edges are sharper, less smeared", [sharper]),
        Claim("c", "the VAE reconstructs better, the adjusted model generates better", both),
        Claim("d", "smaller variances make the adjusted model reconstruct worse", [smaller_is_worse(evidence, CHANNEL)]),
    ]


def readings(evidence: Evidence) -> list[Reading]:
    """Each reading of v at the report's value, against the VAE preset, and both presets at another picture size."""
    noise, size, v = evidence.scale.adjusted.model.noise_variance, evidence.scale.image_size, evidence.scale.v
    says = {
        CHANNEL: f"v is the variance of the prior N(0, v I), over channel noise σ² = {noise:g} (our preset)",
        UNIT: "v is the variance of the prior N(0, v I), over channel noise σ² = 1",
        NOISE: "v is the channel noise σ² itself, under the prior N(0, (1 + v) I), so with a signal of variance 1",
    }
    found = []
    for name, text in says.items():
        smaller = smaller_is_worse(evidence, name)
        found.append(_reading(evidence, text, evidence.preset(VAE), reading_name(name, v), smaller))
    text = f"our preset on pictures of {size} × {size} pixels"
    return [*found, _reading(evidence, text, evidence.run(f"{VAE} pixels {size}"), f"{ADJUSTED} pixels {size}", None)]


def _reading(evidence: Evidence, says: str, vae: Pick, name: str, smaller: Part | None) -> Reading:
    """The adjusted model's run `name` against a VAE."""
    adjusted, result = evidence.run(name), evidence.results.get(name)
    designed = result.figures.get("designed_rate_bits") if result else None
    return Reading(says, designed, compare_models(vae, adjusted), smaller)


def claim_a(evidence: Evidence) -> Claim:
    """Pictures, epochs and latent dimensions, each for both models and both counts."""
    least, dims = min(evidence.scale.sizes), min(many_dims(evidence.scale))
    parts: dict[str, list[Finding]] = {
        "fewer training pictures, so fewer steps, are worse": [],
        "fewer training pictures are worse even at as many steps": [],
        "more epochs are better": [],
        f"{dims} and more latent dimensions are better": [],
    }
    for model in MODELS:
        preset, config = evidence.preset(model), evidence.scale.preset(model)
        pictures = f"{config.images:,} pictures against"
        fewer = [(f"{pictures} {n:,}", preset, evidence.run(f"{model} images {n}")) for n in sorted(evidence.scale.sizes)]
        often = f"{pictures} {least:,} seen {config.images // least} times as often"
        equal = [(often, preset, evidence.run(f"{model} images {least} equal steps"))]
        longer = [_more_epochs(evidence, model, count) for count in sorted(evidence.scale.epochs)]
        wider = [
            (f"{d} latent dimensions against {config.model.latent_dim}", evidence.run(f"{model} dims {d}"), preset)
            for d in many_dims(evidence.scale)
        ]
        for findings, pairs in zip(parts.values(), (fewer, equal, longer, wider), strict=True):
            for measure in (RECONSTRUCTIONS, SAMPLES):
                findings += [Finding(f"{TITLES[model]}: {what}", measure, a(measure), b(measure)) for what, a, b in pairs]
    says = "10,000 training images were needed, or more epochs, or 20 and more latent dimensions"
    return Claim("a", says, [Part(text, findings) for text, findings in parts.items()])


def _more_epochs(evidence: Evidence, model: str, count: int) -> tuple[str, Pick, Pick]:
    """A run of `count` epochs and the preset, the one with more epochs first."""
    preset, usual = evidence.preset(model), evidence.scale.preset(model).epochs
    run = evidence.run(f"{model} epochs {count}")
    pair = (run, preset) if count > usual else (preset, run)
    return f"{max(count, usual)} epochs against {min(count, usual)}", *pair


def many_dims(scale: Scale) -> list[int]:
    """The latent dimensions tried that the claim means, else the most that was tried."""
    return sorted(d for d in scale.latent_dims if d >= MANY_DIMS) or [max(scale.latent_dims)]


def compare_models(vae: Pick, adjusted: Pick) -> list[Part]:
    """Claim (b), and the two halves of (c)."""
    adjusted_better = ("adjusted VAE against VAE", adjusted, vae)
    return [
        _part("the adjusted model's edges are sharper", EDGES, *adjusted_better),
        _part("the VAE reconstructs better", (RECONSTRUCTIONS, ERROR), "VAE against adjusted VAE", vae, adjusted),
        _part("the adjusted model generates better", (SAMPLES,), *adjusted_better),
    ]


def _part(says: str, measures: Iterable[Measure], what: str, better: Pick, other: Pick) -> Part:
    return Part(says, [Finding(what, measure, better(measure), other(measure)) for measure in measures])


def smaller_is_worse(evidence: Evidence, reading: str) -> Part:
    """The report's own steps, 2 to 5 and 5 to 15, and the widest one."""
    scale = evidence.scale
    top, bottom = max(scale.variances), min(scale.variances)
    steps = dict.fromkeys([(scale.v, scale.low_v), (top, scale.v), (top, bottom)])
    findings = []
    for large, small in (pair for pair in steps if pair[0] > pair[1]):
        samples = [evidence.single(reading_name(reading, v), ERROR) for v in (large, small)]
        findings.append(Finding(f"v = {large:g} against v = {small:g}", ERROR, *samples))
    return Part("smaller variances reconstruct worse", findings)


def _scaled(value: float, measure: Measure) -> float:
    return math.log(max(value, 1e-12)) if measure.unit == "log" else value
