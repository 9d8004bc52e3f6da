"""The named figures of one model, with 95 % intervals, and as JSON."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from shapevae.config import ShapeConfig
from shapevae.estimates import Estimate
from shapevae.ideal import ideal_coder
from shapevae.information import BITS, Gaussianity


@dataclass(frozen=True)
class Evaluation:
    """The figures of one model over `images` fresh test pictures and as many samples.

    Intervals are 95 %: normal for means, Wilson's for shares. None where a figure is undefined. Bits are per image.

    mse_per_pixel, squared_error_per_image: of x and f(g(x)), the same error as a mean over pixels and as a sum over them.
    reconstruction_quality: share of pictures whose reconstruction is distinguishable and judged the true kind.
    reconstruction_iou: soft intersection over union of x and f(g(x)), so that a right kind in a wrong place shows.
    reconstruction_overlap: share of pictures where it is at least judge.DISTINGUISHABLE.
    sample_quality, sample_exact: share of samples that are distinguishable, and exact.
    kind_shares: shares of the three kinds among the distinguishable samples; kind_balance: their total variation from 1/3 each.
    refined_sample_quality, refined_kind_balance: of the same samples, reconstructed PASSES times.
    codes: of how many test pictures the codes are that the figures below measure; at most MAX_CODES.
    rate_bits = mutual_information_bits + marginal_kl_bits, and the bounds beside them: as in information.Information.
    designed_rate_bits: d/2 · log2(v/σ²), for the adjusted model.
    noisy_squared_error: squared error an image of x and f(z), the code z drawn and not its mean.
    ideal_rate_bits: of the ideal coder at that error; None where it is not known. excess_bits: rate_bits beyond it; of which
    own_error_bits pay for the error of f(g(x)): as in ideal.Excess.
    mmd: squared MMD of the codes and N(0, v I), inverse multiquadrics; no unit, may be negative.
    """

    images: int
    mse_per_pixel: Estimate
    squared_error_per_image: Estimate
    noisy_squared_error: Estimate
    reconstruction_quality: Estimate
    reconstruction_iou: Estimate
    reconstruction_overlap: Estimate
    sample_quality: Estimate
    sample_exact: Estimate
    kind_balance: Estimate | None
    kind_shares: tuple[float, ...] | None
    refined_sample_quality: Estimate
    refined_kind_balance: Estimate | None
    codes: int
    rate_bits: Estimate | None
    mutual_information_bits: Estimate | None
    marginal_kl_bits: Estimate | None
    designed_rate_bits: float | None
    ideal_rate_bits: Estimate | None
    excess_bits: Estimate | None
    own_error_bits: float | None
    gaussian_bound_bits: float | None
    mixture_information_bits: Estimate | None
    mixture_marginal_kl_bits: Estimate | None
    mixture_cap_bits: float | None
    rate_per_dimension_bits: tuple[float, ...] | None
    active_units: int
    mmd: Estimate | None
    gaussianity: Gaussianity | None
    train_seconds: float | None

    def to_dict(self) -> dict[str, Any]:
        """For JSON: an estimate NAME becomes NAME, NAME_low and NAME_high; what is undefined or not finite becomes None."""
        values: dict[str, Any] = {}
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if "Estimate" in str(field.type):
                values |= named(field.name, value)
            else:
                values[field.name] = dataclasses.asdict(value) if dataclasses.is_dataclass(value) else value  # type: ignore[arg-type]
        return finite(values)


def named(name: str, estimate: Estimate | None) -> dict[str, float | None]:
    """{NAME, NAME_low, NAME_high} of an estimate."""
    parts = (estimate.value, estimate.low, estimate.high) if estimate else (None, None, None)
    return dict(zip((name, f"{name}_low", f"{name}_high"), parts, strict=True))


def beyond_ideal(rate: Estimate | None, noisy: Estimate, error: Estimate, shapes: ShapeConfig) -> dict[str, Any]:
    """ideal_rate_bits, excess_bits and own_error_bits of a model whose rate is in bits; None where they are not known.

    noisy, error: squared errors an image of drawn codes and of mean codes.
    """
    excess = None
    with suppress(ValueError):  # pictures that the ideal coder does not cover
        excess = rate and ideal_coder(shapes).compare(rate.times(1 / BITS), noisy, error)
    if not excess:
        return dict.fromkeys(("ideal_rate_bits", "excess_bits", "own_error_bits"))
    return {
        "ideal_rate_bits": excess.ideal.times(BITS),
        "excess_bits": excess.excess.times(BITS),
        "own_error_bits": excess.own_error and excess.own_error * BITS,
    }


def where_bits_go(title: str, figures: Mapping[str, Any]) -> str:
    """A clause on what a model spends beyond the ideal coder, and on what; figures as in metrics.json."""
    rate, ideal, excess, own = (figures.get(f"{name}_bits") for name in ("rate", "ideal_rate", "excess", "own_error"))
    if rate is None or ideal is None or excess is None or own is None:
        return f"of the {title} it is not known, since the error of its drawn codes is too large or its rate not finite"
    marginal = figures["marginal_kl_bits"]
    parts = (
        (marginal, "mismatch with the prior"),
        (own, "the decoder's own error"),
        (excess - marginal - own, "noise of the wrong shape"),
    )
    spent = ", ".join(f"{bits:.1f} on {what}" for bits, what in parts)
    return f"the {title} spends {rate:.1f} bits where {ideal:.1f} would do, {excess:.1f} more: {spent}"


def finite(value: Any) -> Any:
    """The same with None for each number that is not finite, since JSON has none, and lists for tuples."""
    if isinstance(value, dict):
        return {key: finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
