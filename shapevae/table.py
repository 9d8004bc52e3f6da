"""Tables: figures of several models for the terminal, any rows as Markdown, and the scoreboard of which does better."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shapevae.estimates import Estimate
from shapevae.evaluation import Evaluation

_TABLE: tuple[tuple[Any, ...], ...] = (
    ("test pictures", ("images", ",.0f")),
    ("squared error, image = pixel", ("squared_error_per_image", ".2f"), ("mse_per_pixel.value", ".6f")),
    ("squared error, image, of drawn codes", ("noisy_squared_error", ".2f")),
    ("reconstructions right, %", ("reconstruction_quality", ".1f", 100)),
    ("overlap with the input, mean IoU", ("reconstruction_iou", ".3f")),
    ("reconstructions with IoU at least 0.9, %", ("reconstruction_overlap", ".1f", 100)),
    ("samples distinguishable, %", ("sample_quality", ".1f", 100)),
    ("samples exact, %", ("sample_exact", ".1f", 100)),
    ("kind balance (0 is even)", ("kind_balance", ".3f")),
    ("refined samples distinguishable, %", ("refined_sample_quality", ".1f", 100)),
    ("their kind balance", ("refined_kind_balance", ".3f")),
    ("rate, bits", ("rate_bits", ".2f")),
    ("ideal rate at the error of its drawn codes, bits", ("ideal_rate_bits", ".2f")),
    ("rate beyond it, bits", ("excess_bits", ".2f")),
    ("mutual information, bits", ("mutual_information_bits", ".2f")),
    ("marginal KL, bits", ("marginal_kl_bits", ".2f")),
    ("designed rate, bits", ("designed_rate_bits", ".2f")),
    ("active units", ("active_units", ".0f")),
    ("squared MMD", ("mmd", ".4f")),
    ("KS distance, worst", ("gaussianity.ks", ".3f")),
    ("excess kurtosis, worst", ("gaussianity.excess_kurtosis", ".2f")),
    ("covariance error", ("gaussianity.covariance_error", ".3f")),
    ("training, s", ("train_seconds", ".0f")),
)
FORMATS: dict[str, tuple[str, float]] = {  # how a figure is shown: format and factor
    field.removesuffix(".value"): (show, scale[0] if scale else 1) for _, *parts in _TABLE for field, show, *scale in parts
}


def render_table(evaluations: Mapping[str, Evaluation]) -> str:
    """Plain text, a column for each model; figures with [low, high] where they have a 95 % interval, - where undefined."""
    head = ["", *evaluations]
    body = [
        [label, *(" = ".join(_cell(evaluation, *part) for part in parts) for evaluation in evaluations.values())]
        for label, *parts in _TABLE
    ]
    widths = [max(len(row[i]) for row in [head, *body]) for i in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in [head, *body]]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table of cells that are Markdown themselves."""
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, ["---"] * len(head), *rows])


def scoreboard(metrics: Mapping[str, Mapping[str, Any]]) -> str:
    """A Markdown table, a row a model by its title, from what metrics.json holds; figures with [low, high] of 95 %."""
    head = (
        "one training each",
        "squared error",
        "of noisy codes",
        "samples that are shapes, %",
        "rate, bits",
        "of it mismatch, bits",
    )
    return markdown_table(head, ([title, *(_told(values, *figure) for figure in _SCORES)] for title, values in metrics.items()))


def which_is_better(vae: Mapping[str, Any], mmd: Mapping[str, Any]) -> str:
    """One sentence on two models from what metrics.json holds: who rebuilds better, who samples better, and by how much."""
    mean, noisy = (_compare("rebuilds better", "rebuild equally well", vae, mmd, score, -1) for score in _SCORES[:2])
    shapes = _compare("draws more samples that are shapes", "sample equally well", vae, mmd, _SCORES[2], 1)
    rates = ["infinitely many" if (bits := values["rate_bits"]) is None else f"{bits:.1f}" for values in (vae, mmd)]
    return (
        f"From mean codes {mean}, from noisy ones {noisy}, and {shapes}, at {' and '.join(rates)} bits; "
        "this is one training each, and two seeds may differ by more."
    )


_SCORES: tuple[tuple[str, str, float], ...] = (
    ("squared_error_per_image", ".2f", 1),
    ("noisy_squared_error", ".2f", 1),
    ("sample_quality", ".1f", 100),
    ("rate_bits", ".1f", 1),
    ("marginal_kl_bits", ".1f", 1),
)


def _told(values: Mapping[str, Any], key: str, show: str, scale: float) -> str:
    if values.get(key) is None:
        return "not finite"
    value, low, high = (f"{values[key + end] * scale:{show}}" for end in ("", "_low", "_high"))
    return f"{value} [{low}, {high}]"


def _compare(
    better: str, equal: str, vae: Mapping[str, Any], mmd: Mapping[str, Any], score: tuple[str, str, float], sign: int
) -> str:
    """A clause on one figure, where more is better if sign is 1; equal is where the intervals overlap."""
    key, show, scale = score
    (a, b), unit = (f"{values[key] * scale:{show}}" for values in (vae, mmd)), " %" if scale == 100 else ""
    if vae[f"{key}_low"] <= mmd[f"{key}_high"] and mmd[f"{key}_low"] <= vae[f"{key}_high"]:
        return f"both {equal} ({a}{unit} and {b}{unit}, within what {vae['images']:,} pictures can tell)"
    if sign * (mmd[key] - vae[key]) > 0:
        return f"the adjusted VAE {better} ({b}{unit} against {a}{unit})"
    return f"the VAE {better} ({a}{unit} against {b}{unit})"


def _cell(evaluation: Evaluation, field: str, show: str, scale: float = 1) -> str:
    value: Any = evaluation
    for name in field.split("."):
        value = getattr(value, name, None)
    if value is None:
        return "-"
    if isinstance(value, tuple):
        value = max(value, key=abs)  # the dimension furthest from Gaussian
    parts = (value.value, value.low, value.high) if isinstance(value, Estimate) else (value,)
    texts = [format(part * scale, show) for part in parts if part is not None]
    return texts[0] + (f" [{texts[1]}, {texts[2]}]" if len(texts) == 3 else "")
