"""The loss scale: which pixel variance c, or which λ in nats, the weight in anybody's loss stands for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from torch import Tensor

from demo.views.checks import choice, number, whole
from demo.views.drawing import SHAPES
from shapevae.bounds import covariance_eigenvalues
from shapevae.config import PRESETS, TEST_SEED, ShapeConfig
from shapevae.ideal import ideal_coder
from shapevae.information import BITS
from shapevae.shapes import draw_shapes

REDUCTIONS = ("sum", "mean")
PENALTIES = ("KL", "MMD")
OWN_C = PRESETS["mmd"].pixel_variance  # at which our λ is told

_PICTURES = 1000  # whose covariance is taken


@dataclass(frozen=True)
class Recipe:
    """A loss: factor · (sum or mean over `values` of the squared errors of an image) + weight · (KL or MMD²)."""

    reduction: str
    values: int
    factor: float
    penalty: str
    weight: float

    @property
    def error_weight(self) -> float:
        """Of the squared error, summed over an image."""
        return self.factor / (self.values if self.reduction == "mean" else 1)

    @property
    def pixel_variance(self) -> float:
        """c such that the loss is in proportion to ‖x - x̂‖² / 2c + KL."""
        return self.weight / (2 * self.error_weight)

    @property
    def mmd_weight(self) -> float:
        """λ in nats such that the loss is in proportion to ‖x - x̂‖² / 2c + λ · MMD² at our c."""
        return self.weight / (2 * OWN_C * self.error_weight)


RECIPES = {  # by the repository, and the file or class there
    "these presets": Recipe("sum", 64 * 64, 1 / (2 * OWN_C), "KL", 1.0),
    "AntixK/PyTorch-VAE, vae.yaml": Recipe("mean", 3 * 64 * 64, 1.0, "KL", 0.00025),
    "clementchadebec/benchmark_VAE, VAE with mse": Recipe("sum", 784, 0.5, "KL", 1.0),
    "YannDubs/disentangling-vae, VAE with gaussian": Recipe("sum", 4096, 255.0, "KL", 1.0),
    "tolstikhin/wae, MNIST": Recipe("sum", 784, 0.05, "MMD", 10.0),
    "clementchadebec/benchmark_VAE, WAE_MMD on MNIST": Recipe("sum", 784, 1.0, "MMD", 10.0),
}


def recipe(reduction: object, values: object, factor: object, penalty: object, weight: object) -> Recipe:
    """The loss that somebody typed. Raises InputError."""
    return Recipe(
        choice(reduction, "The reduction", REDUCTIONS),
        whole(values, "The number of values", 1, 10**9),
        number(factor, "The factor", 1e-9, 1e9),
        choice(penalty, "The penalty", PENALTIES),
        number(weight, "The weight", 1e-12, 1e12),
    )


def meaning(loss: Recipe) -> str:
    """What a recipe stands for, and what that does here, as Markdown."""
    if loss.penalty == "MMD":
        return (
            f"At our c = {OWN_C:g} this is **λ = {loss.mmd_weight:.3g} nats**; our presets have {PRESETS['mmd'].mmd_weight:g}. "
            "An MMD fixes no c: only the ratio of both terms counts, and how many kernels are summed."
        )
    c = loss.pixel_variance
    scale = f"in nats an image, the loss is ‖x − x̂‖² / (2 · {c:.3g}) + KL; our presets end at c = {OWN_C:g}"
    return f"This is **c = {c:.3g}**: {scale}. {_effect(c)}"


def _effect(c: float) -> str:
    """What a pixel variance does to the rotated shapes: by the ideal coder, else by the eigenvalues of their covariance."""
    coder = ideal_coder(SHAPES)
    error = coder.dimensions * c  # where another bit saves as much as it costs
    if error <= coder.limit:
        bits = coder.rate(error).value * BITS
        return f"On our shapes the ideal coder would then leave a squared error of m c = {error:.2g} and spend {bits:.0f} bits."
    largest, kept = float(eigenvalues(SHAPES)[0]), int((eigenvalues(SHAPES) > c).sum())
    if not kept:
        return (
            f"That is above {largest:.0f}, the largest eigenvalue of our pictures' covariance: a linear VAE sends nothing, "
            "which is posterior collapse."
        )
    return f"Of our pictures a linear VAE would keep the directions whose variance is above c, {kept} of them."


@lru_cache(maxsize=2)
def eigenvalues(shapes: ShapeConfig) -> Tensor:
    """Of the covariance of drawn pictures, falling."""
    return covariance_eigenvalues(draw_shapes(_PICTURES, TEST_SEED, shapes).images.flatten(1))
