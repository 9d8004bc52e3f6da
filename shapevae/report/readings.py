"""The readings of what the report leaves open, and which of its claims each reproduces."""

from __future__ import annotations

from dataclasses import dataclass

from shapevae.report.claims import Evidence, Part, generates, reconstructs, sharper, smaller_is_worse
from shapevae.report.plan import ADJUSTED, CHANNEL, NOISE, UNIT, VAE, reading_name


@dataclass(frozen=True)
class Reading:
    """One way to read the report: what it is, its designed rate in bits at the report's v, and how (b) to (d) fare."""

    name: str
    says: str
    designed_rate: float | None
    sharper: Part
    reconstructs: Part
    generates: Part
    smaller_is_worse: Part | None

    @property
    def parts(self) -> list[Part | None]:
        return [self.sharper, self.reconstructs, self.generates, self.smaller_is_worse]


def readings(evidence: Evidence) -> list[Reading]:
    """Each reading of v at the report's value, against the VAE preset, and the preset at another picture size."""
    scale = evidence.scale
    noise = scale.adjusted.model.noise_variance
    says = {
        CHANNEL: f"v is the variance of the prior N(0, v I), over channel noise σ² = {noise:g} (our preset)",
        UNIT: "v is the variance of the prior N(0, v I), over channel noise σ² = 1",
        NOISE: "v is the channel noise σ² itself, under the prior N(0, (1 + v) I), so with a signal of variance 1",
    }
    found = [_reading(evidence, name, text) for name, text in says.items()]
    size = scale.image_size
    small = _row(f"{size} pixels", f"our preset on pictures of {size} × {size} pixels", evidence, f"pixels {size}", None)
    return [*found, small]


def _reading(evidence: Evidence, reading: str, says: str) -> Reading:
    name = reading_name(reading, evidence.scale.v).removeprefix(f"{ADJUSTED} ")
    return _row(reading, says, evidence, name, smaller_is_worse(evidence, reading))


def _row(name: str, says: str, evidence: Evidence, run: str, smaller: Part | None) -> Reading:
    adjusted, vae = evidence.run(f"{ADJUSTED} {run}"), evidence.preset(VAE)
    if f"{VAE} {run}" in evidence.results:
        vae = evidence.run(f"{VAE} {run}")
    result = evidence.results.get(f"{ADJUSTED} {run}")
    designed = result.figures.get("designed_rate_bits") if result else None
    parts = sharper(vae, adjusted), reconstructs(vae, adjusted), generates(vae, adjusted)
    return Reading(name, says, designed, *parts, smaller)
