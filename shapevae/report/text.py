"""Numbers, tables and verdicts as Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from shapevae.estimates import Estimate
from shapevae.report.claims import Part
from shapevae.report.compare import CONTRADICTED, SUPPORTED, Finding, Measure, Sample, verdict


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def image(file: str, alt: str) -> str:
    """A Markdown picture of FILE.png."""
    return f"![{alt}]({file}.png)"


def show(value: float, measure: Measure) -> str:
    """A value in the unit a reader expects."""
    if measure.unit == "share":
        return f"{100 * value:.1f} %"
    return f"{math.exp(value):.3g}" if measure.unit == "log" else f"{value:.2f} px"


def show_sample(sample: Sample | None, measure: Measure) -> str:
    """The mean of a sample; - where there is none."""
    return "-" if sample is None else show(sample.mean, measure)


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
    head = ("statement", "comparison", "measure", "said to be better", "the other", "gain, 95 % interval", "verdict")
    return table(head, (_row(part, finding) for part in parts for finding in part.findings))


def _row(part: Part, finding: Finding) -> list[str]:
    measure = finding.measure
    values = [show_sample(sample, measure) for sample in (finding.better, finding.other)]
    return [part.says, finding.what, measure.title, *values, show_gain(finding.gain, measure), finding.verdict]


def winner(finding: Finding, better: str, other: str) -> str:
    """Who does better by more than chance and margin, in either direction."""
    gain = finding.gain
    if gain is not None and verdict(gain, finding.measure.margin) == SUPPORTED:
        return better
    if gain is not None and gain.low is not None and gain.high is not None:
        turned = Estimate(-gain.value, -gain.high, -gain.low)
        if verdict(turned, finding.measure.margin) == SUPPORTED:
            return other
        if CONTRADICTED == verdict(gain, finding.measure.margin) == verdict(turned, finding.measure.margin):
            return "equal"
    return "not settled"


def mean_and_spread(values: Sequence[float], digits: int, scale: float = 1.0) -> str:
    """Mean ± standard deviation; the mean alone for one value, - for none."""
    if not values:
        return "-"
    mean = scale * math.fsum(values) / len(values)
    if len(values) == 1:
        return f"{mean:.{digits}f}"
    spread = scale * math.sqrt(math.fsum((value - mean / scale) ** 2 for value in values) / (len(values) - 1))
    return f"{mean:.{digits}f} ± {spread:.{digits}f}"


def minutes(seconds: float) -> str:
    """A duration, rounded."""
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
