"""What lies about a code: the true shape nearest to its picture, what the decoder draws all over a map, a sample's code."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from demo.views.checks import InputError, sequence, whole
from demo.views.latent import REACH, LatentMap, own_code, ranked
from demo.views.results import SampleSettings
from shapevae.images.read import SIZE
from shapevae.images.write import grid
from shapevae.judge import Judgement
from shapevae.model import Autoencoder
from shapevae.shapes import render

TILES = 11  # pictures across and up a map


@torch.inference_mode()
def sample_code(model: Autoencoder, place: LatentMap, settings: SampleSettings, index: int) -> list[float]:
    """The ranked code of sample `index` of those that `sample` draws: that of the last decoding."""
    z = settings.spread * model.draw_prior(index + 1, settings.seed)[-1:]
    for _ in range(settings.passes):
        z = model.encode(model.decode(z)).mean
    return ranked(model, place, z)[0]


@dataclass(frozen=True)
class Nearest:
    """The true shape nearest to a decoded picture: image (1, H, W), its ranked code and noise (d,), and how far off it is.

    distance: from the decoded code to this one in the active dimensions, in standard deviations of the prior.
    """

    image: Tensor
    code: list[float]
    std: list[float]
    distance: float


@torch.inference_mode()
def nearest_shape(model: Autoencoder, place: LatentMap, z: Tensor, judged: Judgement, index: int) -> Nearest:
    """Of picture `index` that was judged, decoded from the model's own code z, (1, d)."""
    image = render(judged.nearest, SIZE)[index]
    code = model.encode(image[None])
    [mean], [std], [own] = (ranked(model, place, values.expand_as(z)) for values in (code.mean, code.std, z))
    away = math.dist(*([value for value, used in zip(values, place.active, strict=True) if used] for values in (mean, own)))
    return Nearest(image, mean, std, away)


@torch.inference_mode()
def mosaic(model: Autoencoder, place: LatentMap, code: object, axes: object) -> Tensor:
    """What the decoder draws all over a map, whose two ranked dimensions are `axes`: (1, H', W') of TILES × TILES pictures.

    The other dimensions are those of the ranked code. Raises InputError.
    """
    if len(ranks := sequence(axes, "The axes")) != 2:
        raise InputError("The axes must be two dimensions.")
    across, up = (whole(rank, "An axis", 0, len(place.order) - 1) for rank in ranks)
    steps = (torch.arange(TILES) + 0.5) * (2 * REACH / TILES) - REACH
    codes = own_code(model, place, code).repeat(TILES, TILES, 1)
    scale = math.sqrt(model.config.prior_variance)
    codes[:, :, place.order[across]] = steps * scale
    codes[:, :, place.order[up]] = -steps[:, None] * scale
    return grid(avg_pool2d(model.decode(codes.flatten(0, 1)), 2), TILES, gap=0)
