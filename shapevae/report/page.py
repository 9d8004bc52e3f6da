"""The page, page.md filled in: what matters first, every comparison folded below, every verdict made from the figures."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shapevae.figures import where_bits_go
from shapevae.judge import DISTINGUISHABLE
from shapevae.report.claims import EDGES, ERROR, SAMPLES, Claim, Evidence, Part, Reading, claims, readings
from shapevae.report.compare import CONTRADICTED, NO_DIFFERENCE, SUPPORTED, Finding
from shapevae.report.pictures import RANDOM_IMAGES, TEST_IMAGES, Figure, figures
from shapevae.report.plan import ADJUSTED, MODELS, TITLES, VAE
from shapevae.report.rates import MEASURES, Point, at_equal_rate, curve, mean_excess
from shapevae.report.tables import counted_then, finding_cells, findings_table, given_and_ours, show, show_gain
from shapevae.table import markdown_table

TEMPLATE = Path(__file__).with_suffix(".md")


@dataclass(frozen=True)
class Measured:
    """What the page says besides the evidence.

    counts: distinguishable images by figure. edge_width: of true shapes, pixels. mean_picture: squared error an image of
    answering every picture with their mean. failed: why runs failed, by name. command, minutes, machine: what made the page.
    """

    counts: Mapping[str, int]
    edge_width: float
    mean_picture: float
    failed: Mapping[str, str]
    command: str
    minutes: float
    machine: str


def render(evidence: Evidence, measured: Measured) -> str:
    """The whole page as Markdown."""
    found, read, equal = claims(evidence), readings(evidence), at_equal_rate(evidence)
    return TEMPLATE.read_text(encoding="utf-8").format(
        **_what_was_run(evidence),
        **given_and_ours(evidence),
        measured=measured,
        margins=f"{100 * SAMPLES.margin:g} points of a share, {100 * math.expm1(ERROR.margin):.0f} % of an error, "
        f"{EDGES[0].margin:g} pixels of an edge",
        no_difference=NO_DIFFERENCE,
        distinguishable=DISTINGUISHABLE,
        in_short=_in_short(found, read),
        counted=counted_then(),
        test_images=TEST_IMAGES,
        random_images=RANDOM_IMAGES,
        figures="\n\n".join(_figure(figure, measured.counts.get(figure.file)) for figure in figures(evidence.scale)),
        claims={claim.letter: claim for claim in found},
        findings={claim.letter: findings_table(claim.parts) for claim in found},
        readings=_readings(read, evidence.scale.v),
        reading_findings=findings_table(part for reading in read[1:] for part in reading.parts),
        equal_rate=_equal_rate(equal),
        beyond_ideal="; ".join(where_bits_go(TITLES[model], mean_excess(evidence, model)) for model in MODELS),
        equal_rate_table=_equal_rate_table(equal),
        curves=_curves(evidence),
        failed=_failed(measured.failed),
    )


def _what_was_run(evidence: Evidence) -> dict[str, Any]:
    """The plan, and sums over the distinct runs."""
    scale = evidence.scale
    runs = {result.folder: result.figures for result in evidence.results.values()}.values()
    return {
        "scale": scale,
        "vae": scale.vae,
        "adjusted": scale.adjusted,
        "least": min(scale.sizes),
        "seeds": evidence.seeds,
        "last_seed": evidence.seeds - 1,
        "runs": len(runs),
        "training": sum(figures.get("train_seconds") or 0 for figures in runs) / 60,
        "threads": " or ".join(sorted({str(figures.get("threads")) for figures in runs})) or "-",
    }


def _in_short(found: Iterable[Claim], read: Iterable[Reading]) -> str:
    lines = []
    for claim in found:
        lines.append(f"- **({claim.letter})** {claim.says}: **{claim.verdict}**.")
        lines += [f"  - {part.says}: {part.verdict} ({_how_sure(part)})" for part in claim.parts]
    others = [reading for reading in read if len(reading.parts) == 4][1:]
    lines += [f"  - the same, if {reading.says}: {reading.parts[3].verdict}" for reading in others]
    return "\n".join(lines)


def _how_sure(part: Part) -> str:
    """The gains with their intervals, or, of more than three comparisons, how many say what."""
    findings = part.findings
    if len(findings) > 3:
        counts = Counter(finding.verdict for finding in findings)
        return f"{len(findings)} comparisons: " + ", ".join(f"{count} {says}" for says, count in counts.items())
    settings = len({finding.what for finding in findings}) > 1
    return "; ".join(f"{f.what if settings else f.measure.title}: {show_gain(f.gain, f.measure)}" for f in findings)


def _figure(figure: Figure, count: int | None) -> str:
    what = f"{figure.total} {'random' if figure.random else 'test'} images"
    head = f"**{figure.title}: {what}.**"
    if count is None:
        return f"{head} Its run failed."
    then = f"; the report counted {figure.counted}" if figure.counted else ""
    drawn = what if figure.random else f"{what} beside their reconstructions"
    alt = f"{drawn}, {figure.title}: {count} of {figure.total} distinguishable"
    return f"{head} Distinguishable: {count} of {figure.total}{then}.\n\n![{alt}]({figure.file}.png)"


def _readings(read: Iterable[Reading], v: float) -> str:
    """Which claims each reading reproduces."""
    head = ["reading", f"designed rate at v = {v:g}, bits", "(b) sharper", "(c) VAE reconstructs better"]
    head += ["(c) adjusted generates better", "(d) smaller v is worse", "supported"]
    rows = []
    for reading in read:
        verdicts = [part.verdict for part in reading.parts]
        designed = "-" if reading.designed_rate is None else f"{reading.designed_rate:.1f}"
        not_tried = ["not tried"] * (4 - len(verdicts))
        rows.append([reading.says, designed, *verdicts, *not_tried, f"{verdicts.count(SUPPORTED)} of {len(verdicts)}"])
    return markdown_table(head, rows)


def _equal_rate(equal: Mapping[float, list[Finding]]) -> str:
    """Who does better at how many of the rates, for each measure."""
    if not equal:
        return "there is nothing to compare: the two curves share no range of rates."
    sentences = []
    for index, what in enumerate(("less error", "more distinguishable random images")):
        counts = Counter(_better(findings[index]) for findings in equal.values())
        sentences.append(f"{what}: " + ", ".join(f"{who} at {count}" for who, count in counts.items()))
    return f"{'; '.join(sentences)} (of {len(equal)} rates, {min(equal):g} to {max(equal):g} bits)."


def _equal_rate_table(equal: Mapping[float, list[Finding]]) -> str:
    head = ("rate, bits", "measure", "adjusted VAE", "VAE", "gain of the adjusted VAE, 95 % interval", "better")
    rows = [[f"{rate:g}", *finding_cells(f), _better(f)] for rate, findings in equal.items() for f in findings]
    return markdown_table(head, rows) if rows else ""


def _better(finding: Finding) -> str:
    """Who does better in a comparison of the adjusted model with the VAE; else that neither does, or that it is not settled."""
    return {SUPPORTED: TITLES[ADJUSTED], CONTRADICTED: TITLES[VAE]}.get(finding.verdict, finding.verdict)


def _curves(evidence: Evidence) -> str:
    head = ("model", "setting", "rate, bits", "designed", "mutual information", *(measure.title for measure in MEASURES))
    return markdown_table(head, ([TITLES[m], *_point(point)] for m in MODELS for point in curve(evidence, m)))


def _point(point: Point) -> list[str]:
    numbers = [f"{point.rate:.2f}", *("-" if x is None else f"{x:.2f}" for x in (point.designed, point.information))]
    return [point.setting, *numbers, *(show(point.samples[m.figure].mean, m) for m in MEASURES)]


def _failed(failed: Mapping[str, str]) -> str:
    if not failed:
        return ""
    lines = [f"- {name} ({reason.partition(':')[0]})\n" for name, reason in failed.items()]
    return f"## Runs that failed\n\nTheir figures are missing above; the same command tries them again.\n\n{''.join(lines)}\n"
