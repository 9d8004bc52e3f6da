"""What comes out: reconstructions, samples and the judge's word on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from demo.views.checks import number, whole
from shapevae.config import MAX_SEED
from shapevae.images.read import SIZE
from shapevae.images.write import grid, grid_columns
from shapevae.information import code_bits
from shapevae.judge import Judgement
from shapevae.losses import squared_error
from shapevae.model import Autoencoder
from shapevae.shapes import KINDS

Models = Mapping[str, Autoencoder]

NAMES = {"vae": "VAE", "mmd": "Adjusted VAE"}
LEAST_SAMPLES, MOST_SAMPLES = 4, 100
LEAST_SPREAD, MOST_SPREAD = 0.25, 2.0
MOST_PASSES = 3


@dataclass(frozen=True)
class Rebuilt:
    """One picture through one model. image: (1, H, W); bits: (d,) a latent dimension, None where the rate is not finite."""

    image: Tensor
    squared_error: float
    mse_per_pixel: float
    bits: Tensor | None

    @property
    def total_bits(self) -> float | None:
        return None if self.bits is None else float(self.bits.sum())


@torch.inference_mode()
def reconstruct(models: Models, x: Tensor) -> dict[str, Rebuilt]:
    """One picture, (1, 1, SIZE, SIZE), through each model by its mean code."""
    return {name: _rebuild(model, x) for name, model in models.items()}


def _rebuild(model: Autoencoder, x: Tensor) -> Rebuilt:
    code = model.encode(x)
    x_hat = model.decode(code.mean)
    error = float(squared_error(x, x_hat))
    bits = code_bits(code.mean, code.std, model.config.prior_variance)
    return Rebuilt(x_hat[0], error, error / x[0].numel(), None if bits is None else bits[0])


@dataclass(frozen=True)
class SampleSettings:
    """Which samples: how many, of which seed, the prior's standard deviation times `spread`, reconstructed `passes` times."""

    count: int
    seed: int
    spread: float = 1.0
    passes: int = 0

    def __str__(self) -> str:
        spread = f", spread {self.spread:g}" if self.spread != 1 else ""
        return f"seed {self.seed}{spread}" + (f", passes {self.passes}" if self.passes else "")


def sample_settings(count: object, seed: object, spread: object = 1.0, passes: object = 0) -> SampleSettings:
    """The samples that somebody asks for. Raises InputError."""
    return SampleSettings(
        whole(count, "The count", LEAST_SAMPLES, MOST_SAMPLES),
        whole(seed, "The seed", 0, MAX_SEED),
        number(spread, "The spread", LEAST_SPREAD, MOST_SPREAD),
        whole(passes, "The number of passes", 0, MOST_PASSES),
    )


def sample(models: Models, settings: SampleSettings) -> dict[str, Tensor]:
    """The samples, (count, 1, SIZE, SIZE), of each model; one with fewer dimensions gets the first of the numbers."""
    s = settings
    return {name: model.sample(s.count, s.seed, spread=s.spread, passes=s.passes) for name, model in models.items()}


def strip(images: Tensor) -> Tensor:
    """Pictures (N, 1, H, W) in one row."""
    return grid(images, columns=len(images), gap=2)


def verdict(judged: Judgement, index: int = 0) -> str:
    """The judge's word on one picture, such as "triangle, 97 % match"."""
    kind, match = KINDS[int(judged.kind[index])], f"{100 * float(judged.iou[index]):.0f} % match"
    return f"{kind}, {match}" if judged.distinguishable[index] else f"no clear shape; nearest: {kind}, {match}"


def belief(judged: Judgement) -> str:
    """One sentence on the reconstructions by both models, in the order of NAMES."""
    vae, mmd = (f"a {KINDS[int(judged.kind[i])]}" if judged.distinguishable[i] else "no clear shape" for i in range(2))
    if vae == mmd:
        return f"Both models settle on {vae}."
    return f"The VAE settles on {vae}, the adjusted VAE on {mmd}."


def figures(rebuilt: Rebuilt) -> dict[str, float | None]:
    """A reconstruction's figures for a program."""
    return {"squared_error": rebuilt.squared_error, "mse_per_pixel": rebuilt.mse_per_pixel, "bits": rebuilt.total_bits}


def judged_figures(judged: Judgement) -> dict[str, str | float | bool]:
    """The judge's word on one picture for a program."""
    kind, iou, clear = KINDS[int(judged.kind[0])], float(judged.iou[0]), bool(judged.distinguishable[0])
    return {"kind": kind, "iou": iou, "distinguishable": clear}


def grid_figures(settings: SampleSettings) -> dict[str, int]:
    """Which samples a grid holds, and how it is laid out."""
    columns = grid_columns(settings.count)
    return {"count": settings.count, "seed": settings.seed, "columns": columns, "gap": 2, "size": SIZE}
