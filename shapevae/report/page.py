"""The page: every part of the report beside what was measured, every verdict made from the figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from shapevae.report.claims import EDGES, NOISY_ERROR, SAMPLES, Claim, Evidence, claims
from shapevae.report.compare import Finding
from shapevae.report.facts import counted_then, main_table, mean_picture_error, settings_table
from shapevae.report.pictures import Figure, figures
from shapevae.report.rates import MEASURES, Point, at_equal_rate, curve
from shapevae.report.readings import Reading, readings
from shapevae.report.runs import ADJUSTED, MODELS, TITLES, VAE
from shapevae.report.text import findings_table, image, minutes, show, show_gain, show_sample, table, winner


@dataclass(frozen=True)
class Making:
    """How the page was made, for its foot. seconds: of this command; threads: each training's, where known."""

    command: str
    seconds: float
    jobs: int
    cores: int
    torch: str
    system: str


def render(evidence: Evidence, counts: Mapping[str, int], truth_width: float, failed: Mapping[str, str], making: Making) -> str:
    """The whole page as Markdown. counts: distinguishable images by figure; truth_width: edge width of true shapes, pixels."""
    found, read = claims(evidence), readings(evidence)
    sections = [
        _opening(evidence),
        _in_short(found, read, evidence),
        _table(evidence),
        _figures(evidence, counts),
        *(_claim(claim, evidence, truth_width) for claim in found),
        _readings(read, evidence),
        _rates(evidence),
        _failed(failed),
        _foot(evidence, making),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _opening(evidence: Evidence) -> str:
    return f"""# The report, redone

In 2021 a course report (*AIML 425 Assignment 4, Variational Autoencoders*) trained two models on pictures of one rectangle, circle
or triangle each: a **VAE**, and an **adjusted VAE** whose codes are held to a Gaussian by Maximum Mean Discrepancy (MMD). Here is
all of it again, made by one command: its table, its figures and its claims, each beside what we measure, and then what it did not
have, the rate of the latent layer. Everything on this page is computed; a verdict is never written by hand.

How to read a verdict. A claim predicts a gain, a difference in a stated direction. **Supported**: the whole 95 % interval of the
gain is above zero, and the gain large enough to matter (2 points of a share, 5 % of an error, 0.1 pixel of an edge).
**Contradicted**: the interval lies below that size, so the gain is absent, negligible or of the other sign. **Not settled**: anything
else. **Supported in part**: some comparisons support the claim, others contradict it. Intervals are Student's t over {evidence.seeds}
seeds; a run made with one seed borrows the spread of its model's seeds, which is a guess where its settings differ much."""


def _in_short(found: list[Claim], read: list[Reading], evidence: Evidence) -> str:
    lines = []
    for claim in found:
        parts = "; ".join(f"{part.says}: {part.verdict}" for part in claim.parts)
        more = f" By part: {parts}." if len(claim.parts) > 1 else ""
        lines.append(f"- **({claim.letter})** {claim.says}: **{claim.verdict}**.{more}")
    other = [f"{reading.says}: {reading.smaller_is_worse.verdict}" for reading in read if reading.smaller_is_worse]
    lines.append(
        f"- Claim (d) under each reading of the report's variance. {'. '.join(text[0].upper() + text[1:] for text in other)}."
    )
    lines.append(f"- At equal rate, which the report could not compare: {_equal_rate_sentence(at_equal_rate(evidence))}")
    return "## In short\n\n" + "\n".join(lines)


def _table(evidence: Evidence) -> str:
    scale = evidence.scale
    size = scale.vae.model.image_size
    blank = mean_picture_error(scale.vae.shapes, min(scale.table_images, 2000))
    return f"""## Its table

{scale.vae.images:,} training pictures, {scale.vae.epochs} epochs. Ours: mean ± standard deviation over {evidence.seeds} seeds, each on
{scale.table_images:,} fresh test pictures and as many random images.

{main_table(evidence)}

**Errors.** The report gives one number a model, its "info loss (MSE)", and the two can't be on one scale: with pixels in [0, 1] a mean
over pixels is at most 1, so 12.022 is a sum over an image, and 0.048484 is all but surely a mean over pixels. In parentheses each is
carried to the other scale as if the report's pictures had our {size} × {size} pixels, which it does not say. We give both scales for
both models. For comparison, answering every picture with the mean picture costs {blank:.0f} an image.

**Distinguishable.** Then: counted by eye, 16 test and 25 random images a model, once. Now: a picture counts when it overlaps the nearest
true circle, rectangle or triangle by at least 90 % (soft intersection over union); a test image must also keep its kind. The report's
counts, with the intervals that so few images leave:

{chr(10).join(counted_then())}

**Runtime.** The report's machine is not known to us; ours is named at the foot. What the report leaves open, the presets choose:

{settings_table(scale.vae, scale.adjusted)}"""


def _figures(evidence: Evidence, counts: Mapping[str, int]) -> str:
    parts = [_figure(figure, counts) for figure in figures(evidence.scale)]
    text = "Test images are the first 16 of the test set, true ones on the left; random images are the first 25 of seed 0."
    return "\n\n".join(["## Its figures", f"{text} None is picked. All are of training seed 0.", *parts])


def _figure(figure: Figure, counts: Mapping[str, int]) -> str:
    what = f"{figure.total} {'random' if figure.random else 'test'} images"
    if figure.file not in counts:
        return f"**{figure.title}: {what}.** Its run failed."
    then = f"; the report counted {figure.counted}" if figure.counted else ""
    caption = f"**{figure.title}: {what}.** Distinguishable: {counts[figure.file]} of {figure.total}{then}."
    if figure.random:
        alt = f"{what} of the {figure.title}, {counts[figure.file]} of them distinguishable"
    else:
        alt = f"{what} beside their reconstructions by the {figure.title}, {counts[figure.file]} of them distinguishable"
    return f"{caption}\n\n{image(figure.file, alt)}"


def _claim(claim: Claim, evidence: Evidence, truth_width: float) -> str:
    notes = {"a": _note_a, "b": _note_b, "c": _note_c, "d": _note_d}
    head = f"## Claim ({claim.letter}): {claim.verdict}\n\nThe report: {claim.says}."
    return "\n\n".join([head, notes[claim.letter](evidence, truth_width), findings_table(claim.parts)])


def _note_a(evidence: Evidence, truth_width: float) -> str:
    alt = "Test and random images distinguishable over training pictures, epochs and latent dimensions, for both models"
    least = min(evidence.scale.sizes)
    return f"""The report does not separate pictures from steps: with fewer pictures an epoch is shorter. So {least:,} pictures were also
trained on for as many steps as the full set takes.

{image("claim-a", alt)}"""


def _note_b(evidence: Evidence, truth_width: float) -> str:
    alt = "Every seed of both models: squared error, distinguishable test and random images, and edge widths"
    return f"""Edge width: how many pixels brightness takes from 90 % to 10 % of its range across the outline of the nearest true shape, along
normals away from the corners, the median of a picture; less is sharper. True shapes have {truth_width:.2f} pixels, the pixel grid's own
blur. All pictures with a clear outline count, distinguishable or not.

{image("claims-b-c", alt)}"""


def _note_c(evidence: Evidence, truth_width: float) -> str:
    return "The same chart as for claim (b) shows every seed. The report's own counts are weighed under its table above."


def _note_d(evidence: Evidence, truth_width: float) -> str:
    noise = evidence.scale.adjusted.model.noise_variance
    alt = "Squared error an image of the adjusted model over v, under three readings of what v is"
    return f"""Judged here with our preset's reading: v is the prior's variance, the channel noise stays at σ² = {noise:g}. The other readings follow
below, and the chart shows all three.

{image("claim-d", alt)}"""


def _readings(read: list[Reading], evidence: Evidence) -> str:
    v = evidence.scale.v
    rows = []
    for reading in read:
        verdicts = [part.verdict if part else "not tried" for part in reading.parts]
        designed = "-" if reading.designed_rate is None else f"{reading.designed_rate:.1f}"
        rows.append(
            [
                reading.says,
                designed,
                *verdicts,
                f"{verdicts.count('supported')} of {len(verdicts) - verdicts.count('not tried')}",
            ]
        )
    head = ("reading", f"designed rate at v = {v:g}, bits", "(b) sharper", "(c) VAE reconstructs better")
    head = (*head, "(c) adjusted generates better", "(d) smaller v is worse", "claims reproduced")
    details = findings_table(part for r in read[1:] for part in r.parts if part)
    return f"""## What the report leaves open

It does not say what its "Gaussian noise of variance {v:g}" is, nor how large its pictures are. We tried these readings, each against the
VAE preset (with the same picture size):

{table(head, rows)}

Our networks take picture sizes that are multiples of 16, so 28 × 28 was not tried. With noise of variance v under a prior of the same
variance nothing would be left for the signal, hence 1 + v in the third reading.

<details><summary>The comparisons behind this table</summary>

{details}

</details>"""


def _rates(evidence: Evidence) -> str:
    equal = at_equal_rate(evidence)
    alts = {
        "rate-distortion": "Squared error of drawn codes over the rate in bits, one curve a model",
        "rate-quality": "Random images distinguishable over the rate in bits, one curve a model",
    }
    pictures = "\n\n".join(image(file, alt) for file, alt in alts.items())
    points = table(
        ("model", "setting", "rate, bits", "designed", "mutual information", *(m.title for m in MEASURES)),
        ([TITLES[model], *_point(point)] for model in MODELS for point in curve(evidence, model)),
    )
    return f"""## What the report did not have: the rate

The rate is E KL(q(z|x) ‖ p(z)), the bits an image that the latent layer costs, the same for both models; for the adjusted one it is
designed, d/2 · log₂(v/σ²), for the VAE learned. The VAE's moves with c, the adjusted model's with v and σ². Distortion is here the error
of a drawn code, z = g(x) + s(x) ε, since that is the code the rate is paid for.

{pictures}

At equal rate: {_equal_rate_sentence(equal)} Values between two runs are interpolated.

{_equal_rate_table(equal)}

<details><summary>The runs of these curves</summary>

{points}

</details>"""


def _point(point: Point) -> list[str]:
    numbers = [f"{point.rate:.2f}", *("-" if x is None else f"{x:.2f}" for x in (point.designed, point.information))]
    return [point.setting, *numbers, *(show(point.samples[m.figure].mean, m) for m in MEASURES)]


def _equal_rate_table(equal: Mapping[float, list[Finding]]) -> str:
    if not equal:
        return ""
    head = ("rate, bits", "measure", "adjusted VAE", "VAE", "gain of the adjusted VAE, 95 % interval", "better")
    return table(
        head,
        (
            [f"{rate:g}", f.measure.title, show_sample(f.better, f.measure), show_sample(f.other, f.measure)]
            + [show_gain(f.gain, f.measure), winner(f, TITLES[ADJUSTED], TITLES[VAE])]
            for rate, findings in equal.items()
            for f in findings
        ),
    )


def _equal_rate_sentence(equal: Mapping[float, list[Finding]]) -> str:
    """Who does better at how many of the rates, for each measure."""
    if not equal:
        return "the two curves share no range of rates, so nothing can be compared."
    sentences = []
    for index, what in enumerate(("reconstructs with less error", "makes more distinguishable random images")):
        tally = Counter(winner(findings[index], TITLES[ADJUSTED], TITLES[VAE]) for findings in equal.values())
        sides = ", ".join(f"{name} at {count}" for name, count in tally.items() if name in TITLES.values())
        rest = ", ".join(f"{name} at {count}" for name, count in tally.items() if name not in TITLES.values())
        sentences.append(f"who {what}: {', '.join(part for part in (sides, rest) if part)} of {len(equal)} rates")
    return "; ".join(sentences) + "."


def _failed(failed: Mapping[str, str]) -> str:
    if not failed:
        return ""
    lines = [f"- {name} ({reason.partition(':')[0]})" for name, reason in failed.items()]
    return "## Runs that failed\n\nTheir figures are missing above; the same command tries them again.\n\n" + "\n".join(lines)


def _foot(evidence: Evidence, making: Making) -> str:
    results = {result.folder: result for result in evidence.results.values()}.values()
    training = sum(result.figures.get("train_seconds") or 0 for result in results)
    threads = " or ".join(map(str, sorted({result.figures.get("threads", 0) for result in results}))) or "no"
    scale = evidence.scale
    return f"""---

Made by `{making.command}`. Seeds 0 to {evidence.seeds - 1} for the table, 0 elsewhere. {len(results)} runs, {minutes(training)} of
training in all, on {threads} thread(s) each; this command took {minutes(making.seconds)}, with finished runs reused and {making.jobs} at a
time. {scale.table_images:,} test pictures a run in the table, {scale.sweep_images:,} elsewhere. Machine: {making.cores} cores,
{making.system}; torch {making.torch}."""
