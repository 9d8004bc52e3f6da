"""What the report of 2021 gave, and the table of ours beside it."""

from __future__ import annotations

from typing import Any

from shapevae.config import TEST_SEED, ShapeConfig, TrainConfig
from shapevae.estimates import share_estimate
from shapevae.losses import squared_error
from shapevae.report.claims import SAMPLES, Evidence
from shapevae.report.compare import share_difference, verdict
from shapevae.report.plan import ADJUSTED, MODELS, TITLES, VAE, seed_name
from shapevae.report.text import mean_and_spread, table
from shapevae.shapes import draw_shapes

# Of the report: the VAE's error can only be a sum over pixels, the other one is taken as a mean; counts are by eye.
GIVEN_ERROR, GIVEN_SECONDS = {VAE: 12.022, ADJUSTED: 0.048484}, {VAE: "243.09", ADJUSTED: "244.00"}
GIVEN_TEST, GIVEN_RANDOM = {VAE: (15, 16), ADJUSTED: (11, 16)}, {VAE: (18, 25), ADJUSTED: (20, 25)}


def main_table(evidence: Evidence) -> str:
    """Both models over the seeds, beside the report's figures."""
    pixels = evidence.scale.vae.model.image_size**2
    head = ["", *(f"{TITLES[model]}, {whose}" for model in MODELS for whose in ("report", "ours"))]
    rows: list[list[str]] = []
    for label, figure, digits, scale, given in _rows(pixels):
        cells = (part for model in MODELS for part in (given.get(model, "-"), _ours(evidence, model, figure, digits, scale)))
        rows.append([label, *cells])
    return table(head, rows)


def _rows(pixels: int) -> list[tuple[str, str, int, float, dict[str, str]]]:
    """(label, figure, digits, factor, the report's by model)."""
    per_image = {VAE: f"{GIVEN_ERROR[VAE]:.3f}", ADJUSTED: f"({GIVEN_ERROR[ADJUSTED] * pixels:.1f})"}
    per_pixel = {VAE: f"({GIVEN_ERROR[VAE] / pixels:.6f})", ADJUSTED: f"{GIVEN_ERROR[ADJUSTED]:.6f}"}
    test = {model: f"{100 * a / n:.2f} ({a} of {n})" for model, (a, n) in GIVEN_TEST.items()}
    drawn = {model: f"{100 * a / n:.0f} ({a} of {n})" for model, (a, n) in GIVEN_RANDOM.items()}
    return [
        ("squared error, sum over an image", "squared_error_per_image", 2, 1, per_image),
        ("the same, mean over pixels", "mse_per_pixel", 6, 1, per_pixel),
        ("test images distinguishable, %", "reconstruction_quality", 1, 100, test),
        ("random images distinguishable, %", "sample_quality", 1, 100, drawn),
        ("random images distinguishable after two passes through the model, %", "refined_sample_quality", 1, 100, {}),
        ("random images exact, %", "sample_exact", 1, 100, {}),
        ("kind balance (0 is even, 0.67 one kind only)", "kind_balance", 3, 1, {}),
        ("rate, bits an image", "rate_bits", 2, 1, {}),
        ("of it mutual information", "mutual_information_bits", 2, 1, {}),
        ("designed rate", "designed_rate_bits", 2, 1, {}),
        ("runtime of training, s", "train_seconds", 0, 1, GIVEN_SECONDS),
    ]


def _ours(evidence: Evidence, model: str, figure: str, digits: int, scale: float) -> str:
    runs = [evidence.results.get(seed_name(model, seed)) for seed in range(evidence.seeds)]
    values: list[Any] = [run.figures.get(figure) for run in runs if run]
    return mean_and_spread([value for value in values if value is not None], digits, scale)


def settings_table(*configs: TrainConfig) -> str:
    """What the report does not name and the presets choose."""
    head = ["", *(TITLES[VAE] if config.penalty == "kl" else TITLES[ADJUSTED] for config in configs)]
    rows = [
        ["latent dimensions d", *(str(config.model.latent_dim) for config in configs)],
        ["pixel variance c, first and last", *(_c(config) for config in configs)],
        ["code noise σ²", *("learned" if (s := c.model.noise_variance) is None else f"{s:g}" for c in configs)],
        ["prior variance v", *(f"{config.model.prior_variance:g}" for config in configs)],
        ["weight λ of MMD², nats", *("-" if config.penalty == "kl" else f"{config.mmd_weight:g}" for config in configs)],
        ["batch", *(str(config.batch_size) for config in configs)],
    ]
    return table(head, rows)


def _c(config: TrainConfig) -> str:
    return f"{config.pixel_variance_start or config.pixel_variance:g}, {config.pixel_variance:g}"


def counted_then() -> list[str]:
    """The report's own counts with intervals, and whether they settle its claim (c)."""
    lines = []
    for counts, first, title in ((GIVEN_TEST, VAE, "test"), (GIVEN_RANDOM, ADJUSTED, "random")):
        second = next(model for model in MODELS if model != first)
        shares = {model: share_estimate(*counts[model]) for model in MODELS}
        gain = share_difference(*counts[first], *counts[second])
        intervals = "; ".join(
            f"{TITLES[m]} {100 * s.value:.1f} % [{100 * (s.low or 0):.0f}, {100 * (s.high or 0):.0f}]"
            for m, s in shares.items()
        )
        lines.append(
            f"- {title} images: {intervals}. That the {TITLES[first]} does better is, by these counts alone: "
            f"**{verdict(gain, SAMPLES.margin)}** ({100 * gain.value:+.0f} points "
            f"[{100 * (gain.low or 0):+.0f}, {100 * (gain.high or 0):+.0f}])."
        )
    return lines


def mean_picture_error(shapes: ShapeConfig, count: int) -> float:
    """Squared error an image of answering every test picture with their mean."""
    images = draw_shapes(count, TEST_SEED, shapes).images
    return squared_error(images, images.mean(0, keepdim=True).expand_as(images)).mean().item()
