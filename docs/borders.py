"""How wide a border between two kinds is in the prior: the places there decode to no clear shape."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from shapevae.estimates import Estimate, mean_estimate
from shapevae.judge import DISTINGUISHABLE, Judgement, judge_shapes
from shapevae.model import Autoencoder

BORDERS = 48
_PAIRS = 4 * BORDERS  # most are of two kinds and clear
_HALVINGS = 12
_OFFSETS = torch.tensor([0, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28])  # standard deviations of the prior


@torch.inference_mode()
def border_width(model: Autoencoder, seed: int = 0) -> Estimate:
    """Mean width w of the borders of `model`, in standard deviations of the prior, over at most BORDERS of them.

    Two codes of the prior that decode to clear shapes of two kinds are joined by an arc, which stays where the prior's mass
    is. Where the kind changes, walks along each axis find how far the picture stays no clear shape. A flat border with normal
    n is w / |nᵢ| wide along axis i, so that 1/w² = Σ 1/Lᵢ² for the lengths L, whatever the normal is.
    """
    places = _crossings(model, torch.Generator().manual_seed(seed))
    return mean_estimate(torch.cat([_width(model, place) for place in places]))


def _crossings(model: Autoencoder, generator: torch.Generator) -> Tensor:
    """Codes at which the kind changes on the arcs between clear shapes of two kinds, (n, d)."""
    scale, d = math.sqrt(model.config.prior_variance), model.config.latent_dim
    first, second = scale * torch.randn(2, _PAIRS, d, generator=generator)
    here, there = _judge(model, first), _judge(model, second)
    ends = (here.kind != there.kind) & here.distinguishable & there.distinguishable
    first, second, kind = first[ends][:BORDERS], second[ends][:BORDERS], here.kind[ends][:BORDERS]
    low, high = torch.zeros(len(first), 1), torch.full((len(first), 1), math.pi / 2)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        same = _judge(model, first * middle.cos() + second * middle.sin()).kind[:, None] == kind[:, None]
        low, high = torch.where(same, middle, low), torch.where(same, high, middle)
    return first * high.cos() + second * high.sin()


def _width(model: Autoencoder, place: Tensor) -> Tensor:
    """Width of the border at a code (d,), (1,); 0 where the picture is a clear shape on both sides of the change."""
    d = len(place)
    ways = torch.cat([torch.eye(d), -torch.eye(d)])
    walks = place + math.sqrt(model.config.prior_variance) * _OFFSETS[:, None, None] * ways
    iou = _judge(model, walks.flatten(0, 1)).iou.view(len(_OFFSETS), 2 * d)
    lengths = _first_clear(iou).view(2, d).sum(0)
    return lengths.double().pow(-2).sum().pow(-0.5)[None]


def _first_clear(iou: Tensor) -> Tensor:
    """Offset at which the overlap on each way reaches that of a clear shape, infinite where it does not: (k, n) -> (n,)."""
    clear = iou >= DISTINGUISHABLE
    after = clear.int().argmax(0, keepdim=True)
    before = (after - 1).clamp(min=0)
    low, high = iou.gather(0, before)[0], iou.gather(0, after)[0]
    part = torch.where(after[0] > 0, (DISTINGUISHABLE - low) / (high - low), 0.0)
    offset = _OFFSETS[before[0]] + part * (_OFFSETS[after[0]] - _OFFSETS[before[0]])
    return torch.where(clear.any(0), offset, math.inf)


def _judge(model: Autoencoder, codes: Tensor) -> Judgement:
    return judge_shapes(model.decode(codes))
