"""The report's claims (a) to (d) as comparisons of runs, also under other readings of what the report leaves open."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from shapevae.estimates import Z_95
from shapevae.report.compare import Finding, Measure, Sample, combine
from shapevae.report.measure import Result
from shapevae.report.plan import (
    ADJUSTED,
    CHANNEL,
    MODELS,
    NOISE,
    TITLES,
    UNIT,
    VAE,
    Scale,
    fixed_noise_name,
    reading_name,
    seed_name,
)

RECONSTRUCTIONS = Measure("reconstruction_quality", "test images distinguishable", 1, 0.02, "share")
SAMPLES = Measure("sample_quality", "random images distinguishable", 1, 0.02, "share")
ERROR = Measure("squared_error_per_image", "squared error an image", -1, math.log(1.05), "log")
NOISY_ERROR = Measure("noisy_squared_error", "squared error an image, code drawn", -1, math.log(1.05), "log")
EDGES = (
    Measure("edge_width_reconstructions", "edge width, test images", -1, 0.1, "pixels"),
    Measure("edge_width_samples", "edge width, random images", -1, 0.1, "pixels"),
)
MANY_DIMS = 20  # the report's "20 and more"


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
    """One interpretation of what the report leaves open.

    designed_rate: in bits, at the report's v. parts: claim (b), the two halves of (c) and, if tried, (d).
    """

    says: str
    designed_rate: float | None
    parts: list[Part]


@dataclass(frozen=True)
class Evidence:
    """All results by run name, and what was planned."""

    results: Mapping[str, Result]
    scale: Scale
    seeds: int

    def of_seeds(self, model: str) -> list[Result]:
        """The runs of a preset over the seeds, those that finished."""
        names = (seed_name(model, seed) for seed in range(self.seeds))
        return [self.results[name] for name in names if name in self.results]

    def over_seeds(self, model: str, measure: Measure) -> Sample | None:
        """A figure over the seeds that finished; None without any."""
        values = [found.value for run in self.of_seeds(model) if (found := run.estimate(measure.figure))]
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

    def compare(self, what: str, measure: Measure, better: str, other: str) -> Finding:
        """Two runs by name; a model's name alone stands for its preset over the seeds."""
        pick = (self.over_seeds(name, measure) if name in MODELS else self.single(name, measure) for name in (better, other))
        return Finding(what, measure, *pick)


def claims(evidence: Evidence) -> list[Claim]:
    """The report's claims (a) to (d), each with what was measured."""
    sharper, *both = compare_models(evidence, VAE, ADJUSTED)
    return [
        claim_a(evidence),
        Claim("b", "the adjusted model's edges are sharper, less smeared", [sharper]),
        Claim("c", "the VAE reconstructs better, the adjusted model generates better", both),
        Claim("d", "smaller variances make the adjusted model reconstruct worse", [smaller_is_worse(evidence, CHANNEL)]),
    ]


def readings(evidence: Evidence) -> list[Reading]:
    """Each reading of v, and noise of one size, against the VAE preset, and both presets at another picture size."""
    noise, pixels, v = evidence.scale.adjusted.model.noise_variance, evidence.scale.image_size, evidence.scale.v
    says = {
        CHANNEL: f"v is the variance of the prior N(0, v I), over channel noise σ² = {noise:g} (our preset)",
        UNIT: "v is the variance of the prior N(0, v I), over channel noise σ² = 1",
        NOISE: "v is the channel noise σ² itself, under the prior N(0, (1 + v) I), so with a signal of variance 1",
    }
    found = [
        _reading(evidence, text, VAE, reading_name(name, v), smaller_is_worse(evidence, name)) for name, text in says.items()
    ]
    found += [
        _reading(evidence, f"the noise has one size, at our preset's rate in d = {d} dimensions", VAE, fixed_noise_name(d))
        for d in evidence.scale.fixed_noise_dims
    ]
    text = f"our preset on pictures of {pixels} × {pixels} pixels"
    return [*found, _reading(evidence, text, f"{VAE} pixels {pixels}", f"{ADJUSTED} pixels {pixels}")]


def _reading(evidence: Evidence, says: str, vae: str, adjusted: str, *further: Part) -> Reading:
    result = evidence.results.get(adjusted)
    designed = result.figures.get("designed_rate_bits") if result else None
    return Reading(says, designed, [*compare_models(evidence, vae, adjusted), *further])


def compare_models(evidence: Evidence, vae: str, adjusted: str) -> list[Part]:
    """Claim (b), and the two halves of (c)."""
    statements = (
        ("the adjusted model's edges are sharper", EDGES, "adjusted VAE against VAE", adjusted, vae),
        ("the VAE reconstructs better", (RECONSTRUCTIONS, ERROR), "VAE against adjusted VAE", vae, adjusted),
        ("the adjusted model generates better", (SAMPLES,), "adjusted VAE against VAE", adjusted, vae),
    )
    return [
        Part(says, [evidence.compare(what, measure, better, other) for measure in measures])
        for says, measures, what, better, other in statements
    ]


def smaller_is_worse(evidence: Evidence, reading: str) -> Part:
    """Claim (d): the report's own steps, 2 to 5 and 5 to 15, and the widest one."""
    scale = evidence.scale
    top, bottom = max(scale.variances), min(scale.variances)
    findings = []
    for large, small in dict.fromkeys([(scale.v, scale.low_v), (top, scale.v), (top, bottom)]):
        if large > small:
            names = (reading_name(reading, v) for v in (large, small))
            findings.append(evidence.compare(f"v = {large:g} against v = {small:g}", ERROR, *names))
    return Part("smaller variances reconstruct worse", findings)


def claim_a(evidence: Evidence) -> Claim:
    """Pictures, epochs and latent dimensions, each for both models and both counts."""
    pairs = {model: _pairs(evidence.scale, model) for model in MODELS}
    parts = [
        Part(
            says,
            [
                evidence.compare(f"{TITLES[model]}: {what}", measure, better, other)
                for model in MODELS
                for measure in (RECONSTRUCTIONS, SAMPLES)
                for what, better, other in pairs[model][says]
            ],
        )
        for says in pairs[VAE]
    ]
    return Claim("a", "10,000 training images were needed, or more epochs, or 20 and more latent dimensions", parts)


def _pairs(scale: Scale, model: str) -> dict[str, list[tuple[str, str, str]]]:
    """By statement: what is compared, the run said to be better, the other."""
    images, epochs, d = scale.preset(model).images, scale.preset(model).epochs, scale.preset(model).model.latent_dim
    least = min(scale.sizes)
    many_dims = sorted(dims for dims in scale.latent_dims if dims >= MANY_DIMS) or [max(scale.latent_dims)]
    runs = {tried: (f"{model} epochs {tried}", model) for tried in sorted(scale.epochs)}
    return {
        "fewer training pictures, so fewer steps, are worse": [
            (f"{images:,} pictures against {size:,}", model, f"{model} images {size}") for size in sorted(scale.sizes)
        ],
        "fewer training pictures are worse even at as many steps": [
            (
                f"{images:,} pictures against {least:,} seen {images // least} times as often",
                model,
                f"{model} images {least} equal steps",
            )
        ],
        "more epochs are better": [
            (f"{max(tried, epochs)} epochs against {min(tried, epochs)}", *(pair if tried > epochs else pair[::-1]))
            for tried, pair in runs.items()
        ],
        f"{many_dims[0]} and more latent dimensions are better": [
            (f"{dims} latent dimensions against {d}", f"{model} dims {dims}", model) for dims in many_dims
        ],
    }


def _scaled(value: float, measure: Measure) -> float:
    return math.log(max(value, 1e-12)) if measure.unit == "log" else value
