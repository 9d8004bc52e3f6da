"""Figures, differences and comparisons as text, and the main table's figures: the report's and ours."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from typing import Any

from shapevae.estimates import Estimate, share_estimate
from shapevae.report.claims import SAMPLES, Evidence, Part
from shapevae.report.compare import Finding, Measure, share_difference, verdict
from shapevae.report.plan import ADJUSTED, GIVEN, MODELS, TITLES, VAE
from shapevae.reported import Count
from shapevae.table import FORMATS, markdown_table


def show(value: float, measure: Measure) -> str:
    """A value in the unit a reader expects."""
    if measure.unit == "share":
        return f"{100 * value:.1f} %"
    return f"{math.exp(value):.3g}" if measure.unit == "log" else f"{value:.2f} px"


def show_gain(gain: Estimate | None, measure: Measure) -> str:
    """A difference in the claimed direction, with its interval: points, a ratio (above 1 is a gain), or pixels."""
    if gain is None:
        return "-"
    formats = {
        "share": lambda x: f"{100 * x:+.1f}",
        "log": lambda x: f"× {math.exp(min(x, 50)):.2f}",
        "pixels": lambda x: f"{x:+.2f}",
    }
    one, unit = formats[measure.unit], {"share": " points", "log": "", "pixels": " px"}[measure.unit]
    ends = "" if gain.low is None or gain.high is None else f" [{one(gain.low)}, {one(gain.high)}]"
    return f"{one(gain.value)}{unit}{ends}"


def findings_table(parts: Iterable[Part]) -> str:
    """A row a comparison."""
    rows = ([part.says, f.what, *finding_cells(f), f.verdict] for part in parts for f in part.findings)
    head = ("statement", "comparison", "measure", "said to be better", "the other", "gain, 95 % interval", "verdict")
    return markdown_table(head, rows)


def finding_cells(finding: Finding) -> list[str]:
    """The measure, both means and the gain."""
    measure = finding.measure
    means = ["-" if sample is None else show(sample.mean, measure) for sample in (finding.better, finding.other)]
    return [measure.title, *means, show_gain(finding.gain, measure)]


def mean_and_spread(values: Sequence[float], form: str, scale: float = 1.0) -> str:
    """Mean ± standard deviation; the mean alone for one value, - for none."""
    if not values:
        return "-"
    mean = f"{scale * statistics.fmean(values):{form}}"
    return mean if len(values) == 1 else f"{mean} ± {scale * statistics.stdev(values):{form}}"


def given_and_ours(evidence: Evidence) -> dict[str, Any]:
    """The main table's figures: the report's, also on the other scale, and ours over the seeds, by figure."""
    vae, adjusted, pixels = GIVEN[VAE], GIVEN[ADJUSTED], evidence.scale.vae.model.image_size**2
    return {
        "given_vae": vae,
        "given_mean": vae.error / pixels,
        "given_adjusted": adjusted,
        "given_sum": adjusted.error * pixels,
        "ours_vae": _ours(evidence, VAE),
        "ours_adjusted": _ours(evidence, ADJUSTED),
    }


def _ours(evidence: Evidence, model: str) -> dict[str, str]:
    shown = {}
    for figure, (form, scale) in FORMATS.items():
        values = [value for run in evidence.of_seeds(model) if (value := run.figures.get(figure)) is not None]
        shown[figure] = mean_and_spread(values, form, scale)
    return shown


def counted_then() -> str:
    """The report's own counts with intervals, and whether they settle its claim (c)."""
    lines = []
    for images, better, other in (("test", VAE, ADJUSTED), ("random", ADJUSTED, VAE)):
        counts: dict[str, Count] = {model: getattr(GIVEN[model], images) for model in MODELS}
        shares = {TITLES[model]: share_estimate(*count) for model, count in counts.items()}
        intervals = "; ".join(f"{title} {100 * share.value:.1f} % {_percent(share)}" for title, share in shares.items())
        gain = share_difference(*counts[better], *counts[other])
        lines.append(
            f"- {images} images: {intervals}. That the {TITLES[better]} does better is, by these counts alone: "
            f"**{verdict(gain, SAMPLES.margin)}** ({100 * gain.value:+.0f} points {_percent(gain, '+')})."
        )
    return "\n".join(lines)


def _percent(estimate: Estimate, sign: str = "") -> str:
    return f"[{100 * (estimate.low or 0):{sign}.0f}, {100 * (estimate.high or 0):{sign}.0f}]"
