"""The report's claims (a) to (d) as comparisons of runs, each with what was measured."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shapevae.report.compare import Finding, Measure, Sample, combine
from shapevae.report.measure import Result
from shapevae.report.plan import ADJUSTED, CHANNEL, MODELS, TITLES, VAE, Scale, reading_name, seed_name

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
            error = (_scaled(found.high, measure) - _scaled(found.low, measure)) / (2 * 1.959964)
        return Sample((_scaled(found.value, measure),), reference.values if reference else (), error)

    def preset(self, model: str) -> Pick:
        return lambda measure: self.over_seeds(model, measure)

    def run(self, name: str) -> Pick:
        return lambda measure: self.single(name, measure)


def claims(evidence: Evidence) -> list[Claim]:
    """The report's claims (a) to (d), each with what was measured."""
    vae, adjusted = evidence.preset(VAE), evidence.preset(ADJUSTED)
    return [
        claim_a(evidence),
        Claim("b", "the adjusted model's edges are sharper, less smeared", [sharper(vae, adjusted)]),
        Claim(
            "c",
            "the VAE reconstructs better, the adjusted model generates better",
            [reconstructs(vae, adjusted), generates(vae, adjusted)],
        ),
        Claim("d", "smaller variances make the adjusted model reconstruct worse", [smaller_is_worse(evidence, CHANNEL)]),
    ]


def claim_a(evidence: Evidence) -> Claim:
    """Pictures, epochs and latent dimensions, each for both models and both counts."""
    scale = evidence.scale
    fewer, equal, longer, wider = [], [], [], []
    for model in MODELS:
        preset, config = evidence.preset(model), scale.preset(model)
        for measure in (RECONSTRUCTIONS, SAMPLES):
            for size in sorted(scale.sizes):
                what = f"{TITLES[model]}: {config.images:,} pictures against {size:,}"
                fewer.append(Finding(what, measure, preset(measure), evidence.single(f"{model} images {size}", measure)))
            least = min(scale.sizes)
            what = f"{TITLES[model]}: {config.images:,} pictures against {least:,} seen {config.images // least} times as often"
            equal.append(
                Finding(what, measure, preset(measure), evidence.single(f"{model} images {least} equal steps", measure))
            )
            for count in sorted(scale.epochs):
                run = evidence.single(f"{model} epochs {count}", measure)
                more, few = (run, preset(measure)) if count > config.epochs else (preset(measure), run)
                what = f"{TITLES[model]}: {max(count, config.epochs)} epochs against {min(count, config.epochs)}"
                longer.append(Finding(what, measure, more, few))
            for dims in many_dims(scale):
                what = f"{TITLES[model]}: {dims} latent dimensions against {config.model.latent_dim}"
                wider.append(Finding(what, measure, evidence.single(f"{model} dims {dims}", measure), preset(measure)))
    return Claim(
        "a",
        "10,000 training images were needed, or more epochs, or 20 and more latent dimensions",
        [
            Part("fewer training pictures, so fewer steps, are worse", fewer),
            Part("fewer training pictures are worse even at as many steps", equal),
            Part("more epochs are better", longer),
            Part(f"{min(many_dims(scale))} and more latent dimensions are better", wider),
        ],
    )


def many_dims(scale: Scale) -> list[int]:
    """The latent dimensions tried that the claim means, else the most that was tried."""
    return sorted(d for d in scale.latent_dims if d >= MANY_DIMS) or [max(scale.latent_dims)]


def sharper(vae: Pick, adjusted: Pick) -> Part:
    """Claim (b)."""
    findings = [Finding("adjusted VAE against VAE", measure, adjusted(measure), vae(measure)) for measure in EDGES]
    return Part("the adjusted model's edges are sharper", findings)


def reconstructs(vae: Pick, adjusted: Pick) -> Part:
    """The first half of claim (c)."""
    measures = (RECONSTRUCTIONS, ERROR)
    findings = [Finding("VAE against adjusted VAE", measure, vae(measure), adjusted(measure)) for measure in measures]
    return Part("the VAE reconstructs better", findings)


def generates(vae: Pick, adjusted: Pick) -> Part:
    """The second half of claim (c)."""
    finding = Finding("adjusted VAE against VAE", SAMPLES, adjusted(SAMPLES), vae(SAMPLES))
    return Part("the adjusted model generates better", [finding])


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
