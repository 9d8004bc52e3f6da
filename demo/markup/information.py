"""What the latent layers carry, in words, figures and formulas."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from demo.markup.cards import model_card
from demo.markup.charts import Axis, Line, Point, axis, chart
from demo.markup.elements import bars, cards
from demo.views.results import NAMES
from shapevae.config import PRESETS, ModelConfig, ShapeConfig
from shapevae.figures import where_bits_go
from shapevae.ideal import degrees_of_freedom
from shapevae.information import BITS, designed_rate

Metrics = Mapping[str, Any]

_ERROR = "noisy_squared_error"
_IDEAL = ((PRESETS["vae"].shapes, "rotated", "now"), (PRESETS["report-vae"].shapes, "upright", "soft"))
_DRAWN = (None, *(shapes for shapes, *_ in _IDEAL))  # None: of a model that is no preset


def _bits(value: float | None) -> str:
    return "not finite" if value is None else f"{value:.1f} bits"


def _parts(metrics: Metrics) -> tuple[float | None, float | None, float | None]:
    """Rate, mutual information and marginal KL, in bits."""
    rate, about, mismatch = (metrics.get(f"{key}_bits") for key in ("rate", "mutual_information", "marginal_kl"))
    return rate, about, mismatch


def rate_bars(metrics: Mapping[str, Metrics]) -> str:
    """The rates of all models on one axis of bits: what is about the picture, then the mismatch."""
    parts = {name: _parts(values) for name, values in metrics.items()}
    known = {
        name: (about, mismatch) for name, (_, about, mismatch) in parts.items() if about is not None and mismatch is not None
    }
    if not known:
        return "<p>Without noise in the code no rate is finite.</p>"
    across = Axis("bits", 0, max(1.3 * max(sum(pair) for pair in known.values()), 1))
    rows = "".join(_rate_bar(name, across, *pair) for name, pair in known.items())
    ticks = "".join(f'<span style="left:{across.place(tick, 100):.1f}%">{tick:g}</span>' for tick in across.ticks())
    keys = '<p class="keys"><span><i></i>about the picture</span> <span><i class="mismatch"></i>mismatch</span></p>'
    return f'<div class="rate-bars">{rows}<div class="ticks" aria-hidden="true">{ticks}</div>{keys}</div>'


def _rate_bar(name: str, across: Axis, about: float, mismatch: float) -> str:
    widths = [f"width:{across.place(max(part, 0), 100):.1f}%" for part in (about, mismatch)]
    words = f"{NAMES[name]}: {about:.1f} bits about the picture and {mismatch:.1f} bits of mismatch"
    return (
        f'<div class="rate-bar {name}"><b>{NAMES[name]}</b><div class="track" role="img" aria-label="{words}">'
        f'<i style="{widths[0]}">{about:.1f}</i><i class="mismatch" style="{widths[1]}"></i>'
        f"<span>+ {mismatch:.1f} bits</span></div></div>"
    )


def rate_cards(metrics: Mapping[str, Metrics], configs: Mapping[str, ModelConfig]) -> str:
    """The rate of each model, its split and its dimensions, these on one scale."""
    most = max([1e-9, *(bits for values in metrics.values() for bits in values.get("rate_per_dimension_bits") or [])])
    return cards(model_card(name, _rate_terms(values, configs[name], most)) for name, values in metrics.items())


def _rate_terms(metrics: Metrics, config: ModelConfig, most: float) -> str:
    rate, about, mismatch = map(_bits, _parts(metrics))
    used = metrics.get("active_units")
    others = "all of them" if used == config.latent_dim else "the others carry next to nothing"
    lines = [
        ("Rate", rate, "what it would take, on average, to send a picture's noisy code to somebody who knows the prior"),
        ("of it about the picture", about, "mutual information: what the code really tells about which picture it was"),
        ("of it mismatch", mismatch, "how far all codes together are from the prior; samples suffer where this is large"),
        ("Designed", *_designed(config)),
        ("In use", f"{used} of {config.latent_dim} dimensions", others),
    ]
    rows = "".join(f"<dt>{term} <b>{value}</b></dt><dd>{escape(meaning)}</dd>" for term, value, meaning in lines)
    dimensions = sorted(metrics.get("rate_per_dimension_bits") or [], reverse=True)
    strip = bars(dimensions, most, "bits per latent dimension") if dimensions else ""
    return f'<dl class="terms">{rows}</dl>{strip}'


def _designed(config: ModelConfig) -> tuple[str, str]:
    if config.noise_variance is None:
        return "nothing", "this model learns its noise, so it chooses its own rate"
    nats = designed_rate(config.latent_dim, config.prior_variance, config.noise_variance)
    if nats is None:
        return _bits(None), "a code without noise could carry any amount"
    return _bits(nats * BITS), "d/2 · log₂(v/σ²): the rate if the codes are exactly Gaussian, fixed before training"


def rate_distortion(metrics: Mapping[str, Metrics], now: Sequence[Point] = ()) -> str:
    """Squared error of drawn codes over rate, each preset marked, above the ideal coder of its pictures.

    `now` are points of a training under way. Presets of plainer pictures, which need far fewer bits, are left out.
    """
    known = {preset: values for preset, values in metrics.items() if values.get("rate_bits") and values.get(_ERROR)}
    shapes = {preset: PRESETS[preset].shapes if preset in PRESETS else None for preset in known}
    points = [*(_point(preset, known[preset]) for preset in known if shapes[preset] in _DRAWN), *now]
    ideal = {shapes[preset]: values for preset, values in known.items() if values.get("ideal_rate_bits")}
    lines = [_ideal_line(kind, name, css, ideal[kind]) for kind, name, css in _IDEAL if kind in ideal]
    words = "; ".join(f"{point.label}: {point.x:.1f} bits, squared error {point.y:.1f}" for point in points)
    across = axis("rate, bits an image", [*(point.x for point in points), *(x for line in lines for x in line.xs)])
    up = axis(
        "error of noisy codes",
        [*(point.y for point in points), *(y for line in lines for y in line.ys)],
        log=True,
    )
    return chart(f"Rate and distortion, above the curves of the ideal coder. {words}", across, up, points, lines)


def _ideal_line(shapes: ShapeConfig, name: str, css: str, measured: Metrics) -> Line:
    """The ideal coder of such pictures, up to the error at which its rate was measured: m/2 bits more for each halving."""
    largest, bits = measured[_ERROR], degrees_of_freedom(shapes) / 2
    errors = [largest / 8 * 8 ** (i / 20) for i in range(21)]
    rates = [measured["ideal_rate_bits"] + bits * math.log2(largest / error) for error in errors]
    return Line(rates, errors, f"ideal coder, {name} shapes", css)


def beyond_ideal(metrics: Mapping[str, Metrics]) -> str:
    """One sentence on what each model spends beyond the ideal coder, and on what."""
    sentence = "; ".join(where_bits_go(NAMES[name].replace("Adjusted", "adjusted"), values) for name, values in metrics.items())
    return f"For the error of its drawn codes {sentence}."


def _point(preset: str, metrics: Metrics) -> Point:
    css = "vae" if "vae" in preset else "mmd"
    return Point(metrics["rate_bits"], metrics[_ERROR], preset, css, "report" in preset)


def certificate(metrics: Mapping[str, Metrics]) -> str:
    """Is the code Gaussian? A table of distances, with what chance alone would give."""
    known = {name: values["gaussianity"] for name, values in metrics.items() if values.get("gaussianity")}
    if not known:
        return "<p>Not measured yet.</p>"
    head = "".join(f'<th scope="col" class="{name}">{NAMES[name]}</th>' for name in known)
    rows = "".join(
        f'<tr><th scope="row">{title}<small>{meaning}</small></th>'
        f"{''.join(_cell(measure(g), g[chance] if chance else None) for g in known.values())}</tr>"
        for title, meaning, measure, chance in _MEASURES
    )
    return f'<table class="certificate"><thead><tr><th scope="col">Measure</th>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _cell(value: float, chance: float | None) -> str:
    if chance is None:
        return f"<td>{value:.2f}</td>"
    css, sign = ("pass", "✓") if value <= 2 * chance else ("fail", "✗")
    return f'<td class="{css}">{value:.3f} {sign}<small>chance: {chance:.3f}</small></td>'


def _largest(key: str) -> Callable[[Metrics], float]:
    return lambda g: max(abs(value) for value in g[key])


# Title, meaning, the measure, and the key of what chance alone would give.
_MEASURES: list[tuple[str, str, Callable[[Metrics], float], str | None]] = [
    ("Each dimension", "largest gap to the normal curve (KS)", _largest("ks"), "ks_noise"),
    ("Skewness", "largest of all dimensions; 0 is symmetric", _largest("skewness"), None),
    ("Excess kurtosis", "largest of all dimensions; 0 is normal", _largest("excess_kurtosis"), None),
    ("Covariance", "error against v I; 0 is round", lambda g: g["covariance_error"], "covariance_noise"),
    ("Distance from the middle", "gap of ‖z‖² to its law (KS)", lambda g: g["radius_ks"], "radius_noise"),
]
