"""Evaluate a model: the named figures of its reconstructions, samples and codes, with 95 % intervals."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from shapevae.config import TEST_SEED, ModelConfig, ShapeConfig
from shapevae.estimates import Estimate, balance_estimate, mean_estimate, share_estimate
from shapevae.information import BITS, Gaussianity, Information, active_units, designed_rate, measure_information, mmd_estimate
from shapevae.information import gaussianity as measure_gaussianity
from shapevae.judge import DISTINGUISHABLE, Judgement, judge_shapes, soft_iou
from shapevae.losses import squared_error
from shapevae.model import Autoencoder, Code
from shapevae.shapes import KINDS, Shapes, stream_shapes

MAX_CODES = 10_000  # the figures of the latent layer are of the codes of so many test pictures, the first ones
PASSES = 2  # reconstructions after which a sample is called refined

_CHUNK = 2000


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
    mmd: squared MMD of the codes and N(0, v I), inverse multiquadrics; no unit, may be negative.
    """

    images: int
    mse_per_pixel: Estimate
    squared_error_per_image: Estimate
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
                parts = (value.value, value.low, value.high) if value else (None, None, None)
                values.update(zip((field.name, f"{field.name}_low", f"{field.name}_high"), parts, strict=True))
            else:
                values[field.name] = dataclasses.asdict(value) if dataclasses.is_dataclass(value) else value  # type: ignore[arg-type]
        return _finite(values)


@torch.inference_mode()
def evaluate(
    model: Autoencoder,
    *,
    images: int = 10_000,
    seed: int = TEST_SEED,
    shapes: ShapeConfig | None = None,
    train_seconds: float | None = None,
) -> Evaluation:
    """Measure a model on `images` pictures drawn from `seed`, and on as many samples from its prior.

    `shapes` says how the pictures are drawn; by default like those that the model was trained on. Pictures come in chunks, so
    memory does not grow with `images`. The model's train or eval mode is left as it was.

    Raises ValueError for images < 1 and for pictures of another size than the model's.
    """
    config = model.config
    shapes = shapes or model.shapes
    if images < 1:
        raise ValueError(f"images must be at least 1, got {images}")
    if shapes.image_size != config.image_size:
        raise ValueError(
            f"the model takes pictures of {config.image_size} pixels a side, the test pictures have {shapes.image_size}"
        )
    generator = torch.Generator().manual_seed(seed)
    with evaluation_mode(model):
        pictures, code = _reconstructions(model, images, seed, shapes)
        samples = _samples(model, images, generator)
    return Evaluation(images=images, **pictures, **samples, **_latent(code, config, generator), train_seconds=train_seconds)


@contextmanager
def evaluation_mode(model: nn.Module) -> Iterator[None]:
    """Eval mode inside, the mode there was before afterwards, also after an error."""
    training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(training)


def _reconstructions(model: Autoencoder, images: int, seed: int, shapes: ShapeConfig) -> tuple[dict[str, Any], Code]:
    """Figures of the reconstructions, and the codes of the first MAX_CODES pictures, on the CPU."""
    errors, overlaps = torch.empty(2, images)
    codes = Code(*torch.empty(2, min(images, MAX_CODES), model.config.latent_dim))
    correct = start = 0
    for batch in stream_shapes(images, seed, shapes, _CHUNK):
        rows = slice(start, start + len(batch))
        correct += _rebuild(model, batch, errors[rows], overlaps[rows], Code(codes.mean[rows], codes.std[rows]))
        start = rows.stop
    error = mean_estimate(errors)
    figures = {
        "squared_error_per_image": error,
        "mse_per_pixel": error.times(1 / shapes.image_size**2),
        "reconstruction_quality": share_estimate(correct, images),
        "reconstruction_iou": mean_estimate(overlaps),
        "reconstruction_overlap": share_estimate(int((overlaps >= DISTINGUISHABLE).sum()), images),
    }
    return figures, codes


def _rebuild(model: Autoencoder, batch: Shapes, errors: Tensor, overlaps: Tensor, kept: Code) -> int:
    """Reconstruct a chunk: how many are right. Writes squared errors, soft IoU, and codes to `kept` as far as it reaches.

    Written in place, because small tensors that are kept between large ones that are freed would fragment the memory.
    """
    code = model.encode(batch.images.to(model.device))
    kept.mean.copy_(code.mean[: len(kept.mean)])
    kept.std.copy_(code.std.expand_as(code.mean)[: len(kept.std)])
    x_hat = model.decode(code.mean).cpu()
    errors.copy_(squared_error(batch.images, x_hat))
    overlaps.copy_(soft_iou(batch.images, x_hat)[:, 0])
    judgement = judge_shapes(x_hat)
    return int((judgement.distinguishable & (judgement.kind == batch.kinds)).sum())


def _samples(model: Autoencoder, images: int, generator: torch.Generator) -> dict[str, Any]:
    """Figures of pictures decoded from the prior, and of the same pictures refined."""
    drawn, refined, exact = torch.zeros(len(KINDS), dtype=torch.long), torch.zeros(len(KINDS), dtype=torch.long), 0
    for start in range(0, images, _CHUNK):
        x = model.decode(_prior_codes(min(_CHUNK, images - start), model.config, generator).to(model.device))
        judgement = judge_shapes(x.cpu())
        drawn += _distinguishable(judgement)
        exact += int(judgement.exact.sum())
        refined += _distinguishable(judge_shapes(model.refine(x, PASSES).cpu()))
    total = int(drawn.sum())
    return {
        "sample_quality": share_estimate(total, images),
        "sample_exact": share_estimate(exact, images),
        "kind_balance": balance_estimate(drawn.tolist()),
        "kind_shares": tuple(count / total for count in drawn.tolist()) if total else None,
        "refined_sample_quality": share_estimate(int(refined.sum()), images),
        "refined_kind_balance": balance_estimate(refined.tolist()),
    }


def _distinguishable(judgement: Judgement) -> Tensor:
    """Number of distinguishable pictures of each kind, (3,)."""
    return torch.bincount(judgement.kind[judgement.distinguishable], minlength=len(KINDS))


def _latent(code: Code, config: ModelConfig, generator: torch.Generator) -> dict[str, Any]:
    """Figures of the codes, information in bits."""
    z = code.rsample(generator)
    variance = config.prior_variance
    information = measure_information(code.mean, code.std, z, variance)
    designed = designed_rate(config.latent_dim, variance, config.noise_variance)
    return {
        "codes": len(z),
        **_in_bits(information),
        "designed_rate_bits": None if designed is None else designed * BITS,
        "active_units": int(active_units(code.mean, variance).sum()),
        "mmd": mmd_estimate(z, _prior_codes(len(z), config, generator), variance),
        "gaussianity": measure_gaussianity(z, variance),
    }


def _in_bits(information: Information | None) -> dict[str, Any]:
    """The fields of Information as NAME_bits; all None where there is none."""
    return {f"{f.name}_bits": _bits(getattr(information, f.name, None)) for f in dataclasses.fields(Information)}


def _bits(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(part * BITS for part in value)
    return value.times(BITS) if isinstance(value, Estimate) else value and value * BITS


def _prior_codes(count: int, config: ModelConfig, generator: torch.Generator) -> Tensor:
    return math.sqrt(config.prior_variance) * torch.randn(count, config.latent_dim, generator=generator)


def _finite(value: Any) -> Any:
    """The same with None for each number that is not finite, since JSON has none, and lists for tuples."""
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
