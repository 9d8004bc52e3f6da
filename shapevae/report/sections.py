"""The sections on the claims, on the readings of the report, and on the rate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from shapevae.report.claims import Claim, Evidence
from shapevae.report.compare import SUPPORTED, Finding
from shapevae.report.plan import ADJUSTED, MODELS, TITLES, VAE
from shapevae.report.rates import MEASURES, Point, at_equal_rate, curve
from shapevae.report.readings import Reading
from shapevae.report.text import findings_table, image, show, show_gain, show_sample, table, winner

_NOT_TRIED = "not tried"


def claim_section(claim: Claim, evidence: Evidence, true_width: float) -> str:
    """A claim, what it is measured by, its chart and all comparisons."""
    head = f"## Claim ({claim.letter}): {claim.verdict}\n\nThe report: {claim.says}."
    note = {"a": _note_a, "b": _note_b, "c": _note_c, "d": _note_d}[claim.letter](evidence, true_width)
    return "\n\n".join([head, note, findings_table(claim.parts)])


def _note_a(evidence: Evidence, _: float) -> str:
    alt = "Test and random images distinguishable over training pictures, epochs and latent dimensions, for both models"
    return f"""The report does not separate pictures from steps: with fewer pictures an epoch is shorter. So
{min(evidence.scale.sizes):,} pictures were also trained on for as many steps as the full set takes.

{image("claim-a", alt)}"""


def _note_b(_: Evidence, true_width: float) -> str:
    alt = "Every seed of both models: squared error, distinguishable test and random images, and edge widths"
    return f"""Edge width: over how many pixels brightness goes from 90 % to 10 % of its range across the outline of the nearest
true shape, along normals away from the corners, the median of a picture; less is sharper. True shapes have {true_width:.2f}
pixels, the pixel grid's own blur. All pictures with a clear outline count, distinguishable or not.

{image("claims-b-c", alt)}"""


def _note_c(_: Evidence, __: float) -> str:
    return "The chart of claim (b) shows every seed. The report's own counts are weighed below its table."


def _note_d(evidence: Evidence, _: float) -> str:
    noise = evidence.scale.adjusted.model.noise_variance
    return f"""Judged under our preset's reading: v is the prior's variance, and the channel noise stays at σ² = {noise:g}. The
chart shows the other readings too, which the next section compares.

{image("claim-d", "Squared error an image of the adjusted model over v, under three readings of what v is")}"""


def readings_section(read: list[Reading], evidence: Evidence) -> str:
    """Which claims each reading reproduces."""
    v = evidence.scale.v
    head = ["reading", f"designed rate at v = {v:g}, bits", "(b) sharper", "(c) VAE reconstructs better"]
    head += ["(c) adjusted generates better", "(d) smaller v is worse", "supported"]
    details = findings_table(part for reading in read[1:] for part in reading.parts if part)
    return f"""## What the report leaves open

It does not say what its "Gaussian noise of variance {v:g}" is, nor how large its pictures are. These readings were tried, each
against the VAE of the same picture size:

{table(head, map(_reading_row, read))}

{_most_reproduced(read)}

Our networks take picture sizes that are multiples of 16, so 28 × 28 was not tried. Under a prior of the same variance a noise
of variance v would leave nothing for the signal, hence 1 + v in the reading of v as noise.

<details><summary>The comparisons behind this table</summary>

{details}

</details>"""


def _reading_row(reading: Reading) -> list[str]:
    verdicts = [part.verdict if part else _NOT_TRIED for part in reading.parts]
    designed = "-" if reading.designed_rate is None else f"{reading.designed_rate:.1f}"
    tried = len(verdicts) - verdicts.count(_NOT_TRIED)
    return [reading.says, designed, *verdicts, f"{verdicts.count(SUPPORTED)} of {tried}"]


def _most_reproduced(read: list[Reading]) -> str:
    """The readings that support the most claims, in a sentence."""
    counts = {reading.says: sum(part is not None and part.verdict == SUPPORTED for part in reading.parts) for reading in read}
    most = max(counts.values())
    if most == 0:
        return "None of them reproduces any of these claims."
    best = [f"“{says}”" for says, count in counts.items() if count == most]
    return f"Most claims, {most}, are reproduced by {' and by '.join(best)}."


def rates_section(evidence: Evidence) -> str:
    """Rate, distortion and sample quality of both models, and the two at equal rate."""
    equal = at_equal_rate(evidence)
    points = table(
        ("model", "setting", "rate, bits", "designed", "mutual information", *(m.title for m in MEASURES)),
        ([TITLES[model], *_point(point)] for model in MODELS for point in curve(evidence, model)),
    )
    return f"""## What the report did not have: the rate

The rate is E KL(q(z|x) ‖ p(z)), what the latent layer costs in bits an image, and it means the same for both models: the
adjusted one has it by design, d/2 · log₂(v/σ²) where its codes fit the prior, the VAE learns it. It moves with c in the VAE,
with v/σ² in the adjusted model, here with v alone. The error is that of a drawn code, z = g(x) + s(x) ε, which the rate pays
for.

{image("rate-distortion", "Squared error of drawn codes over the rate in bits, a curve for each model")}

{image("rate-quality", "Random images distinguishable over the rate in bits, a curve for each model")}

At equal rate: {equal_rate_sentence(equal)} Values between two runs are interpolated.

{_equal_rate_table(equal)}

<details><summary>The runs of these curves</summary>

{points}

</details>"""


def _point(point: Point) -> list[str]:
    numbers = [f"{point.rate:.2f}", *("-" if x is None else f"{x:.2f}" for x in (point.designed, point.information))]
    return [point.setting, *numbers, *(show(point.samples[m.figure].mean, m) for m in MEASURES)]


def _equal_rate_table(equal: Mapping[float, list[Finding]]) -> str:
    head = ("rate, bits", "measure", "adjusted VAE", "VAE", "gain of the adjusted VAE, 95 % interval", "better")
    rows = [_equal_rate_row(rate, finding) for rate, findings in equal.items() for finding in findings]
    return table(head, rows) if rows else ""


def _equal_rate_row(rate: float, finding: Finding) -> list[str]:
    measure = finding.measure
    values = [show_sample(sample, measure) for sample in (finding.better, finding.other)]
    return [f"{rate:g}", measure.title, *values, show_gain(finding.gain, measure), _winner(finding)]


def equal_rate_sentence(equal: Mapping[float, list[Finding]]) -> str:
    """Who does better at how many of the rates, for each measure."""
    if not equal:
        return "the two curves share no range of rates, so there is nothing to compare."
    sentences = []
    for index, what in enumerate(("less error", "more distinguishable random images")):
        tally = Counter(_winner(findings[index]) for findings in equal.values())
        sentences.append(f"{what}: " + ", ".join(f"{who} at {count}" for who, count in tally.items()))
    return f"{'; '.join(sentences)} (of {len(equal)} rates, {min(equal):g} to {max(equal):g} bits)."


def _winner(finding: Finding) -> str:
    return winner(finding, TITLES[ADJUSTED], TITLES[VAE])
