"""What is seen of a run: the planes of both models and their figures, as small arrays for live.js."""

from __future__ import annotations

import math
import time
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from demo.training.run import TERMS, Run, Side
from demo.views import plane
from shapevae.config import TEST_SEED, ShapeConfig
from shapevae.images.write import grid
from shapevae.information import BITS, measure_information, rate_terms
from shapevae.losses import imq_kernel, squared_error, squared_mmd_to_normal
from shapevae.model import Code
from shapevae.shapes import Shapes, draw_shapes
from shapevae.training import pixel_variance_at

CELLS = 12  # along a side of the coarse mosaic
PICTURES = 300  # fresh ones, whose codes are shown and measured
WHOLE_EVERY = 3  # frames: the mosaic and the judge take longer than the codes

_SAMPLES, _SAMPLE_SIDE = 64, 24  # pictures of random codes, where there are more than two dimensions; their pixels a side
_ELLIPSES = 100


@lru_cache(maxsize=8)
def fresh_pictures(shapes: ShapeConfig) -> Shapes:
    return draw_shapes(PICTURES, TEST_SEED, shapes)


def look(run: Run, *, whole: bool = True) -> dict[str, Any]:
    """A frame of a run; without `whole` the codes, and the loss since the last frame, alone."""
    started = time.thread_time()
    sides = [look_at(side, whole) for side in run.sides]
    run.frames += 1
    run.looking += (time.thread_time() - started - run.looking) / WHOLE_EVERY
    kinds = plane.digits(fresh_pictures(run.sides[0].config.shapes).kinds)
    return {"over": run.over, "paused": run.paused, "kinds": kinds, "sides": sides}


@torch.no_grad()  # not inference mode, whose tensors the kernel's cache would keep for the training
def look_at(side: Side, whole: bool) -> dict[str, Any]:
    """One side of a frame. Coordinates are in units of side.unit; `axes` are the dimensions shown."""
    training, config, model = side.training, side.config, side.training.model
    images = fresh_pictures(config.shapes).images
    code = model.encode(images)
    code = Code(code.mean, code.std.expand_as(code.mean))
    axes, radius = _axes(code), model.prior_std / side.unit
    seen: dict[str, Any] = {
        "step": training.step,
        "steps": training.steps,
        "epoch": min(training.epoch + 1, config.epochs),
        "epochs": config.epochs,
        "axes": axes,
        "radius": round(radius, 4),
        "points": plane.rounded(code.mean[:, axes] / side.unit, 2),
        "noise": plane.rounded(code.std[:_ELLIPSES, axes] / side.unit, 3),
        "figures": _terms(side),
    }
    if whole:
        found, shapes = _drawn(side, radius)
        seen |= plane.drawn(found)
        seen["figures"] |= {"shapes": shapes, **_measured(side, code, images)}
    return seen


def _axes(code: Code) -> list[int]:
    """The two dimensions that tell most of the pictures, in the model's order; the first twice where there is but one."""
    told = (code.mean.var(0) / code.std.square().mean(0).clamp(min=1e-12)).nan_to_num()
    best = sorted(told.topk(min(2, len(told))).indices.tolist())
    return best if len(best) == 2 else best * 2


def _terms(side: Side) -> dict[str, float | None]:
    """c, and the mean loss terms of the steps since the last frame, nats an image."""
    means = [_finite(total / side.count) if side.count else None for total in side.sums]
    side.sums, side.count = [0.0] * len(TERMS), 0
    progress = side.training.step / side.training.steps
    return {**dict(zip(TERMS, means, strict=True)), "c": pixel_variance_at(side.config, progress)}


def _drawn(side: Side, radius: float) -> tuple[plane.Mosaic, float]:
    """The mosaic, or samples where there are not two dimensions; and how much of the prior draws clear shapes."""
    model = side.training.model
    if side.config.model.latent_dim == 2:
        found = plane.mosaic(model, CELLS, side.unit)
        return found, 1 - plane.prior_shares(found.kinds, radius)[plane.NO_SHAPE]
    samples = model.sample(_SAMPLES, 0)
    kinds = plane.judged_kinds(samples)
    small = F.adaptive_avg_pool2d(samples.nan_to_num(), _SAMPLE_SIDE)
    return plane.Mosaic(grid(small, gap=0), kinds), float((kinds != plane.NO_SHAPE).float().mean())


def _measured(side: Side, code: Code, images: Tensor) -> dict[str, float | None]:
    """KL, the rate, and mismatch, KL(q(z) ‖ p(z)), in nats and bits an image; squared MMD; the squared error of an image."""
    model, v = side.training.model, side.config.model.prior_variance
    z = code.rsample(torch.Generator().manual_seed(0))
    kernel = imq_kernel(z.shape[1], v)
    noisy = bool((code.std > 0).all()) and bool(z.isfinite().all())
    found = measure_information(code.mean, code.std, z, v) if noisy else None
    return {
        "kl": _finite(float(rate_terms(code.mean, code.std, v).sum(1).mean())) if noisy else None,
        "mismatch": _finite(found.marginal_kl.value * BITS) if found else None,
        "mmd": _finite(float(squared_mmd_to_normal(z, v, kernel))),
        "error": _finite(float(squared_error(images, model.decode(code.mean)).mean())),
    }


def _finite(value: float) -> float | None:
    """Cut to six digits; None where it is no number, since JSON has none."""
    return float(f"{value:.6g}") if math.isfinite(value) else None
