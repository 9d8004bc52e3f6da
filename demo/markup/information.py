"""What the latent layers carry, in words, figures and formulas."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from demo.markup.cards import card_head
from demo.markup.charts import Point, axis, chart
from demo.markup.elements import bars, percent
from demo.views.results import NAMES
from shapevae.config import ModelConfig
from shapevae.information import designed_rate

Metrics = Mapping[str, Any]

_UNDEFINED = "not finite"


def bits(value: float | None) -> str:
    return _UNDEFINED if value is None else f"{value:.1f} bits"


def rate_cards(metrics: Mapping[str, Metrics], configs: Mapping[str, ModelConfig]) -> str:
    """The rate of each model, its split and its dimensions."""
    cards = "".join(_rate_card(name, metrics[name], configs[name]) for name in metrics)
    return f'<div class="cards two">{cards}</div>'


def _rate_card(name: str, metrics: Metrics, config: ModelConfig) -> str:
    rate, told, spare = (metrics.get(f"{key}_bits") for key in ("rate", "mutual_information", "marginal_kl"))
    dimensions = metrics.get("rate_per_dimension_bits") or []
    lines = [
        ("Rate", bits(rate), "what it would take, on average, to send a picture's noisy code to somebody who knows the prior"),
        ("of it about the picture", bits(told), "mutual information: what the code really tells about which picture it was"),
        ("of it mismatch", bits(spare), "how far all codes together are from the prior; samples suffer where this is large"),
        ("Designed", *_designed(config)),
        ("In use", f"{metrics.get('active_units')} of {config.latent_dim} dimensions", _left_out(metrics, config)),
    ]
    rows = "".join(f"<dt>{term} <b>{value}</b></dt><dd>{escape(meaning)}</dd>" for term, value, meaning in lines)
    strip = bars(dimensions, max([*dimensions, 1e-9]), "bits per latent dimension") if dimensions else ""
    return f'<section class="card {name}">{card_head(name)}{_split(told, spare)}<dl class="terms">{rows}</dl>{strip}</section>'


def _designed(config: ModelConfig) -> tuple[str, str]:
    if config.noise_variance is None:
        return "nothing", "this model learns its noise, so it chooses its own rate"
    nats = designed_rate(config.latent_dim, config.prior_variance, config.noise_variance)
    if nats is None:
        return _UNDEFINED, "a code without noise could carry any amount"
    return bits(nats / math.log(2)), "d/2 · log₂(v/σ²): the rate if the codes are exactly Gaussian, fixed before training"


def _left_out(metrics: Metrics, config: ModelConfig) -> str:
    return "all of them" if metrics.get("active_units") == config.latent_dim else "the others carry next to nothing"


def _split(told: float | None, spare: float | None) -> str:
    if told is None or spare is None:
        return ""
    share = max(told, 0) / max(max(told, 0) + max(spare, 0), 1e-9)
    words = f"{percent(share)} of the rate is about the picture"
    return f'<div class="split" role="img" aria-label="{words}" title="{words}"><i style="width:{share:.1%}"></i></div>'


def rate_distortion(metrics: Mapping[str, Metrics], now: Sequence[Point] = ()) -> str:
    """Squared error over rate, each preset marked; `now` are points of a training under way."""
    points = [
        Point(
            values["rate_bits"],
            values["squared_error_per_image"],
            preset,
            "vae" if "vae" in preset else "mmd",
            "report" in preset,
        )
        for preset, values in metrics.items()
        if values.get("rate_bits") and values.get("squared_error_per_image")
    ]
    everything = [*points, *now]
    words = "; ".join(f"{point.label}: {point.x:.1f} bits, squared error {point.y:.1f}" for point in everything)
    across = axis("rate, bits an image", [point.x for point in everything])
    up = axis("squared error an image", [point.y for point in everything], log=True)
    return chart(f"Rate and distortion. {words}", across, up, everything)


def certificate(metrics: Mapping[str, Metrics]) -> str:
    """Is the code Gaussian? A table of distances, with what chance alone would give."""
    known = {name: values["gaussianity"] for name, values in metrics.items() if values.get("gaussianity")}
    if not known:
        return "<p>Not measured yet.</p>"
    head = "".join(f'<th scope="col" class="{name}">{NAMES[name]}</th>' for name in known)
    rows = "".join(
        f'<tr><th scope="row">{title}<small>{meaning}</small></th>'
        f"{''.join(_cell(measure(g), limit(g)) for g in known.values())}</tr>"
        for title, meaning, measure, limit in _MEASURES
    )
    return f'<table class="certificate"><thead><tr><th scope="col">Measure</th>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _cell(value: float, limit: float | None) -> str:
    if limit is None:
        return f"<td>{value:.2f}</td>"
    good = value <= 2 * limit
    return f'<td class="{"pass" if good else "fail"}">{value:.3f} {"✓" if good else "✗"}<small>chance: {limit:.3f}</small></td>'


def _largest(key: str) -> Callable[[Metrics], float]:
    return lambda g: max(abs(value) for value in g[key])


_MEASURES: list[tuple[str, str, Callable[[Metrics], float], Callable[[Metrics], float | None]]] = [
    ("Each dimension", "largest gap to the normal curve (KS)", _largest("ks"), lambda g: g["ks_noise"]),
    ("Skewness", "largest of all dimensions; 0 is symmetric", _largest("skewness"), lambda g: None),
    ("Excess kurtosis", "largest of all dimensions; 0 is normal", _largest("excess_kurtosis"), lambda g: None),
    ("Covariance", "error against v I; 0 is round", lambda g: g["covariance_error"], lambda g: g["covariance_noise"]),
    ("Distance from the middle", "gap of ‖z‖² to its law (KS)", lambda g: g["radius_ks"], lambda g: g["radius_noise"]),
]


def formulas(metrics: Mapping[str, Metrics], configs: Mapping[str, ModelConfig]) -> str:
    """The identities behind the figures, with this page's numbers in them, as Markdown with LaTeX."""
    return "\n\n".join([_split_formula(name, values) for name, values in metrics.items()] + [_design_formula(configs["mmd"])])


def _split_formula(name: str, values: Metrics) -> str:
    rate, told, spare = (values.get(f"{key}_bits") for key in ("rate", "mutual_information", "marginal_kl"))
    if rate is None or told is None or spare is None:
        return f"{NAMES[name]}: without noise in the code the rate is not finite."
    return (
        rf"{NAMES[name]}: $$\underbrace{{\mathbb{{E}}\,\mathrm{{KL}}(q(z|x)\,\|\,p(z))}}_{{{rate:.2f}\text{{ bits}}}} = "
        rf"\underbrace{{I(x; z)}}_{{{told:.2f}}} + \underbrace{{\mathrm{{KL}}(q(z)\,\|\,p(z))}}_{{{spare:.2f}}}$$"
    )


def _design_formula(config: ModelConfig) -> str:
    nats = designed_rate(config.latent_dim, config.prior_variance, config.noise_variance)
    if nats is None:
        return "With σ² = 0 the designed rate of the adjusted model is not finite."
    numbers = rf"\tfrac{{{config.latent_dim}}}{{2}} \log_2 \tfrac{{{config.prior_variance:g}}}{{{config.noise_variance:g}}}"
    return (
        r"The adjusted model's channel $z = g(x) + \sigma\varepsilon$: $$I(x; z) = \tfrac{d}{2} \log_2 \tfrac{v}{\sigma^2}"
        rf" = {numbers} = {nats / math.log(2):.2f}\text{{ bits, if }} z \sim \mathcal{{N}}(0, vI)$$"
    )
