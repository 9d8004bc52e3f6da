"""The page: every part of the report beside what was measured, every verdict made from the figures."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass

import torch

from shapevae.judge import DISTINGUISHABLE
from shapevae.report.claims import EDGES, ERROR, SAMPLES, Claim, Evidence, claims
from shapevae.report.pictures import Figure, figures
from shapevae.report.rates import at_equal_rate
from shapevae.report.readings import Reading, readings
from shapevae.report.sections import claim_section, equal_rate_sentence, rates_section, readings_section
from shapevae.report.tables import counted_then, main_table, mean_picture_error, settings_table
from shapevae.report.text import image, minutes


@dataclass(frozen=True)
class Making:
    """How the page was made, for its foot; seconds are those of the command; way is how many runs at a time, or where."""

    command: str
    seconds: float
    way: str


def render(evidence: Evidence, counts: Mapping[str, int], true_width: float, failed: Mapping[str, str], making: Making) -> str:
    """The whole page as Markdown. counts: distinguishable images by figure; true_width: edge width of true shapes, pixels."""
    found, read = claims(evidence), readings(evidence)
    sections = [
        _opening(evidence),
        _in_short(found, read, evidence),
        _table(evidence),
        _figures(evidence, counts),
        *(claim_section(claim, evidence, true_width) for claim in found),
        readings_section(read, evidence),
        rates_section(evidence),
        _failed(failed),
        _foot(evidence, making),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _opening(evidence: Evidence) -> str:
    return f"""# The report, redone

In 2021 a course report (*AIML 425 Assignment 4, Variational Autoencoders*) trained two models on pictures of one rectangle,
circle or triangle each: a **VAE**, and an **adjusted VAE**, whose codes are held to a Gaussian by Maximum Mean Discrepancy
(MMD). Here is all of it again, made by one command: its table, its figures and its claims, each beside what we measure, and
then what it did not have, the rate of the latent layer. The report is given in our words. Every verdict is computed.

How to read a verdict. A claim predicts a gain: a difference in the direction it states.

- **supported**: the gain's whole 95 % interval is above zero, and the gain is large enough to matter ({100 * SAMPLES.margin:g}
  points of a share, a factor of {1 + round(ERROR.margin, 2):g} of an error, {EDGES[0].margin:g} pixels of an edge);
- **contradicted**: the interval lies below that size, so the gain is absent, negligible or of the other sign;
- **not settled**: neither; **supported in part**: some comparisons support the claim, others contradict it.

Intervals are Student's t over {evidence.seeds} seeds. A setting that was run once borrows the spread of its model's seeds,
which is a guess where the two differ much."""


def _in_short(found: list[Claim], read: list[Reading], evidence: Evidence) -> str:
    lines = []
    for claim in found:
        lines.append(f"- **({claim.letter})** {claim.says}: **{claim.verdict}**.")
        if len(claim.parts) > 1:
            lines += [f"  - {part.says}: {part.verdict}" for part in claim.parts]
    lines.append("- Claim (d) under each reading of the report's variance:")
    lines += [f"  - {reading.says}: {reading.smaller_is_worse.verdict}" for reading in read if reading.smaller_is_worse]
    lines.append(f"- At equal rate, which the report could not compare: {equal_rate_sentence(at_equal_rate(evidence))}")
    return "\n".join(["## In short\n", *lines])


def _table(evidence: Evidence) -> str:
    scale = evidence.scale
    size = scale.vae.model.image_size
    blank = mean_picture_error(scale.vae.shapes, min(scale.table_images, 2000))
    counted = "\n".join(counted_then())
    return f"""## Its table

{scale.vae.images:,} training pictures, {scale.vae.epochs} epochs. Ours: mean ± standard deviation over {evidence.seeds} seeds,
each on {scale.table_images:,} fresh test pictures and as many random images.

{main_table(evidence)}

**Errors.** The report gives one number a model, its "info loss (MSE)", and the two can't be on one scale: with pixels in
[0, 1] a mean over pixels is at most 1, so 12.022 is a sum over an image, while 0.048484 is all but surely a mean over pixels.
In parentheses each is carried to the other scale as if the report's pictures had our {size} × {size} pixels, which it does not
say. We give both scales for both models. Answering every picture with the mean picture would cost {blank:.0f} an image.

**Distinguishable.** Then: counted by eye, once, over 16 test and 25 random images a model. Now: a picture counts when it
overlaps the nearest true circle, rectangle or triangle by {100 * DISTINGUISHABLE:.0f} % (soft intersection over union), and a
test image must keep its kind too. The report's counts, with the intervals that so few images leave:

{counted}

**Runtime.** We do not know the report's machine; ours is named at the foot.

What the report does not name, the presets choose:

{settings_table(scale.vae, scale.adjusted)}"""


def _figures(evidence: Evidence, counts: Mapping[str, int]) -> str:
    text = """## Its figures

Test images are the first 16 of the test set, the true ones on the left and their reconstructions on the right; random images
are the first 25 of one seed. Nothing is picked out; all are of training seed 0."""
    return "\n\n".join([text, *(_figure(figure, counts) for figure in figures(evidence.scale))])


def _figure(figure: Figure, counts: Mapping[str, int]) -> str:
    what = f"{figure.total} {'random' if figure.random else 'test'} images"
    head = f"**{figure.title}: {what}.**"
    if figure.file not in counts:
        return f"{head} Its run failed."
    count = f"{counts[figure.file]} of {figure.total}"
    then = f"; the report counted {figure.counted}" if figure.counted else ""
    drawn = what if figure.random else f"{what} beside their reconstructions"
    alt = f"{drawn}, {figure.title}: {count} distinguishable"
    return f"{head} Distinguishable: {count}{then}.\n\n{image(figure.file, alt)}"


def _failed(failed: Mapping[str, str]) -> str:
    if not failed:
        return ""
    lines = [f"- {name} ({reason.partition(':')[0]})" for name, reason in failed.items()]
    return "## Runs that failed\n\nTheir figures are missing above; the same command tries them again.\n\n" + "\n".join(lines)


def _foot(evidence: Evidence, making: Making) -> str:
    results = {result.folder: result for result in evidence.results.values()}.values()
    training = sum(result.figures.get("train_seconds") or 0 for result in results)
    threads = " or ".join(sorted({str(result.figures.get("threads")) for result in results}))
    scale = evidence.scale
    return f"""---

Made by `{making.command}`. Seeds 0 to {evidence.seeds - 1} for the table, 0 elsewhere; {scale.table_images:,} test pictures a
run for the table, {scale.sweep_images:,} elsewhere. {len(results)} runs, {minutes(training)} of training in all, torch threads
a run: {threads or "-"}. The command took {minutes(making.seconds)}, {making.way}, finished runs reused. Machine:
{os.cpu_count()} cores, {platform.system()} {platform.machine()}; torch {torch.__version__}."""
