"""Tables: the figures of several models for the terminal, and any rows as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shapevae.estimates import Estimate
from shapevae.evaluation import Evaluation

_TABLE: tuple[tuple[Any, ...], ...] = (
    ("test pictures", ("images", ",d")),
    ("squared error, image = pixel", ("squared_error_per_image", ".2f"), ("mse_per_pixel.value", ".6f")),
    ("reconstructions right, %", ("reconstruction_quality", ".1f", 100)),
    ("overlap with the input, mean IoU", ("reconstruction_iou", ".3f")),
    ("reconstructions with IoU at least 0.9, %", ("reconstruction_overlap", ".1f", 100)),
    ("samples distinguishable, %", ("sample_quality", ".1f", 100)),
    ("samples exact, %", ("sample_exact", ".1f", 100)),
    ("kind balance (0 is even)", ("kind_balance", ".3f")),
    ("refined samples distinguishable, %", ("refined_sample_quality", ".1f", 100)),
    ("their kind balance", ("refined_kind_balance", ".3f")),
    ("rate, bits", ("rate_bits", ".2f")),
    ("mutual information, bits", ("mutual_information_bits", ".2f")),
    ("marginal KL, bits", ("marginal_kl_bits", ".2f")),
    ("designed rate, bits", ("designed_rate_bits", ".2f")),
    ("active units", ("active_units", "d")),
    ("squared MMD", ("mmd", ".4f")),
    ("KS distance, worst", ("gaussianity.ks", ".3f")),
    ("excess kurtosis, worst", ("gaussianity.excess_kurtosis", ".2f")),
    ("covariance error", ("gaussianity.covariance_error", ".3f")),
    ("training, s", ("train_seconds", ".0f")),
)


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
