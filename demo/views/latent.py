"""The latent space as a place to walk in: ranked dimensions in units of the prior, maps, strips, interpolations."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import torch
from torch import Tensor

from demo.views.checks import InputError, choice, number, sequence
from demo.views.drawing import SHAPES
from demo.views.links import PATHS, named_picture
from demo.views.results import Models
from shapevae.config import TEST_SEED
from shapevae.information import active_units, code_bits
from shapevae.model import Autoencoder
from shapevae.shapes import draw_shapes

REACH = 3.0  # standard deviations of the prior that the sliders and maps go
MAP_POINTS = 500
STRIP_STEPS = 9
WALK_STEPS = 24


@dataclass(frozen=True)
class LatentMap:
    """Test shapes as a model encodes them, in ranked standard coordinates: dimensions by falling information, prior N(0, I).

    order: (d,) the model's own index of each ranked dimension. bits: (d,) information of each, None where it is not finite.
    active: (d,) bool. points, stds: (N, d) mean codes and their noise. kinds: (N,). purity: neighbour_purity on each pair of
    active dimensions, of which the best pair is the map to begin with. whole_purity: that in all dimensions; chance: that of
    kinds at random.
    """

    order: Tensor
    bits: list[float] | None
    active: list[bool]
    points: Tensor
    stds: Tensor
    kinds: Tensor
    purity: dict[tuple[int, int], float]
    whole_purity: float
    chance: float

    @property
    def best_pair(self) -> tuple[int, int]:
        """The two dimensions that separate the kinds best; the first two where fewer are active."""
        return max(self.purity, key=self.purity.__getitem__, default=(0, min(1, len(self.order) - 1)))

    @property
    def best_purity(self) -> float:
        return self.purity.get(self.best_pair, self.whole_purity)


@torch.inference_mode()
def latent_map(model: Autoencoder, count: int = MAP_POINTS) -> LatentMap:
    """Encode `count` test shapes of any angle."""
    shapes = draw_shapes(count, TEST_SEED, SHAPES)
    code = model.encode(shapes.images)
    v = model.config.prior_variance
    bits = code_bits(code.mean, code.std, v)
    weights = code.mean.var(0) / v if bits is None else bits.mean(0)
    order = weights.argsort(descending=True)
    points, kinds = code.mean[:, order] / math.sqrt(v), shapes.kinds
    active = active_units(code.mean, v)[order].tolist()
    pairs = itertools.combinations([rank for rank, used in enumerate(active) if used], 2)
    shares = kinds.bincount().double() / count
    return LatentMap(
        order=order,
        bits=None if bits is None else weights[order].tolist(),
        active=active,
        points=points,
        stds=code.std.expand_as(code.mean)[:, order] / math.sqrt(v),
        kinds=kinds,
        purity={pair: neighbour_purity(points[:, pair], kinds) for pair in pairs},
        whole_purity=neighbour_purity(points, kinds),
        chance=float(shares.square().sum()),
    )


def neighbour_purity(points: Tensor, kinds: Tensor, neighbours: int = 10) -> float:
    """The mean share of each point's nearest neighbours that are of its kind; points (N, d), kinds (N,)."""
    distances = torch.cdist(points, points).fill_diagonal_(math.inf)
    nearest = distances.topk(min(neighbours, len(points) - 1), largest=False).indices
    return float((kinds[nearest] == kinds[:, None]).double().mean())


@torch.inference_mode()
def ranked_code(model: Autoencoder, place: LatentMap, x: Tensor) -> list[float]:
    """The mean code of one picture, (1, 1, H, W), in ranked standard coordinates."""
    return ranked(model, place, model.encode(x).mean)[0]


def ranked(model: Autoencoder, place: LatentMap, values: Tensor) -> list[list[float]]:
    """Codes or standard deviations of the model's own, (N, d), in ranked standard coordinates."""
    return (values[:, place.order] / math.sqrt(model.config.prior_variance)).tolist()


def own_code(model: Autoencoder, place: LatentMap, ranked: object) -> Tensor:
    """The model's own code, (1, d), of ranked standard coordinates from outside. Raises InputError."""
    values = check_code(ranked, len(place.order), 10 * REACH)
    z = torch.empty(1, len(values))
    z[0, place.order] = torch.tensor(values) * math.sqrt(model.config.prior_variance)
    return z


def check_code(code: object, latent_dim: int, limit: float) -> list[float]:
    """`latent_dim` numbers from -limit to limit."""
    values = sequence(code, "The code")
    if len(values) != latent_dim:
        raise InputError(f"The code of this model must be a list of {latent_dim} numbers.")
    return [number(value, "Each number of the code", -limit, limit) for value in values]


@torch.inference_mode()
def strips(model: Autoencoder, place: LatentMap, ranked: object) -> list[Tensor]:
    """For each ranked dimension, STRIP_STEPS pictures (STRIP_STEPS, 1, H, W) along it from -REACH to REACH."""
    z = own_code(model, place, ranked)
    codes = z.repeat(len(place.order), STRIP_STEPS, 1)
    steps = torch.linspace(-REACH, REACH, STRIP_STEPS) * math.sqrt(model.config.prior_variance)
    for rank, dimension in enumerate(place.order):
        codes[rank, :, dimension] = steps
    return list(model.decode(codes.flatten(0, 1)).unflatten(0, codes.shape[:2]))


def walks(models: Models, a: object, b: object, path: object) -> dict[str, Tensor]:
    """By each model the interpolation, (WALK_STEPS, 1, H, W), between the pictures that two texts name. Raises InputError."""
    path, ends = choice(path, "The path", PATHS), (named_picture(a), named_picture(b))
    return {name: interpolate(model, *ends, WALK_STEPS, path == "spherical") for name, model in models.items()}


@torch.inference_mode()
def interpolate(model: Autoencoder, a: Tensor, b: Tensor, steps: int, spherical: bool) -> Tensor:
    """From picture a to picture b, (1, 1, H, W) each, through the latent space: (steps, 1, H, W)."""
    start, end = model.encode(torch.cat([a, b])).mean
    t = torch.linspace(0, 1, steps)[:, None]
    return model.decode(slerp(start, end, t) if spherical else torch.lerp(start, end, t))


def slerp(start: Tensor, end: Tensor, t: Tensor) -> Tensor:
    """Along the great circle from start to end, (d,) each, the length going linearly; t is (N, 1), the result (N, d).

    Straight where the two point the same way, or exactly opposite ways, where no circle is singled out.
    """
    lengths = start.norm(), end.norm()
    if min(lengths) < 1e-6:
        return torch.lerp(start, end, t)
    u, w = start / lengths[0], end / lengths[1]
    angle = torch.arccos((u @ w).clamp(-1, 1))
    if angle.sin() < 1e-4:
        return torch.lerp(start, end, t)
    direction = (torch.sin((1 - t) * angle) * u + torch.sin(t * angle) * w) / angle.sin()
    return direction * torch.lerp(lengths[0], lengths[1], t)


@torch.inference_mode()
def decode_own(model: Autoencoder, code: object) -> Tensor:
    """The picture, (1, H, W), of a code in the model's own order and units; None stands for all zeros. Raises InputError."""
    d = model.config.latent_dim
    values = [0.0] * d if code is None else check_code(code, d, 100)
    return model.decode(torch.tensor([values]))[0]
