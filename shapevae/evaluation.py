"""Evaluate a model: the named figures of its reconstructions, samples and codes, with 95 % intervals."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from shapevae.config import TEST_SEED, ModelConfig, ShapeConfig
from shapevae.estimates import Estimate, balance_estimate, mean_estimate, share_estimate
from shapevae.figures import Evaluation, beyond_ideal
from shapevae.information import BITS, Information, active_units, designed_rate, measure_information, mmd_estimate
from shapevae.information import gaussianity as measure_gaussianity
from shapevae.judge import DISTINGUISHABLE, Judgement, judge_shapes, soft_iou
from shapevae.losses import squared_error
from shapevae.model import Autoencoder, Code
from shapevae.shapes import KINDS, Shapes, stream_shapes

MAX_CODES = 10_000  # the figures of the latent layer are of the codes of so many test pictures, the first ones
PASSES = 2  # reconstructions after which a sample is called refined

_CHUNK = 2000
_NOISE_SEED = 1


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
    latent = _latent(code, config, generator)
    beyond = beyond_ideal(latent["rate_bits"], pictures["noisy_squared_error"], pictures["squared_error_per_image"], shapes)
    return Evaluation(images=images, **pictures, **samples, **latent, **beyond, train_seconds=train_seconds)


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
    table = torch.empty(3, images)
    noise = torch.Generator().manual_seed(_NOISE_SEED)
    codes = Code(*torch.empty(2, min(images, MAX_CODES), model.config.latent_dim))
    correct = start = 0
    for batch in stream_shapes(images, seed, shapes, _CHUNK):
        rows = slice(start, start + len(batch))
        correct += _rebuild(model, batch, noise, table[:, rows], Code(codes.mean[rows], codes.std[rows]))
        start = rows.stop
    error, noisy, overlap = map(mean_estimate, table)
    figures = {
        "squared_error_per_image": error,
        "mse_per_pixel": error.times(1 / shapes.image_size**2),
        "noisy_squared_error": noisy,
        "reconstruction_quality": share_estimate(correct, images),
        "reconstruction_iou": overlap,
        "reconstruction_overlap": share_estimate(int((table[2] >= DISTINGUISHABLE).sum()), images),
    }
    return figures, codes


def _rebuild(model: Autoencoder, batch: Shapes, noise: torch.Generator, rows: Tensor, kept: Code) -> int:
    """Reconstruct a chunk: how many are right. Writes codes to `kept` as far as it reaches, and to rows, (3, N), the squared
    errors from the mean code and from a drawn one, and the soft IoU.

    Written in place, because small tensors that are kept between large ones that are freed would fragment the memory.
    """
    code = model.encode(batch.images.to(model.device))
    code = Code(code.mean.cpu(), code.std.cpu())  # where the noise is drawn
    kept.mean.copy_(code.mean[: len(kept.mean)])
    kept.std.copy_(code.std.expand_as(code.mean)[: len(kept.std)])
    x_hat = model.decode(code.mean).cpu()
    rows[0] = squared_error(batch.images, x_hat)
    rows[1] = squared_error(batch.images, model.decode(code.rsample(noise)).cpu())
    rows[2] = soft_iou(batch.images, x_hat)[:, 0]
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
