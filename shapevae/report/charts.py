"""The charts of the page, by matplotlib, which nothing else needs; it comes with the extra [report]."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from shapevae.bounds import ideal_curve
from shapevae.config import ShapeConfig
from shapevae.errors import RunError
from shapevae.estimates import Estimate
from shapevae.files import write_whole
from shapevae.information import BITS
from shapevae.report.claims import EDGES, ERROR, NOISY_ERROR, RECONSTRUCTIONS, SAMPLES, Evidence
from shapevae.report.compare import Measure, Sample
from shapevae.report.plan import ADJUSTED, CHANNEL, MODELS, NOISE, TITLES, UNIT, VAE, reading_name
from shapevae.report.rates import Point, curve

INK, FAINT, GREY = "#333333", "#dddddd", "#888888"
LOOKS: dict[str, dict[str, Any]] = {
    VAE: {"color": "#4f46e5", "marker": "o", "label": TITLES[VAE]},
    ADJUSTED: {"color": "#c2410c", "marker": "s", "label": TITLES[ADJUSTED]},
    CHANNEL: {"color": "#c2410c", "marker": "s", "label": "v: prior, our σ²"},
    UNIT: {"color": INK, "marker": "^", "linestyle": "--", "label": "v: prior, σ² = 1"},
    NOISE: {"color": INK, "marker": "D", "linestyle": ":", "label": "v: channel noise"},
}


def require_matplotlib() -> None:
    """Raises RunError, with what to do, where matplotlib is not installed."""
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError:
        raise RunError('`shapevae report` draws charts with matplotlib: pip install "shapevae[report]"') from None


def write_charts(out: Path, evidence: Evidence) -> None:
    """Write every chart of the page into `out`, as PNG."""
    _sweeps_chart(out / "claim-a.png", evidence)
    _seeds_chart(out / "claims-b-c.png", evidence)
    _readings_chart(out / "claim-d.png", evidence)
    _rate_chart(out / "rate-distortion.png", evidence, NOISY_ERROR)
    _rate_chart(out / "rate-quality.png", evidence, SAMPLES)


def _sweeps_chart(file: Path, evidence: Evidence) -> None:
    """Claim (a): both counts of both models over training pictures, epochs and latent dimensions."""
    figure, axes = _figure(2, 3, (10, 5.6))
    scale, presets = evidence.scale, {model: evidence.scale.preset(model) for model in MODELS}
    sweeps = {
        "images": ("training pictures", scale.sizes, {model: preset.images for model, preset in presets.items()}),
        "epochs": ("epochs", scale.epochs, {model: preset.epochs for model, preset in presets.items()}),
        "dims": ("latent dimensions", scale.latent_dims, {m: preset.model.latent_dim for m, preset in presets.items()}),
    }
    for column, (key, (label, tried, usual)) in enumerate(sweeps.items()):
        for row, measure in enumerate((RECONSTRUCTIONS, SAMPLES)):
            axis = axes[row][column]
            for model in MODELS:
                points = [(x, evidence.single(f"{model} {key} {x}", measure)) for x in sorted({*tried, usual[model]})]
                _line(axis, points, measure, LOOKS[model])
            _log_ticks(axis, sorted({*tried, *usual.values()}))
            axis.set_ylim(-3, 103)
            axis.set_xlabel(label if row else "")
            axis.set_ylabel(_axis_title(measure) if column == 0 else "")
    _finish(figure, axes[0][0], file)


def _seeds_chart(file: Path, evidence: Evidence) -> None:
    """Claims (b) and (c): every seed of both models, with the mean and its interval."""
    measures = (ERROR, RECONSTRUCTIONS, SAMPLES, *EDGES)
    figure, axes = _figure(1, len(measures), (11, 3.4))
    for axis, measure in zip(axes[0], measures, strict=True):
        for place, model in enumerate(MODELS):
            sample, colour = evidence.over_seeds(model, measure), LOOKS[model]["color"]
            if sample:
                values = [_shown(value, measure) for value in sample.values]
                axis.plot([place] * len(values), values, LOOKS[model]["marker"], color=colour, alpha=0.5, mec="none")
                mean, below, above = _bar(sample.estimate(), measure)
                axis.errorbar([place + 0.25], [mean], [[below], [above]], fmt="_", color=colour, capsize=4)
        axis.set_xlim(-0.5, 1.6)
        axis.set_xticks([0, 1], ["VAE", "adjusted"])
        axis.set_title(_axis_title(measure).replace(" images", "\nimages"), fontsize=8)
    _finish(figure, None, file)


def _readings_chart(file: Path, evidence: Evidence) -> None:
    """Claim (d): the squared error over v under each reading."""
    figure, axes = _figure(1, 1, (6, 4))
    tried = sorted({*evidence.scale.variances, evidence.scale.v})
    for reading in (CHANNEL, UNIT, NOISE):
        points = [(v, evidence.single(reading_name(reading, v), ERROR)) for v in tried]
        _line(axes[0][0], points, ERROR, LOOKS[reading])
    _log_ticks(axes[0][0], tried)
    axes[0][0].set_yscale("log")
    axes[0][0].set_xlabel("v")
    axes[0][0].set_ylabel(_axis_title(ERROR))
    _finish(figure, axes[0][0], file)


def _rate_chart(file: Path, evidence: Evidence, measure: Measure) -> None:
    """A measure of both models over the rate; settings are written beside the points."""
    figure, axes = _figure(1, 1, (7.5, 4.8))
    for model in MODELS:
        points = curve(evidence, model)
        pairs = [(point.rate, point.samples[measure.figure]) for point in points]
        _line(axes[0][0], pairs, measure, LOOKS[model])
        _annotate(axes[0][0], points, measure, model)
    if measure is NOISY_ERROR:
        axes[0][0].set_yscale("log")
        _ideal_curve(axes[0][0], evidence.scale.vae.shapes)
    else:
        axes[0][0].set_ylim(-3, 103)
    axes[0][0].set_xlabel("rate, bits an image")
    axes[0][0].set_ylabel(_axis_title(measure))
    _finish(figure, axes[0][0], file)


def _ideal_curve(axis: Any, shapes: ShapeConfig) -> None:
    """The ideal coder's rate over the axis' range of errors, and beyond its formula the least rate that is known to do."""
    low, high = axis.get_ylim()
    with suppress(ValueError):  # pictures that it does not cover
        for part, style, label in zip(ideal_curve(shapes, low, high), ("-", "--"), ("ideal coder", "at most"), strict=True):
            rates, errors = [point.rate * BITS for point in part], [point.distortion for point in part]
            axis.plot(rates, errors, style, color=GREY, label=label)
    axis.set_ylim(low, high)


def _annotate(axis: Any, points: Sequence[Point], measure: Measure, model: str) -> None:
    """What was varied: right above the points for one model, left below for the other."""
    offset, align, side = ((-5, -5), "top", "right") if model == VAE else ((5, 5), "bottom", "left")
    for point in points:
        at = (point.rate, _shown(point.samples[measure.figure].mean, measure))
        text = point.setting.partition(",")[0]
        look = {"fontsize": 7, "color": LOOKS[model]["color"], "ha": side, "va": align}
        axis.annotate(text, at, xytext=offset, textcoords="offset points", **look)


def _figure(rows: int, columns: int, size: tuple[float, float]) -> tuple[Any, list[list[Any]]]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).tolist()
    for axis in (axis for row in axes for axis in row):
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(color=FAINT, linewidth=0.6)
        axis.set_axisbelow(True)
        axis.tick_params(labelsize=8)
    return figure, axes


def _line(axis: Any, points: Sequence[tuple[float, Sample | None]], measure: Measure, look: dict[str, Any]) -> None:
    """Means joined by a line, each with its 95 % interval over seeds."""
    known = [(x, _bar(sample.estimate(), measure)) for x, sample in points if sample]
    if known:
        y, below, above = zip(*(bar for _, bar in known), strict=True)
        axis.errorbar([x for x, _ in known], y, [below, above], elinewidth=0.8, markersize=5, capsize=2, **look)


def _bar(estimate: Estimate, measure: Measure) -> tuple[float, float, float]:
    """Value, and how far the interval reaches below and above, in the unit shown; shares stay within 0 and 100 %."""
    ends = (estimate.value if end is None else end for end in (estimate.low, estimate.high))
    low, high = (min(max(end, 0), 1) if measure.unit == "share" else end for end in ends)
    value, low, high = (_shown(part, measure) for part in (estimate.value, low, high))
    return value, max(value - low, 0), max(high - value, 0)


def _shown(value: float, measure: Measure) -> float:
    return math.exp(value) if measure.unit == "log" else 100 * value if measure.unit == "share" else value


def _axis_title(measure: Measure) -> str:
    return measure.title + {"share": ", %", "pixels": ", pixels", "log": ""}[measure.unit]


def _log_ticks(axis: Any, values: Sequence[float]) -> None:
    axis.set_xscale("log")
    axis.set_xticks(values, [f"{value:,g}" for value in values])
    axis.minorticks_off()


def _finish(figure: Any, legend: Any, file: Path) -> None:
    if legend is not None and legend.get_legend_handles_labels()[0]:
        legend.legend(fontsize=8, frameon=False)
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=110, metadata={"Software": None})
    write_whole(file, stream.getvalue())
